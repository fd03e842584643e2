import Torch

/// Which sets of images a system learns from, and how those of one step belong together.
public enum DataKind: String, Sendable, CaseIterable, CustomStringConvertible {
  /// Images alone.
  case images
  /// Images with their classes.
  case labeled
  /// Images, with their classes where they have any.
  case labeledIfAny
  /// A few images with their classes and many without.
  case partlyLabeled
  /// An input and the target that belongs to it.
  case paired
  /// Images of two domains, A and B, which have nothing to do with each other.
  case unpaired
  /// Images of a source domain with their classes and images of a target domain without.
  case adaptation

  /// Whether (some) images must have classes.
  public var needsLabels: Bool {
    switch self {
    case .images, .labeledIfAny, .paired, .unpaired: false
    case .labeled, .partlyLabeled, .adaptation: true
    }
  }

  /// In words.
  public var description: String {
    switch self {
    case .images: "images"
    case .labeled: "labelled images"
    case .labeledIfAny: "images, labelled or not"
    case .partlyLabeled: "images, some labelled"
    case .paired: "pairs of images"
    case .unpaired: "two domains"
    case .adaptation: "labelled source, target"
    }
  }

  /// How many sets of images a step draws from.
  public var partCount: Int {
    switch self {
    case .images, .labeled, .labeledIfAny: 1
    case .partlyLabeled, .paired, .unpaired, .adaptation: 2
    }
  }
}

/// What one step draws from one set of images.
public struct BatchPart {
  /// `[N, C, H, W]` in [-1, 1].
  public let images: Tensor
  /// Class indices `[N]` (`int64`), where the step may see them.
  public let labels: Tensor?

  /// Images and, where there are any, classes.
  public init(images: Tensor, labels: Tensor? = nil) {
    (self.images, self.labels) = (images, labels)
  }

  /// The classes of a set that has them.
  fileprivate func requiredLabels() -> Tensor { required(labels) }
}

private func required(_ labels: Tensor?) -> Tensor {
  guard let labels else { preconditionFailure("a labelled batch needs labels") }
  return labels
}

/// What one training step is given. A recipe names the kind it needs, so that the wrong kind of data
/// does not compile.
public protocol TrainingBatch {
  /// Where its parts come from.
  static var kind: DataKind { get }
  /// A batch of one part for each set of images, in the order of ``DataKind``'s description.
  ///
  /// - Precondition: there are as many parts and labels as ``kind`` says.
  init(parts: [BatchPart])
  /// How many images each set contributed.
  var count: Int { get }
}

/// Images alone.
public struct ImageBatch: TrainingBatch {
  /// `[N, C, H, W]` in [-1, 1].
  public let images: Tensor

  /// A batch.
  public init(images: Tensor) { self.images = images }
  /// One part.
  public init(parts: [BatchPart]) { self.init(images: parts[0].images) }
  /// Images.
  public static var kind: DataKind { .images }
  /// N.
  public var count: Int { images.size(0) }
}

/// Images with their classes.
public struct LabeledBatch: TrainingBatch {
  /// `[N, C, H, W]` in [-1, 1].
  public let images: Tensor
  /// `[N]`, class indices (`int64`).
  public let labels: Tensor

  /// A batch.
  public init(images: Tensor, labels: Tensor) { (self.images, self.labels) = (images, labels) }
  /// One part.
  public init(parts: [BatchPart]) {
    self.init(images: parts[0].images, labels: parts[0].requiredLabels())
  }
  /// Labelled images.
  public static var kind: DataKind { .labeled }
  /// N.
  public var count: Int { images.size(0) }
}

/// Images, with their classes where the data has any: for systems whose configuration decides
/// whether they are conditional.
public struct LabeledIfAnyBatch: TrainingBatch {
  /// `[N, C, H, W]` in [-1, 1].
  public let images: Tensor
  /// `[N]`, class indices (`int64`); `nil` where the data has no classes.
  public let labels: Tensor?

  /// A batch.
  public init(images: Tensor, labels: Tensor?) { (self.images, self.labels) = (images, labels) }
  /// One part.
  public init(parts: [BatchPart]) {
    self.init(images: parts[0].images, labels: parts[0].labels)
  }
  /// The classes, for a step of a conditional system.
  ///
  /// - Precondition: the data has classes.
  public var requiredLabels: Tensor { required(labels) }
  /// Images, labelled or not.
  public static var kind: DataKind { .labeledIfAny }
  /// N.
  public var count: Int { images.size(0) }
}

/// A few labelled images and as many without labels.
public struct PartlyLabeledBatch: TrainingBatch {
  /// Images with classes.
  public let labeled: LabeledBatch
  /// Images `[N, C, H, W]` whose classes the step does not see.
  public let images: Tensor

  /// A batch.
  public init(labeled: LabeledBatch, images: Tensor) {
    (self.labeled, self.images) = (labeled, images)
  }
  /// Two parts.
  public init(parts: [BatchPart]) {
    self.init(labeled: LabeledBatch(parts: [parts[0]]), images: parts[1].images)
  }
  /// Partly labelled images.
  public static var kind: DataKind { .partlyLabeled }
  /// N.
  public var count: Int { images.size(0) }
}

/// Inputs and the targets that belong to them.
public struct PairedBatch: TrainingBatch {
  /// `[N, Cin, H, W]` in [-1, 1].
  public let input: Tensor
  /// `[N, C, H, W]` in [-1, 1].
  public let target: Tensor

  /// A batch.
  public init(input: Tensor, target: Tensor) { (self.input, self.target) = (input, target) }
  /// Two parts.
  public init(parts: [BatchPart]) {
    self.init(input: parts[0].images, target: parts[1].images)
  }
  /// Pairs.
  public static var kind: DataKind { .paired }
  /// N.
  public var count: Int { target.size(0) }
}

/// Images of two domains.
public struct UnpairedBatch: TrainingBatch {
  /// `[N, Ca, H, W]` in [-1, 1].
  public let a: Tensor
  /// `[N, Cb, H, W]` in [-1, 1].
  public let b: Tensor

  /// A batch.
  public init(a: Tensor, b: Tensor) { (self.a, self.b) = (a, b) }
  /// Two parts.
  public init(parts: [BatchPart]) { self.init(a: parts[0].images, b: parts[1].images) }
  /// Two domains.
  public static var kind: DataKind { .unpaired }
  /// N.
  public var count: Int { a.size(0) }
}

/// Labelled images of a source domain and images of a target domain.
public struct AdaptationBatch: TrainingBatch {
  /// Source images with classes.
  public let source: LabeledBatch
  /// Target images `[N, C, H, W]`. There is no place for their classes.
  public let target: Tensor

  /// A batch.
  public init(source: LabeledBatch, target: Tensor) {
    (self.source, self.target) = (source, target)
  }
  /// Two parts.
  public init(parts: [BatchPart]) {
    self.init(source: LabeledBatch(parts: [parts[0]]), target: parts[1].images)
  }
  /// Source and target.
  public static var kind: DataKind { .adaptation }
  /// N.
  public var count: Int { target.size(0) }
}
