import Torch

/// What one step draws from one set of images.
public struct BatchPart {
  /// `[N, C, H, W]` in [-1, 1]; of a part of T frames `[T·N, C, H, W]`, the first frames of all, then the
  /// second ones.
  public let images: Tensor
  /// Class indices `[N]` (`int64`), where the step may see them.
  public let labels: Tensor?
  /// What belongs to the images, in the order of the layout's part.
  public let attached: [Tensor]

  /// Images and, where there are any, classes and what else belongs to them.
  public init(images: Tensor, labels: Tensor? = nil, attached: [Tensor] = []) {
    (self.images, self.labels, self.attached) = (images, labels, attached)
  }

  /// The classes of a set that has them.
  fileprivate func requiredLabels() -> Tensor {
    guard let labels else { preconditionFailure("a labelled batch needs labels") }
    return labels
  }
}

/// What one training step is given. A recipe names the type it needs, so that the wrong kind of data
/// does not compile.
public protocol TrainingBatch {
  /// Which sets of images it draws from.
  static var layout: DataLayout { get }
  /// A batch of one part for each part of a layout, in its order.
  ///
  /// - Precondition: there are as many parts and labels as the recipe's layout says.
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
  public static var layout: DataLayout { .images }
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
  public static var layout: DataLayout { .labeled }
  /// N.
  public var count: Int { images.size(0) }
}

/// Images, with their classes where the recipe's configuration asks for them.
public struct MaybeLabeledBatch: TrainingBatch {
  /// `[N, C, H, W]` in [-1, 1].
  public let images: Tensor
  /// `[N]`, class indices (`int64`); `nil` for an unconditional system.
  public let labels: Tensor?

  /// A batch.
  public init(images: Tensor, labels: Tensor?) { (self.images, self.labels) = (images, labels) }
  /// One part.
  public init(parts: [BatchPart]) {
    self.init(images: parts[0].images, labels: parts[0].labels)
  }
  /// Images; the recipe's configuration may ask for labelled ones.
  public static var layout: DataLayout { .images }
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
  public static var layout: DataLayout { .partlyLabeled }
  /// N.
  public var count: Int { images.size(0) }
}

/// Images without labels, and where the recipe's configuration asks for them as many with their
/// classes.
public struct MaybePartlyLabeledBatch: TrainingBatch {
  /// Images `[N, C, H, W]` whose classes the step does not see.
  public let images: Tensor
  /// Images with classes; `nil` for an unsupervised system.
  public let labeled: LabeledBatch?

  /// A batch.
  public init(images: Tensor, labeled: LabeledBatch?) {
    (self.images, self.labeled) = (images, labeled)
  }
  /// One part, or the labelled images and all.
  public init(parts: [BatchPart]) {
    self.init(
      images: parts[parts.count - 1].images,
      labeled: parts.count > 1 ? LabeledBatch(parts: [parts[0]]) : nil)
  }
  /// Images; the recipe's configuration may ask for some labelled ones.
  public static var layout: DataLayout { .images }
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
  public static var layout: DataLayout { .paired }
  /// N.
  public var count: Int { target.size(0) }
}

/// Turned images and the frontal ones that belong to them.
public struct FrontalBatch: TrainingBatch {
  /// Turned ones, `[N, C, H, W]` in [-1, 1].
  public let input: Tensor
  /// Frontal ones, `[N, C, H, W]` in [-1, 1].
  public let target: Tensor
  /// Who both show, `[N]` class indices (`int64`).
  public let identities: Tensor
  /// Points of the turned images, `[N, 4, 2]`, x and y as shares of width and height, where the
  /// recipe's configuration asks for them: left eye, right eye, nose and mouth.
  public let landmarks: Tensor?

  /// Two parts, the first with classes.
  public init(parts: [BatchPart]) {
    (input, target) = (parts[0].images, parts[1].images)
    (identities, landmarks) = (parts[0].requiredLabels(), parts[0].attached.first)
  }
  /// Pairs with identities; the recipe's configuration may ask for landmarks.
  public static var layout: DataLayout { .frontal }
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
  public static var layout: DataLayout { .unpaired }
  /// N.
  public var count: Int { a.size(0) }
}

/// Three successive frames of each of two domains.
public struct SequenceBatch: TrainingBatch {
  /// Three times `[N, Ca, H, W]` in [-1, 1].
  public let a: [Tensor]
  /// Three times `[N, Cb, H, W]` in [-1, 1].
  public let b: [Tensor]

  /// Two parts.
  public init(parts: [BatchPart]) {
    (a, b) = (Self.frames(of: parts[0].images), Self.frames(of: parts[1].images))
  }

  private static func frames(of images: Tensor) -> [Tensor] {
    let count = images.size(0) / 3
    return (0..<3).map { images[$0 * count..<($0 + 1) * count] }
  }

  /// Frames of two domains.
  public static var layout: DataLayout { .sequences }
  /// N.
  public var count: Int { a[0].size(0) }
}

/// Images of two domains, with masks of their objects where the recipe's configuration asks for them.
public struct MaybeMaskedBatch: TrainingBatch {
  /// `[N, C, H, W]` in [-1, 1].
  public let a: Tensor
  /// `[N, C, H, W]` in [-1, 1].
  public let b: Tensor
  /// `[N, 1, H, W]` in [0, 1], 1 where the object is; `nil` for a system that is not shown them.
  public let masks: (a: Tensor, b: Tensor)?

  /// A batch.
  public init(a: Tensor, b: Tensor, masks: (a: Tensor, b: Tensor)?) {
    (self.a, self.b, self.masks) = (a, b, masks)
  }
  /// Two parts.
  public init(parts: [BatchPart]) {
    var masks: (a: Tensor, b: Tensor)?
    if let a = parts[0].attached.first, let b = parts[1].attached.first { masks = (a, b) }
    self.init(a: parts[0].images, b: parts[1].images, masks: masks)
  }
  /// Two domains; the recipe's configuration may ask for masks.
  public static var layout: DataLayout { .objects }
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
  public static var layout: DataLayout { .adaptation }
  /// N.
  public var count: Int { target.size(0) }
}
