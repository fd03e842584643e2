import GANKit

/// One thing that a resumption changed in a run: an entry of `history` in `config.json`.
public struct RunChange: Codable, Sendable, Equatable {
  /// What a change means for whether the run is still the one that its first command makes.
  public enum Effect: String, Codable, Sendable {
    /// None: weights do not depend on it.
    case none
    /// The run equals one that was given this length from its beginning.
    case length
    /// The images are elsewhere, as many and of the same classes.
    case moved
    /// The weights are others from this step on.
    case departs
  }

  /// Steps made when it was changed.
  public var step: Int
  /// What was changed: a field of `config.json` (`batchSize`, `data.source`), one of the
  /// configuration by its bare name (`learningRate`), or `rate` and an optimizer, whose next rate
  /// follows from the length.
  public var field: String
  /// What it was; nothing where there was none.
  public var from: ConfigValue?
  /// What it is from now on; nothing where there is none.
  public var to: ConfigValue?
  /// What that means.
  public var effect: Effect
  /// Passes over the data that were made before, where the length of one changed.
  public var epochs: Double?

  /// In a line: `learningRate 0.0002 -> 0.0001: from step 400 on ...`.
  public var description: String {
    "\(field) \(from?.description ?? "none") -> \(to?.description ?? "none"): \(consequence)"
  }

  private var consequence: String {
    switch effect {
    case .none: "weights do not depend on it"
    case .length: "the run equals one of this length from its beginning"
    case .moved: "as many images; the run stays equal as far as they are the same"
    case .departs where step == 0: "the run is another from its beginning"
    case .departs: "from step \(step) on this run is no longer that of its first command"
    }
  }
}

extension RunConfiguration {
  /// Whether a checkpoint may have been made with this value of a field: it was changed at or after
  /// its step.
  func explains(_ field: String, _ value: ConfigValue?, at step: Int) -> Bool {
    (history ?? []).contains {
      $0.step >= step && $0.field == field && ($0.from == value || $0.to == value)
    }
  }

  /// Passes over the data after so many steps.
  func epochs(after step: Int, perEpoch count: Int) -> Double {
    let last = history?.last { $0.epochs != nil && $0.step <= step }
    return (last?.epochs ?? 0) + Double(step - (last?.step ?? 0)) / Double(count)
  }
}

/// What two configurations of a run differ in.
struct ChangeList {
  private let step: Int
  private(set) var changes: [RunChange] = []

  /// - Parameter step: steps made.
  init(at step: Int) { self.step = step }

  /// What two configurations of a run differ in, but for its length.
  init(at step: Int, from stored: RunConfiguration, to run: RunConfiguration) throws {
    self.init(at: step)
    let epochs = stored.epochs(after: step, perEpoch: try stored.shape().stepsPerEpoch)
    add(config: stored.config, run.config)
    add(
      "batchSize", .integer(stored.batchSize), .integer(run.batchSize), .departs, epochs: epochs)
    add(
      "processes", .integer(stored.processes ?? 1), .integer(run.processes ?? 1), .departs)
    add(
      "syncBatchNorm", stored.syncBatchNorm.map { .bool($0) }, run.syncBatchNorm.map { .bool($0) },
      .departs)
    add(stored.data, run.data, epochs: epochs)
    add(stored.intervals, run.intervals, stored.evaluation, run.evaluation)
  }

  /// Adds a change, where it is one.
  mutating func add(
    _ field: String, _ from: ConfigValue?, _ to: ConfigValue?, _ effect: RunChange.Effect,
    epochs: Double? = nil
  ) {
    guard from != to else { return }
    changes.append(
      RunChange(step: step, field: field, from: from, to: to, effect: effect, epochs: epochs))
  }

  /// Adds the fields of a recipe's configuration.
  private mutating func add(config from: [String: ConfigValue], _ to: [String: ConfigValue]) {
    for (field, value) in to.sorted(by: { $0.key < $1.key }) {
      add(field, from[field], value, .departs)
    }
  }

  /// Adds what is written down how often, and how the system is measured.
  private mutating func add(
    _ from: Intervals, _ to: Intervals, _ before: EvaluationSettings?, _ after: EvaluationSettings?
  ) {
    add("intervals.log", .integer(from.log), .integer(to.log), .none)
    add("intervals.samples", .integer(from.samples), .integer(to.samples), .none)
    add("intervals.checkpoints", .integer(from.checkpoints), .integer(to.checkpoints), .none)
    add("intervals.keep", .integer(from.keep), .integer(to.keep), .none)
    add("evaluation", (before?.words).map { .text($0) }, (after?.words).map { .text($0) }, .none)
  }

  /// Adds the place of the data and what was found there.
  private mutating func add(_ from: DataConfiguration, _ to: DataConfiguration, epochs: Double) {
    let isOther = from.count != to.count || from.classNames != to.classNames
    let effect = isOther ? RunChange.Effect.departs : .moved
    add("data.source", .text(from.source), .text(to.source), effect)
    add("data.other", from.other.map { .text($0) }, to.other.map { .text($0) }, effect)
    add(
      "data.count", from.count.map { .integer($0) }, to.count.map { .integer($0) }, .departs,
      epochs: epochs)
    add(
      "data.classNames", from.classNames.map(ConfigValue.names),
      to.classNames.map(ConfigValue.names), .departs)
  }
}

extension ConfigValue {
  /// A number as it is read again: 0, not 0.0.
  static func rate(_ value: Double) -> ConfigValue { value == 0 ? .integer(0) : .number(value) }

  fileprivate static func names(_ names: [String]) -> ConfigValue { .list(names.map { .text($0) }) }
}

extension EvaluationSettings {
  /// `fid of 2000 every 500 steps, digits`.
  fileprivate var words: String {
    "\(metric ?? "usual metric") of \(count) every \(every) steps, \(features ?? "usual features")"
  }
}
