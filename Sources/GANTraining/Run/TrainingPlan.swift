import Foundation
import GANData
import GANKit
import Torch

/// What is to be trained and how, as it is asked for. What is not said is the recipe's own.
public struct TrainingPlan<R: Recipe>: Sendable {
  /// The recipe's numbers.
  public var config: R.Config
  /// The data set and how its images are prepared.
  public var data: DataConfiguration
  /// What the set of numbers is called that the plan began with.
  public var preset: String?
  /// Size, batch and length where they are not asked for; `nil` takes the recipe's own.
  public var defaults: RunDefaults?
  /// Images in one minibatch.
  public var batchSize: Int?
  /// For how long.
  public var length: RunLength?
  /// Decides initial weights, noise and order of the data.
  public var seed: UInt64 = 1
  /// `cpu`, `cuda`, `cuda:N` or `mps`.
  public var device = "cpu"
  /// The number format of products and convolutions; `nil` takes bfloat16 on GPUs, and on processors where the
  /// system's claims hold in it and its steps are measured to be clearly faster.
  public var precision: Precision? = .float32
  /// Threads of one operation; `nil` takes what a short measurement finds the fastest on the machine
  /// as it is, usually one for each core.
  public var threads: Int?
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

  /// Size, batch and length where they are not asked for.
  var chosenDefaults: RunDefaults { defaults ?? R.defaults(for: config) }

  /// The parts that are cut out of images where neither a size nor parts are asked for.
  public var defaultParts: ImageSize? { chosenDefaults.crop.map(ImageSize.init(side:)) }

  /// Images in one minibatch, asked for or the default.
  var chosenBatchSize: Int { batchSize ?? chosenDefaults.batchSize }

  /// The threads asked for, else measured on a processor. Beside a GPU they only prepare batches. Several
  /// processes of a machine share its cores, where nobody says how.
  ///
  /// - Throws: For a device that is not there.
  func threadChoice() throws -> ThreadChoice {
    if let threads { return ThreadChoice(threads) }
    if let place = ProcessGroup.current?.place {
      let isSaid = ProcessInfo.processInfo.environment["OMP_NUM_THREADS"] != nil
      return ThreadChoice(max(LibTorch.threads / (isSaid ? 1 : place.localCount), 1))
    }
    return try Device(named: device) == .cpu ? .measured() : ThreadChoice(LibTorch.threads)
  }

  /// Checks everything that can be checked before the data is opened.
  func validate() throws {
    try config.validate()
    try data.validate()
    try length?.validate()
    try checkField("batchSize", chosenBatchSize, 1...65_536)
    let own = try BatchShare(of: .current).size(of: chosenBatchSize)
    try R.needs(config).check(batchSize: own, for: R.card.name)
    if let threads { try checkField("threads", threads, 1...256) }
    try evaluation?.validate()
  }

  /// What is written down, once the data is open. A number format that nobody asks for is chosen after that.
  ///
  /// - Parameter data: with its shape and the number of its images.
  public func configuration(on data: DataConfiguration) throws -> RunConfiguration {
    let defaults = chosenDefaults
    let length = length ?? .steps(defaults.steps)
    let perEpoch = DataFeed.stepsPerEpoch(count: data.count ?? 0, batchSize: chosenBatchSize)
    let steps = try length.steps(perEpoch: perEpoch)
    var result = RunConfiguration(
      recipe: R.card.name, preset: preset, config: try config.jsonObject(), data: data,
      batchSize: chosenBatchSize, length: length, steps: steps ?? defaults.steps, seed: seed,
      device: device, precision: precision ?? (device == "cpu" ? .float32 : .bfloat16),
      threads: threads ?? LibTorch.threads,
      intervals: intervals.intervals(steps: steps), evaluation: evaluation)
    result.setProcesses()
    try result.validate()
    return result
  }
}
