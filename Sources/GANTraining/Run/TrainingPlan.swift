import GANData
import GANKit
import Torch

/// What is to be trained and how, as it is asked for. What is not said is the recipe's own.
public struct TrainingPlan<R: Recipe>: Sendable {
  /// The recipe's numbers.
  public var config: R.Config
  /// The data set and how its images are prepared.
  public var data: DataConfiguration
  /// Images in one minibatch.
  public var batchSize: Int?
  /// For how long.
  public var length: RunLength?
  /// Decides initial weights, noise and order of the data.
  public var seed: UInt64 = 1
  /// `cpu`, `cuda`, `cuda:N` or `mps`.
  public var device = "cpu"
  /// The number format of products and convolutions; `nil` takes the faster one.
  public var precision: Precision? = .float32
  /// Threads of one operation.
  public var threads = LibTorch.threads
  /// How often things are written.
  public var intervals = AskedIntervals()
  /// Another run from whose weights it starts; `nil` for initial values.
  public var start: WeightSource?
  /// How the generator is measured during training; `nil` for not at all.
  public var evaluation: EvaluationSettings?

  /// A plan for a data set; `nil` takes the built-in one that suits the recipe.
  public init(_ config: R.Config = R.Config(), on data: DataConfiguration? = nil) {
    self.config = config
    self.data = data ?? DataConfiguration(source: R.layout(config).defaultSet)
  }

  /// Images in one minibatch, asked for or the recipe's own.
  var chosenBatchSize: Int { batchSize ?? R.defaults(for: config).batchSize }

  /// Checks everything that can be checked before the data is opened.
  func validate() throws {
    try config.validate()
    try data.validate()
    try length?.validate()
    try checkField("batchSize", chosenBatchSize, 1...65_536)
    try R.needs(config).check(batchSize: chosenBatchSize, for: R.card.name)
    try checkField("threads", threads, 1...256)
    try evaluation?.validate()
  }

  /// What is written down, once the data is open.
  ///
  /// - Parameter data: with its shape and the number of its images.
  public func configuration(on data: DataConfiguration) throws -> RunConfiguration {
    let defaults = R.defaults(for: config)
    let length = length ?? .steps(defaults.steps)
    let perEpoch = DataFeed.stepsPerEpoch(count: data.count ?? 0, batchSize: chosenBatchSize)
    let steps = try length.steps(perEpoch: perEpoch)
    let result = RunConfiguration(
      recipe: R.card.name, config: try config.jsonObject(), data: data,
      batchSize: chosenBatchSize, length: length, steps: steps ?? defaults.steps, seed: seed,
      device: device, precision: precision ?? .fastest(on: device), threads: threads,
      intervals: intervals.intervals(steps: steps), evaluation: evaluation)
    try result.validate()
    return result
  }
}
