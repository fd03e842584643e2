import Foundation
import GANData
import GANKit
import Torch

/// A run that goes on, with what has changed: from what `config.json` says to what it is to say.
struct ResumedRun<R: Recipe> {
  /// What the run is from now on, but for the rates.
  let configuration: RunConfiguration
  let config: R.Config
  let feed: DataFeed
  private let position: RunPosition
  private var list: ChangeList
  /// The rates that the run has had so far, where its length changes.
  private let rates: RateCourse?

  /// Opens the data and checks everything.
  ///
  /// - Throws: one-line errors naming the file or field, before anything is written.
  init(
    _ stored: RunConfiguration, with change: Resumption, at position: RunPosition,
    in directory: RunDirectory, on engine: Engine
  ) throws {
    _ = try directory.checkingConfig { try R.Config.decoded(from: stored.config) }
    if change.length == nil, stored.isOver(at: position) {
      throw RunError.complete(directory.path, stored.length, steps: position.step)
    }
    var run = try change.applied(to: stored, of: R.self)
    try directory.checkPlace(of: run.data, was: stored.data)
    run.redate(to: position.step)
    let config = try R.Config.decoded(from: run.config)
    try run.validate()
    let own = try BatchShare(of: .current).size(of: run.batchSize)
    try R.needs(config).check(batchSize: own, for: R.card.name)
    feed = try ResumedRun.feed(of: run, config, change, in: directory, on: engine.device)
    try directory.checkData(of: stored, against: feed, images: change.images)
    if change.data != nil || change.other != nil || change.images == .others {
      run.data = feed.described
    }
    var list = try ChangeList(at: position.step, from: stored, to: run)
    run.history = ResumedRun.history(run.history, list.changes)
    let perEpoch = feed.stepsPerEpoch
    if perEpoch != (try stored.shape().stepsPerEpoch) {
      try run.keepEpochs(at: position, perEpoch: perEpoch)
    }
    let unprolonged = run
    try change.setLength(of: &run, at: position, perEpoch: perEpoch, path: directory.path)
    try run.validate()
    list.add("length", .text(stored.length.words), .text(run.length.words), .length)
    let isSame = run.steps == unprolonged.steps && run.length == unprolonged.length
    rates = isSame ? nil : try ResumedRun.rates(of: unprolonged, config)
    (configuration, self.config, self.position, self.list) = (run, config, position, list)
  }

  /// The run's configuration with its whole history, and what is new in that, once the recipe stands
  /// where the run does.
  func finished(_ recipe: R) throws -> (RunConfiguration, [RunChange]) {
    var (run, list) = (configuration, list)
    for (optimizer, before, after) in rates?.departures(in: recipe) ?? [] {
      list.add("rate of \(optimizer)", .rate(before), .rate(after), .departs)
    }
    // What a longer run equals, it equals only where nothing else has changed.
    run.history = ResumedRun.history(run.history, list.consistent)
    return (run, list.consistent)
  }

  private static func history(_ old: [RunChange]?, _ new: [RunChange]) -> [RunChange]? {
    let all = (old ?? []).filter { !new.contains($0) } + new
    return all.isEmpty ? nil : all
  }

  private static func feed(
    of run: RunConfiguration, _ config: R.Config, _ change: Resumption, in directory: RunDirectory,
    on device: Device
  ) throws -> DataFeed {
    func opened() throws -> DataFeed {
      try DataFeed(config, run.data, run.batchSize, run.seed, for: R.self, device)
    }
    // What was given now is named by its field, what is stored by its file.
    return try change.data == nil && change.batchSize == nil && change.other == nil
      ? directory.checkingConfig(opened) : opened()
  }

  /// The rates of a recipe as it was made; nothing else of that is kept.
  private static func rates(
    of run: RunConfiguration, _ config: R.Config
  ) throws -> RateCourse {
    let shape = try run.shape()
    return try Randomness.isolated(seed: 0, on: .cpu) {
      RateCourse(of: try R(config, for: shape, on: .cpu))
    }
  }
}

extension ChangeList {
  /// The changes, of which a new length keeps a run equal to a longer one only where no rate would have
  /// been another by it.
  fileprivate var consistent: [RunChange] {
    let departs = changes.contains { $0.effect == .departs }
    return changes.map { change in
      var change = change
      if departs, change.effect == .length { change.effect = .departs }
      return change
    }
  }
}

extension RunConfiguration {
  /// Changes after a step hold from it on, where a run goes on from an earlier checkpoint than they
  /// were made at.
  fileprivate mutating func redate(to step: Int) {
    history = history?.map { change in
      var change = change
      change.step = min(change.step, step)
      return change
    }
  }
}

extension RunLength {
  /// `5000 steps`, `10 epochs`, `3.0 minutes`.
  fileprivate var words: String {
    switch self {
    case .steps(let steps): "\(steps) steps"
    case .epochs(let epochs): "\(epochs) epochs"
    case .minutes(let minutes): "\((minutes * 100).rounded() / 100) minutes"
    }
  }
}

extension RunDirectory {
  /// Stops where the data of a run is gone.
  fileprivate func checkPlace(of data: DataConfiguration, was stored: DataConfiguration) throws {
    for (place, former) in [(data.source, stored.source), (data.other, stored.other)] {
      guard let place, place == former, place.hasPrefix("/"),
        !DataSet.isThere(place)
      else { continue }
      throw RunError.movedData(configURL.path, place)
    }
  }

  /// Makes sure that a run's data is what it was, or that the networks can take what it is.
  fileprivate func checkData(
    of stored: RunConfiguration, against found: DataFeed, images: Resumption.Images
  ) throws {
    let source = stored.data.source
    if let shape = stored.data.shape, shape != found.shape {
      throw RunError.config(
        configURL.path, reason: "the shape of \(source) has changed since the run began")
    }
    guard images == .same else { return }
    let counts = stored.data.classCounts ?? found.classCounts
    for (name, (then, now)) in zip(found.classNames, zip(counts, found.classCounts))
    where then != now {
      throw RunError.otherImages(
        configURL.path,
        reason: "class '\(name)' of \(source) had \(then) images when the run began, now \(now)")
    }
    if let count = stored.data.count, count != found.count {
      throw RunError.otherImages(
        configURL.path,
        reason: "\(source) had \(count) images when the run began, now \(found.count)")
    }
    if let names = stored.data.classNames, names != found.classNames {
      throw RunError.otherImages(
        configURL.path,
        reason:
          "the classes of \(source) were \(names.joined(separator: ", ")) when the run began, now "
          + found.classNames.joined(separator: ", "))
    }
  }
}
