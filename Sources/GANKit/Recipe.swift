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
  /// The kind of data one step needs.
  associatedtype Batch: TrainingBatch

  /// What the system is.
  static var card: RecipeCard { get }

  /// The image size used when the user names none: `nil` keeps the data's own.
  static func defaultSize(for config: Config) -> Int?

  /// The size near the data's own, `native`, that the networks can take, when neither the user nor
  /// ``defaultSize(for:)`` names one.
  static func fittingSize(_ native: Int, for config: Config) -> Int

  /// Checks what depends on both configuration and data, before any tensor exists.
  ///
  /// - Throws: ``ConfigError`` naming the field or the property of the data.
  static func validate(_ config: Config, for data: DataShape) throws

  /// Parts without parameters that decide what the networks do in use, by their names in the state
  /// dictionary; opening a run restores them with the networks.
  static var stateInUse: [String] { get }

  /// Networks and optimizers at their initial values, drawn from the seeded generators.
  init(_ config: Config, data: DataShape, on device: Device)

  /// One training step on one minibatch.
  mutating func step(_ batch: Batch) -> StepReport
}

extension Recipe {
  /// The data's own size.
  public static func defaultSize(for config: Config) -> Int? { nil }
  /// Nothing: the networks do not change but by their weights.
  public static var stateInUse: [String] { [] }

  /// The data's own size.
  public static func fittingSize(_ native: Int, for config: Config) -> Int { native }
}

/// What a system is, what it needs and what it must achieve.
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
  /// What it must achieve, in words and numbers.
  public var claim: String

  /// A card.
  public init(
    name: String, title: String, summary: String, paper: String, deviations: [String] = [],
    claim: String
  ) {
    (self.name, self.title, self.summary) = (name, title, summary)
    (self.paper, self.deviations, self.claim) = (paper, deviations, claim)
  }
}
