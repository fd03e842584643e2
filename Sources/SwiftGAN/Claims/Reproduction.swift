import Foundation
import GANData
import GANKit
import GANTraining
import Torch

/// Trains a claim's runs and measures them.
public struct Reproduction {
  /// Trains a session; for who wants to show how it goes. Returns whether it was trained to its end.
  public typealias Trainer = (any AnySession) throws -> Bool

  /// The claim.
  public let claim: Claim
  /// Whether to train at the paper's size.
  public var fullSize = false
  /// The most steps of each run: a quick look.
  public var steps: Int?
  /// Threads of one operation.
  public var threads: Int?
  /// The number format of all its runs.
  public var precision = Precision.float32
  /// The folder of real image sets; `nil` takes that of the environment variable `SWIFTGAN_DATA`.
  public var realSets = ProcessInfo.processInfo.environment[DataConfiguration.realSets]

  /// A reproduction of a claim.
  public init(_ claim: Claim) { self.claim = claim }

  /// Trains what is not there yet or was interrupted, measures, and writes `claim.json` into the run.
  ///
  /// - Parameters:
  ///   - path: the run's folder; those of companions lie beside it.
  ///   - train: runs a session.
  /// - Throws: `RunError` where real images are missing or a run was interrupted.
  public func run(at path: String, training train: Trainer) throws -> TestedClaim {
    var seconds = 0.0
    func carryOut(_ plan: any AnyTrainingPlan, at place: String) throws {
      try self.carryOut(plan, at: place, train)
      seconds += try RunDirectory(place).lastMetrics()["seconds"] ?? 0
    }
    for companion in claim.preparations {
      try carryOut(plan(of: companion), at: place(of: companion, path))
    }
    let own = try onThreads {
      try claim.prepared(fullSize ? claim.fullSize : claim.plan, ClaimRun(path: path))
    }
    try carryOut(own, at: path)
    for companion in claim.companions {
      try carryOut(plan(of: companion), at: place(of: companion, path))
    }
    let start = ContinuousClock.now
    let found = try onThreads { try claim.measure(ClaimRun(path: path)) }
    seconds += (ContinuousClock.now - start) / .seconds(1)
    let finding = Finding(
      figure: found.figure, floor: found.floor,
      isMet: claim.requirements.allSatisfy { $0.holds(found.numbers) })
    let tested = TestedClaim(
      name: claim.name, statement: claim.statement, precision: precision, command: command,
      seed: claim.plan.seed,
      finding: finding, paper: claim.paper, seconds: seconds)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](encoder.encode(tested)), to: "\(path)/claim.json")
    return tested
  }

  /// What was found by an earlier reproduction in a folder, where it was the same.
  package func found(at path: String) -> TestedClaim? {
    guard let data = FileManager.default.contents(atPath: "\(path)/claim.json"),
      let tested = try? JSONDecoder().decode(TestedClaim.self, from: data)
    else { return nil }
    let isSame = (tested.command, tested.statement) == (command, claim.statement)
    return isSame ? tested : nil
  }

  private func plan(of companion: Claim.Companion) -> any AnyTrainingPlan {
    fullSize ? companion.fullSize : companion.plan
  }

  private func place(of companion: Claim.Companion, _ path: String) -> String {
    "\(path)-\(companion.suffix)"
  }

  private func onThreads<Result>(_ body: () throws -> Result) rethrows -> Result {
    try LibTorch.with(
      threads: threads ?? LibTorch.threads, products: LibTorch.linearBackend, body)
  }

  private func carryOut(
    _ plan: any AnyTrainingPlan, at place: String, _ train: Trainer
  ) throws {
    let plan = try settled(plan)
    let session: any AnySession
    switch try plan.progress(in: RunDirectory(place)) {
    case .done: return
    case .begun: session = try Run.resume(place)
    case .none: session = try plan.session(in: .at(place))
    }
    guard try train(session) else { throw RunError.interrupted(place) }
  }

  /// The plan with real sets in their folder and what was asked for.
  private func settled(_ plan: any AnyTrainingPlan) throws -> any AnyTrainingPlan {
    var plan = plan
    if plan.data.isReal {
      guard let realSets else {
        throw RunError.unsupported(
          "\(claim.name) needs real images: set \(DataConfiguration.realSets) to the folder that "
            + "holds them")
      }
      plan.data = plan.data.located(in: realSets)
    }
    plan.precision = precision
    if let threads { plan.threads = threads }
    if let steps { plan.length = plan.length?.cut(to: steps) ?? .steps(steps) }
    return plan
  }

  private var command: String {
    "gan reproduce \(claim.name)" + (fullSize ? " --full-size" : "")
      + (precision == .float32 ? "" : " --precision \(precision.rawValue)")
      + (steps.map { " --steps \($0)" } ?? "") + (threads.map { " --threads \($0)" } ?? "")
  }
}

extension RunLength {
  /// At most so many steps; minutes and passes become as many.
  fileprivate func cut(to most: Int) -> RunLength {
    if case .steps(let steps) = self { .steps(min(steps, most)) } else { .steps(most) }
  }
}

extension AnyTrainingPlan {
  /// A session of this plan, with what measures while it trains.
  package func session(in place: RunPlace) throws -> any AnySession {
    try session(in: place, evaluator: ImageEvaluators())
  }
}

/// Makes an ``ImageEvaluator`` for a run that asks for one.
private struct ImageEvaluators: MakeEvaluator {
  func callAsFunction(
    _ run: RunConfiguration, _ recipe: any Recipe
  ) throws -> (any TrainingEvaluator)? { try ImageEvaluator(run, of: recipe) }
}
