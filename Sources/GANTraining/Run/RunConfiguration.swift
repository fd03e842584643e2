import Foundation
import GANData
import GANKit
import Torch

/// Everything a run needs to be repeated or resumed: the contents of its `config.json`.
public struct RunConfiguration: Codable, Sendable, Equatable {
  /// The version of this format and of the names in checkpoints.
  public var format = Self.currentFormat
  /// The recipe's name.
  public var recipe: String
  /// What the set of numbers is called that the configuration began with, if it had a name.
  public var preset: String?
  /// All fields of the recipe's configuration.
  public var config: [String: ConfigValue]
  /// The data set and how its images are prepared.
  public var data: DataConfiguration
  /// Images in one minibatch.
  public var batchSize: Int
  /// For how long it trains, as it was asked.
  public var length: RunLength
  /// Training steps (minibatches) in all; a run that was given minutes has the system's own number,
  /// which nothing follows.
  public var steps: Int
  /// Decides initial weights, noise and order of the data.
  public var seed: UInt64
  /// The device's name.
  public var device: String
  /// `float32`, or `bfloat16` for autocast.
  public var precision: Precision
  /// Threads of one operation. Runs are bit-equal only with the same number.
  public var threads: Int
  /// Processes that train together, each with an equal part of every minibatch; `nil` for one alone.
  public var processes: Int?
  /// Whether batch normalisation takes its statistics from the minibatches of all of them; `nil` for each
  /// its own.
  public var syncBatchNorm: Bool?
  /// How often things are written.
  public var intervals: Intervals
  /// How the generator is measured during training; `nil` for not at all.
  public var evaluation: EvaluationSettings?
  /// What made the run.
  public var versions = Versions()
  /// The weights that it started from; `nil` for initial values.
  public var start: RunStart?
  /// Where its weights come from, if it was not trained here; `nil` for all others.
  public var imported: WeightImport?
  /// What resumptions have changed, oldest first; `nil` where nothing was.
  public var history: [RunChange]?

  /// As many steps as a run may have.
  public static let mostSteps = 1_000_000_000
  /// Runs of another format are refused: names of networks and settings differ.
  public static let currentFormat = 3

  /// Checks the numbers that no recipe and no data set checks.
  ///
  /// - Throws: ``RunError/field(_:found:expected:)``.
  public func validate() throws {
    try checkField("batchSize", batchSize, 1...65_536)
    try checkField("steps", steps, 1...Self.mostSteps)
    try length.validate()
    try checkField("threads", threads, 1...256)
    if let processes { try checkField("processes", processes, 2...65_536) }
    try intervals.validate()
    try evaluation?.validate()
    try data.validate()
  }

  /// What a recipe needs to know of the run.
  ///
  /// - Throws: ``RunError`` where the data has not been opened yet.
  public func shape() throws -> RunShape {
    guard let shape = data.shape, let count = data.count else {
      throw RunError.field("data.shape", found: "nothing", expected: "the shape of the data")
    }
    return RunShape(
      data: shape, batchSize: batchSize, steps: length.seconds == nil ? steps : nil,
      stepsPerEpoch: DataFeed.stepsPerEpoch(count: count, batchSize: batchSize))
  }
}

extension RunConfiguration {
  /// Takes down which processes train the run: those of the present `ProcessGroup`.
  mutating func setProcesses() {
    let group = ProcessGroup.current
    (processes, syncBatchNorm) = (group?.count, group?.synchronizesStatistics == true ? true : nil)
  }
}

/// Stops unless a field's value is in range.
///
/// - Throws: ``RunError/field(_:found:expected:)``.
public func checkField(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
  guard range.contains(value) else {
    throw RunError.field(
      name, found: "\(value)",
      expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
  }
}

/// The number format of matrix products and convolutions.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// 32 bits throughout.
  case float32
  /// 16 bits in products and convolutions, 32 bits in parameters, losses and penalties.
  case bfloat16

  /// The tensor type.
  public var dtype: DType { self == .float32 ? .float32 : .bfloat16 }
}

/// What made a run.
public struct Versions: Codable, Sendable, Equatable {
  /// This package.
  public var swiftgan = "0.1.0"
  /// The engine.
  public var libtorch = LibTorch.version
  /// What multiplies the matrices of linear layers: the last bits depend on it, so a run keeps it.
  public var linear = LibTorch.linearBackend
  /// The processor on which the run began.
  public var processor = LibTorch.processor.description

  /// The versions in use.
  public init() {}
}
