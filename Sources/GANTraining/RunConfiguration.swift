import Foundation
import GANKit
import Torch

/// Everything a run needs to be repeated or resumed: the contents of its `config.json`.
public struct RunConfiguration: Codable, Sendable, Equatable {
  /// The recipe's name.
  public var recipe: String
  /// All fields of the recipe's configuration.
  public var config: [String: ConfigValue]
  /// The data set and how its images are prepared.
  public var data: DataConfiguration
  /// Images in one minibatch.
  public var batchSize: Int
  /// Training steps (minibatches) in all.
  public var steps: Int
  /// Decides initial weights, noise and order of the data.
  public var seed: UInt64
  /// The device's name.
  public var device = "cpu"
  /// `float32`, or `bfloat16` for autocast.
  public var precision = Precision.float32
  /// Threads of one operation. Runs are bit-equal only with the same number.
  public var threads: Int
  /// How often things are written.
  public var intervals: Intervals
  /// What made the run.
  public var versions = Versions()

  /// A configuration written in code.
  public init(
    recipe: String, config: [String: ConfigValue], data: DataConfiguration, batchSize: Int = 64,
    steps: Int, seed: UInt64 = 1, threads: Int = LibTorch.threads, intervals: Intervals? = nil
  ) {
    (self.recipe, self.config, self.data) = (recipe, config, data)
    (self.batchSize, self.steps, self.seed, self.threads) = (batchSize, steps, seed, threads)
    self.intervals = intervals ?? Intervals(steps: steps)
  }

  /// Checks the numbers that no recipe and no data set checks.
  ///
  /// - Throws: ``RunError/option(_:found:expected:)``.
  public func validate() throws {
    func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
      guard range.contains(value) else {
        throw RunError.option(
          name, found: "\(value)",
          expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
    }
    try check("--batch-size", batchSize, 1...65_536)
    try check("--steps", steps, 1...1_000_000_000)
    try check("--threads", threads, 1...1024)
    for (name, value) in [
      ("log interval", intervals.log), ("sample interval", intervals.samples),
      ("checkpoint interval", intervals.checkpoints), ("kept checkpoints", intervals.keep),
    ] { try check(name, value, 1...1_000_000_000) }
  }
}

/// A data set by name or path and how its images are prepared.
public struct DataConfiguration: Codable, Sendable, Equatable {
  /// A built-in set's name or a path.
  public var source: String
  /// Side of the square images; `nil` keeps the data's own size.
  public var size: Int?
  /// 1 or 3; `nil` takes what the files have.
  public var channels: Int?
  /// Whether broken images are left out instead of stopping the run.
  public var skipBroken = false
  /// What the prepared images look like; known once the data was opened.
  public var shape: DataShape?

  /// Data to be opened.
  public init(source: String, size: Int? = nil, channels: Int? = nil, skipBroken: Bool = false) {
    (self.source, self.size, self.channels) = (source, size, channels)
    self.skipBroken = skipBroken
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

/// How often a run writes things, in steps.
public struct Intervals: Codable, Sendable, Equatable {
  /// A line of `metrics.jsonl`.
  public var log: Int
  /// A sheet of samples.
  public var samples: Int
  /// A checkpoint.
  public var checkpoints: Int
  /// How many of the last checkpoints are kept.
  public var keep = 3

  /// About 200 lines, 20 sheets and 10 checkpoints over the run.
  public init(steps: Int) {
    log = max(steps / 200, 1)
    samples = max(steps / 20, 1)
    checkpoints = max(steps / 10, 1)
  }
}

/// What made a run.
public struct Versions: Codable, Sendable, Equatable {
  /// This package.
  public var swiftgan = "0.1.0"
  /// The engine.
  public var libtorch = LibTorch.version

  /// The versions in use.
  public init() {}
}
