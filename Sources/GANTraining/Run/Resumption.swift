import GANKit

/// With what a run goes on, where that is to be other than it was. What is not said stays.
public struct Resumption: Sendable {
  /// For how long a run goes on.
  public enum Length: Sendable, Equatable {
    /// A new length in all.
    case total(RunLength)
    /// At least so many minutes from now: a run that would be over before is prolonged.
    case atLeast(minutes: Double)
  }

  /// Which images a run goes on with.
  public enum Images: Sendable, Equatable {
    /// As many as before, of the same classes.
    case same
    /// Whatever there is, as long as the networks can take it.
    case others
  }

  /// For how long.
  public var length: Length?
  /// Where the data is now.
  public var data: String?
  /// Where the second domain is now.
  public var other: String?
  /// Whether the data may have changed.
  public var images = Images.same
  /// Images in one minibatch.
  public var batchSize: Int?
  /// Fields of the system's configuration, of those that may change.
  public var settings: [(field: String, value: String)] = []
  /// How often things are written.
  public var intervals = AskedIntervals()
  /// How the generator is measured.
  public var evaluation: EvaluationSettings?

  /// Everything stays.
  public init() {}
}

extension Resumption {
  /// The configuration of a run that goes on, but for its length and what is found in the data.
  func applied<R: Recipe>(to stored: RunConfiguration, of _: R.Type) throws -> RunConfiguration {
    var result = stored
    result.config = try R.Config.decoded(from: stored.config).resumed(with: settings).jsonObject()
    result.batchSize = batchSize ?? stored.batchSize
    result.data.source = data ?? stored.data.source
    result.data.other = other ?? stored.data.other
    result.intervals.log = intervals.log ?? stored.intervals.log
    result.intervals.samples = intervals.samples ?? stored.intervals.samples
    result.intervals.checkpoints = intervals.checkpoints ?? stored.intervals.checkpoints
    result.intervals.keep = intervals.keep ?? stored.intervals.keep
    result.evaluation = evaluation ?? stored.evaluation
    result.setProcesses()
    return result
  }

  /// Sets the length of a run that goes on, if another one is asked for.
  ///
  /// - Parameters:
  ///   - position: how far the run is.
  ///   - perEpoch: minibatches in one pass over the data, from now on.
  /// - Throws: ``RunError`` where nothing is left to do.
  func setLength(
    of run: inout RunConfiguration, at position: RunPosition, perEpoch: Int, path: String
  ) throws {
    switch length {
    case .total(let length): try run.setLength(length, at: position, perEpoch: perEpoch)
    case .atLeast(let minutes):
      let all = position.seconds / 60 + minutes
      let isOver = run.isOver(at: position)
      guard isOver || run.length.seconds.map({ $0 < all * 60 }) == true else { return }
      try RunLength.minutes(minutes).validate()
      run.length = .minutes(all)
    case nil:
      guard !run.isOver(at: position) else {
        throw RunError.complete(path, run.length, steps: position.step)
      }
    }
  }
}

/// How far a run is.
struct RunPosition {
  /// Steps made.
  var step = 0
  /// Seconds of training.
  var seconds = 0.0

  /// Where a checkpoint stands; the beginning without one.
  init(_ state: Checkpoint.State?) {
    if let state { (step, seconds) = (state.step, state.seconds) }
  }
}

extension RunConfiguration {
  /// Whether nothing is left to do.
  func isOver(at position: RunPosition) -> Bool {
    length.seconds.map { position.seconds >= $0 } ?? (position.step >= steps)
  }

  /// Sets a new length in all.
  ///
  /// - Throws: ``RunError/field(_:found:expected:)`` where that is no more than what is made.
  fileprivate mutating func setLength(
    _ length: RunLength, at position: RunPosition, perEpoch: Int
  ) throws {
    try length.validate()
    let most = Self.mostSteps
    switch length {
    case .steps(let count):
      guard count > position.step else {
        throw RunError.field(
          "steps", found: "\(count)",
          expected: "more than the \(position.step) made, at most \(most)")
      }
      steps = count
    case .epochs(let count):
      let made = epochs(after: position.step, perEpoch: perEpoch)
      guard Double(count) > made else {
        throw RunError.field(
          "epochs", found: "\(count)", expected: "more than the \(short(made)) made")
      }
      steps = try stepsLeft(of: count, at: position, perEpoch: perEpoch)
    case .minutes(let minutes):
      guard minutes * 60 > position.seconds else {
        throw RunError.field(
          "minutes", found: "\(short(minutes))",
          expected: "more than the \(short(position.seconds / 60)) made")
      }
    }
    self.length = length
  }

  /// Steps in all of a run of so many passes over the data, some of which are made.
  private func stepsLeft(of epochs: Int, at position: RunPosition, perEpoch: Int) throws -> Int {
    let left = Double(epochs) - self.epochs(after: position.step, perEpoch: perEpoch)
    let count = (left * Double(perEpoch)).rounded(.up)
    guard count <= Double(Self.mostSteps - position.step) else {
      throw RunError.field(
        "epochs", found: "\(epochs)", expected: "at most \(Self.mostSteps) steps in all")
    }
    // What is left of a pass must not be lost to rounding.
    return position.step + max(Int((left * Double(perEpoch)).rounded()), 1)
  }

  /// Keeps a run of passes over the data one of so many, where one pass has become another number of
  /// steps.
  mutating func keepEpochs(at position: RunPosition, perEpoch: Int) throws {
    guard case .epochs(let epochs) = length, position.step < steps else { return }
    steps = try stepsLeft(of: epochs, at: position, perEpoch: perEpoch)
  }
}

private func short(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }

extension RecipeConfig {
  /// This configuration with some fields changed amid a run.
  ///
  /// - Throws: `ConfigError` for a field that holds for the whole run, naming those that do not.
  func resumed(with settings: [(field: String, value: String)]) throws -> Self {
    let known = Self.fields
    for field in settings.map(\.field) {
      guard let found = known.first(where: { $0.name == field }), found.scope == .run else {
        continue
      }
      let names = known.filter { $0.scope == .step }.map(\.name).joined(separator: ", ")
      throw ConfigError.invalid(
        field, found: "another value", expected: "the run's own to its end; may change: \(names)")
    }
    var object = try jsonObject()
    for (field, value) in try setting(settings).jsonObject()
    where settings.contains(where: { $0.field == field }) { object[field] = value }
    let config = try Self.decoded(from: object)
    try config.validate()
    return config
  }
}
