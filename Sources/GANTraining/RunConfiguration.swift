import Foundation
import GANData
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
  /// How the generator is measured during training; `nil` for not at all.
  public var evaluation: EvaluationSettings?
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
    try checkOption("--batch-size", batchSize, 1...65_536)
    try checkOption("--steps", steps, 1...Self.mostSteps)
    try checkOption("--threads", threads, 1...256)
    for (name, value) in [
      ("--log-every", intervals.log), ("--sample-every", intervals.samples),
      ("--checkpoint-every", intervals.checkpoints), ("--keep", intervals.keep),
    ] { try checkOption(name, value, 1...Self.mostSteps) }
    try evaluation?.validate()
    try data.validate()
  }

  /// As many steps as a run may have.
  public static let mostSteps = 1_000_000_000
}

/// Stops unless an option's value is in range.
///
/// - Throws: ``RunError/option(_:found:expected:)``.
public func checkOption(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
  guard range.contains(value) else {
    throw RunError.option(
      name, found: "\(value)",
      expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
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
  /// Whether half of the images, drawn anew every time, are mirrored.
  public var flip = false
  /// Side of the random squares that are cut out of the prepared images; `nil` takes them whole.
  public var crop: Int?
  /// The second domain, where it is a set of its own.
  public var other: String?
  /// Which way to translate, for systems that do; `nil` is from A to B.
  public var direction: Direction?
  /// How many labels a system may see that learns from a few; `nil` is all of them.
  public var labels: Int?
  /// Attributes that are the classes or domains, see `AttributeClasses`; `nil` takes the set's own.
  public var attributes: [String]?
  /// What the prepared images look like; known once the data was opened.
  public var shape: DataShape?
  /// How many there are; known once the data was opened.
  public var count: Int?
  /// The classes in label order, where there are any; known once the data was opened.
  public var classNames: [String]?

  /// Data to be opened.
  public init(source: String, size: Int? = nil, channels: Int? = nil, skipBroken: Bool = false) {
    (self.source, self.size, self.channels) = (source, size, channels)
    self.skipBroken = skipBroken
  }

  /// Checks what can be checked before the data is opened.
  func validate() throws {
    if let size { try checkOption("--size", size, 1...DataShape.largestSide) }
    if let crop { try checkOption("--crop", crop, 1...DataShape.largestSide) }
    if let labels { try checkOption("--labels", labels, 1...1_000_000_000) }
    if let attributes, attributes.contains("") || Set(attributes).count < max(attributes.count, 1) {
      throw RunError.option(
        "--attribute", found: "'\(attributes.joined(separator: ","))'",
        expected: "different names with commas between them")
    }
    guard channels == nil || channels == 1 || channels == 3 else {
      throw RunError.option("--channels", found: "\(channels ?? 0)", expected: "1 or 3")
    }
  }
}

extension DataConfiguration {
  /// The attributes that are the classes of the set at a path: its own ones, and those of another set
  /// that has a table of attributes, too.
  public func attributes(of nameOrPath: String) -> [String]? {
    guard let attributes, nameOrPath != source else { return attributes }
    guard BuiltInName(nameOrPath) == nil, let files = try? DataSet.files(at: nameOrPath),
      AttributeTable.exists(for: files)
    else { return nil }
    return attributes
  }
}

extension DataSource {
  /// Opens the set of a run, with the classes that it asks for.
  public static func open(_ data: DataConfiguration, split: Split) throws -> any ImageSource {
    try open(data.source, split: split, attributes: data.attributes)
  }
}

extension DataShape {
  /// The longest side images are prepared with.
  static let largestSide = 4096

  /// Checks a shape read from a file.
  func validate() throws {
    try checkOption("data.shape.channels", channels, 1...3)
    try checkOption("data.shape.inputChannels", inputChannels ?? 1, 1...3)
    try checkOption("data.shape.height", height, 1...Self.largestSide)
    try checkOption("data.shape.width", width, 1...Self.largestSide)
    try checkOption("data.shape.classes", classes, 0...65_536)
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
