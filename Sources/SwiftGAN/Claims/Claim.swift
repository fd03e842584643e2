import GANKit
import GANMetrics
import GANTraining

/// A system with claims: what it must achieve, shown by runs that anybody can repeat.
public protocol Claiming: Recipe {
  /// Sets of numbers for it, the first of which is taken where none is named.
  static var ownPresets: [Preset<Self>] { get }
  /// In the order in which they are listed.
  static var claims: [Claim] { get }
}

/// What a system must achieve, and the runs that show whether it does.
public struct Claim: Sendable {
  /// What it is called; begins with the system's name, if it is of one.
  public let name: String
  /// On what and in which time.
  public let setting: String
  /// The numbers asked for.
  public let requirements: [Requirement]
  /// What the paper reports, where it reports such a thing.
  public let paper: String
  /// The run.
  let plan: any AnyTrainingPlan
  /// The run with the paper's numbers, for a GPU.
  let fullSize: any AnyTrainingPlan
  /// Runs that the claim's own needs something of, which come before it.
  let preparations: [Companion]
  /// The plan with what it needs of them.
  let prepared: @Sendable (any AnyTrainingPlan, ClaimRun) throws -> any AnyTrainingPlan
  /// Further runs that the claim compares with, by what is put behind the run's path.
  let companions: [Companion]
  /// What is found in the trained runs.
  let measure: @Sendable (ClaimRun) throws -> Measurement

  /// A run to compare with.
  struct Companion: Sendable {
    let suffix: String
    let plan, fullSize: any AnyTrainingPlan

    /// - Parameter change: what is this run's own at full size.
    init<R: Recipe>(
      _ suffix: String, _ plan: TrainingPlan<R>,
      fullSize change: (inout TrainingPlan<R>) -> Void = { _ in }
    ) {
      (self.suffix, self.plan, fullSize) = (suffix, plan, plan.atFullSize(change))
    }

    /// A run with something changed, at full size as well.
    static func changed<R: Recipe>(
      _ suffix: String, _ plan: TrainingPlan<R>, _ change: (inout TrainingPlan<R>) -> Void
    ) -> Companion {
      Companion(suffix, plan.with(change), fullSize: change)
    }
  }

  /// - Parameters:
  ///   - change: what is this claim's own at full size.
  ///   - prepare: puts into the plan what comes of `preparations`.
  init<R: Claiming>(
    _ name: String, _ setting: String, _ requirements: [Requirement], paper: String,
    _ plan: TrainingPlan<R>, fullSize change: (inout TrainingPlan<R>) -> Void = { _ in },
    preparations: [Companion] = [],
    prepare: @escaping @Sendable (inout TrainingPlan<R>, ClaimRun) throws -> Void = { _, _ in },
    companions: [Companion] = [],
    measure: @escaping @Sendable (ClaimRun) throws -> Measurement
  ) {
    (self.name, self.setting, self.requirements) = (name, setting, requirements)
    (self.paper, self.plan, self.companions, self.measure) = (paper, plan, companions, measure)
    fullSize = plan.atFullSize(change)
    self.preparations = preparations
    prepared = { plan, run in
      guard var own = plan as? TrainingPlan<R> else { return plan }
      try prepare(&own, run)
      return own
    }
  }

  /// The system.
  public var system: String { plan.system }

  /// Whether its run learns from images that do not ship with the package, which nobody may pass on.
  public var needsRealImages: Bool { plan.data.isReal }

  /// What is claimed, in the words of its thresholds.
  public var statement: String {
    "\(setting): \(requirements.map(\.words).joined(separator: ", "))"
  }
}

/// What was measured in a claim's runs.
struct Measurement {
  /// The numbers that the requirements ask for.
  let numbers: [String: Double]
  /// The numbers, in words.
  let figure: String
  /// What the numbers have to be compared with: real images, a baseline.
  let floor: String

  init(_ numbers: [String: Double], figure: String, floor: String) {
    (self.numbers, self.figure, self.floor) = (numbers, figure, floor)
  }
}

/// What a claim's measurement found.
public struct Finding: Codable, Equatable, Sendable {
  /// The numbers, in words.
  public let figure: String
  /// What the number has to be compared with: real images, a baseline.
  public let floor: String
  /// Whether the claim holds.
  public let isMet: Bool
}

/// A claim that was put to the test: what stands in `claim.json` beside the run.
public struct TestedClaim: Codable, Sendable {
  /// The claim's name.
  public let name: String
  /// What is claimed.
  public let statement: String
  /// The number format of its runs; `nil` in what earlier versions wrote, which knew one of 32 bits.
  public let precision: Precision?
  /// What repeats it.
  public let command: String
  /// The seed of all its runs.
  public let seed: UInt64
  /// What was found.
  public let finding: Finding
  /// What the paper reports.
  public let paper: String
  /// Seconds of training and measuring.
  public let seconds: Double
}

/// A claim's trained run.
struct ClaimRun {
  let path: String

  /// The run of a companion.
  func companion(_ suffix: String) -> ClaimRun { ClaimRun(path: "\(path)-\(suffix)") }

  /// What an evaluation finds in it.
  func evaluated(
    _ change: (inout EvaluationRequest) -> Void = { _ in }
  ) throws -> [String: MetricResult] {
    var request = EvaluationRequest(path)
    change(&request)
    return Dictionary(try request.evaluation().results.map { ($0.name, $0) }) { $1 }
  }

  /// The share of a set's test images that the run's classifier reads as what they are.
  func accuracy(on set: String) throws -> Double {
    try ClassifierEvaluation(Run.open(path)).accuracy(
      on: NamedSet(set, otherwise: .test), count: nil
    )
    .value
  }
}

extension [String: MetricResult] {
  /// The value of the metric whose name begins so, whatever network it was computed with.
  func first(_ prefix: String) throws -> Double {
    try value(keys.filter { $0.hasPrefix(prefix) }.min() ?? prefix)
  }

  /// The value of a metric that must be there.
  func value(_ name: String) throws -> Double {
    guard let result = self[name] else {
      throw RunError.unsupported(
        "no metric '\(name)' among \(keys.sorted().joined(separator: ", "))")
    }
    return result.value
  }
}
