import Torch
import TorchNN

/// A GAN system: configuration, networks, optimizers and one training step. Device placement,
/// epochs, logging, checkpoints and samples are the session's.
///
/// A recipe is a struct whose stored networks, averages, optimizers, pools and counters are its
/// whole state: a checkpoint is that module tree.
public protocol Recipe: Module, SendableMetatype {
  /// The numbers a user may change.
  associatedtype Config: RecipeConfig
  /// What one step is given.
  associatedtype Batch: TrainingBatch

  /// What the system is.
  static var card: RecipeCard { get }

  /// What the networks ask of the images.
  static func needs(_ config: Config) -> DataNeeds

  /// Which sets of images the system learns from; the batch's own layout unless the configuration
  /// decides, as whether a system is told the classes.
  static func layout(_ config: Config) -> DataLayout

  /// How large, in what batches and for how long it is trained where the user does not say.
  static func defaults(for config: Config) -> RunDefaults

  /// What a run of this shape will not reach, in a line such as `ends at 4x4 of 32x32`; `nil` for
  /// nothing.
  static func shortfall(of config: Config, in run: RunShape) -> String?

  /// Parts without parameters that decide what the networks do in use, by their names in the state
  /// dictionary; opening a run restores them with the networks.
  static var stateInUse: [String] { get }

  /// Networks and optimizers at their initial values, drawn from the seeded generators.
  ///
  /// - Throws: what is wrong with a file of weights, for a recipe that uses one.
  init(_ config: Config, for run: RunShape, on device: Device) throws

  /// Opens what training needs and use does not, such as the file of a network that images are compared
  /// by, so that nothing is written where it is missing. A step opens it by itself if need be.
  ///
  /// - Throws: what is wrong with it, in one line.
  func prepareForTraining() throws

  /// One training step on one minibatch.
  mutating func step(_ batch: Batch) -> StepReport

  /// Which of its kinds of steps comes next, for a system whose steps of a kind are the same operations with the same
  /// numbers, but for what optimizers, averages, pools and counters do: a GPU then repeats them by itself. `nil`
  /// where the host decides more, such as how much of a layer has faded in.
  var stepKind: Int? { get }

  /// Where a system stands that trains in phases; `nil` for all others.
  var phase: TrainingPhase? { get }

  /// Pictures of what the system can do, drawn in evaluation mode without a graph; `nil` for one that
  /// makes no pictures. A system of one role has that role's.
  func preview(of material: PreviewMaterial) -> Preview?

  /// What can be measured of the system beside images it has not learned from; nothing for one that
  /// makes no pictures. A system of one role has that role's.
  func comparisons(on layout: DataLayout) -> [Comparison]
}

extension Recipe {
  /// Any images.
  public static func needs(_ config: Config) -> DataNeeds { .none }
  /// The batch's own.
  public static func layout(_ config: Config) -> DataLayout { Batch.layout }
  /// 5,000 minibatches of 64.
  public static func defaults(for config: Config) -> RunDefaults { RunDefaults() }
  /// Nothing.
  public static func shortfall(of config: Config, in run: RunShape) -> String? { nil }
  /// Nothing: the networks do not change but by their weights.
  public static var stateInUse: [String] { [] }
  /// Nothing is needed.
  public func prepareForTraining() throws {}
  /// The host decides more.
  public var stepKind: Int? { nil }
  /// None.
  public var phase: TrainingPhase? { nil }
  /// None.
  public func preview(of material: PreviewMaterial) -> Preview? { nil }
  /// None.
  public func comparisons(on layout: DataLayout) -> [Comparison] { [] }

  /// Checks the configuration by itself and against the data, before any tensor exists.
  ///
  /// - Throws: ``ConfigError`` naming the field or the property of the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    try config.validate()
    let layout = layout(config)
    guard data.parts.count == (layout.hasTwoKinds ? layout.parts.count : 1) else {
      throw ConfigError.data("\(card.name) needs \(layout.description)")
    }
    var needs = needs(config)
    if layout.needsLabels { needs = needs.classes(2) }
    try needs.check(data, for: card.name)
  }
}

/// A recipe whose every step is the same operations with the same numbers of the host; see ``Recipe/stepKind``.
public protocol UniformRecipe: Recipe {}

extension UniformRecipe {
  /// There is one kind.
  public var stepKind: Int? { 0 }
}

/// What a run is about, as far as a recipe needs to know it.
public struct RunShape: Sendable, Equatable {
  /// What the images look like.
  public var data: DataShape
  /// Images in one minibatch.
  public var batchSize: Int
  /// Minibatches in all: what schedules are shares of; `nil` where time decides, and rates stay.
  public var steps: Int?
  /// Minibatches in one pass over the data.
  public var stepsPerEpoch: Int

  /// The shape of a run.
  public init(data: DataShape, batchSize: Int = 64, steps: Int? = 5000, stepsPerEpoch: Int = 937) {
    (self.data, self.batchSize) = (data, batchSize)
    (self.steps, self.stepsPerEpoch) = (steps, stepsPerEpoch)
  }
}

/// How a system is trained where the user does not say.
public struct RunDefaults: Sendable, Equatable {
  /// The side of the images where those of the data have different ones; `nil` asks for one.
  public var size: Int?
  /// The side of the parts that are cut out of images, which keep their sizes, where the user names
  /// neither a size nor parts; `nil` takes images whole, as are those of one size that hold no such part.
  public var crop: Int?
  /// Images in one minibatch.
  public var batchSize: Int
  /// Minibatches in all.
  public var steps: Int

  /// Defaults of a system.
  public init(size: Int? = nil, crop: Int? = nil, batchSize: Int = 64, steps: Int = 5000) {
    (self.size, self.crop, self.batchSize, self.steps) = (size, crop, batchSize, steps)
  }
}

/// Where a system stands that trains in phases.
public struct TrainingPhase: Sendable, Equatable {
  /// What is being trained, such as `16x16, fading in`.
  public let name: String
  /// How much of the phase is done, from 0 to 1; `nil` for one without an end.
  public let progress: Double?

  /// A phase.
  public init(_ name: String, progress: Double? = nil) {
    (self.name, self.progress) = (name, progress)
  }
}

/// What a system is.
public struct RecipeCard: Sendable {
  /// The name on the command line.
  public var name: String
  /// The name in the literature.
  public var title: String
  /// One sentence.
  public var summary: String
  /// Authors, title, year and identifier of the paper.
  public var paper: String
  /// Where and why this implementation departs from the paper.
  public var deviations: [String]
  /// Whether its claims, those that hold in float32, were shown to hold when it is trained in bfloat16, too
  /// (`gan reproduce NAME --precision bfloat16`).
  public var holdsInBFloat16: Bool

  /// A card.
  public init(
    name: String, title: String, summary: String, paper: String, deviations: [String] = [],
    holdsInBFloat16: Bool = false
  ) {
    (self.name, self.title, self.summary) = (name, title, summary)
    (self.paper, self.deviations, self.holdsInBFloat16) = (paper, deviations, holdsInBFloat16)
  }
}
