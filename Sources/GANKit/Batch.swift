import Torch

/// What a data set looks like to a recipe.
public struct DataShape: Codable, Sendable, Equatable {
  /// Colour channels: 1 or 3 (or the dimension of points).
  public var channels: Int
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int
  /// How many classes the labels name; 0 without labels.
  public var classes: Int

  /// A data set's facts.
  public init(channels: Int, height: Int, width: Int, classes: Int = 0) {
    (self.channels, self.height, self.width) = (channels, height, width)
    self.classes = classes
  }

  /// `[C, H, W]`.
  public var imageShape: [Int] { [channels, height, width] }

  /// Numbers in one image.
  public var elementCount: Int { channels * height * width }
}

/// What one training step is given. A recipe names the kind it needs, so that the wrong kind of data
/// does not compile.
public protocol TrainingBatch {
  /// Whether images without labels cannot make such a batch.
  static var needsLabels: Bool { get }
  /// A batch of `images` `[N, C, H, W]` in [-1, 1] and class indices `labels` `[N]`.
  ///
  /// - Precondition: `labels` is there if ``needsLabels``.
  init(images: Tensor, labels: Tensor?)
  /// How many images there are.
  var count: Int { get }
}

/// Images alone.
public struct ImageBatch: TrainingBatch {
  /// `[N, C, H, W]` in [-1, 1].
  public let images: Tensor

  /// A batch; labels are ignored.
  public init(images: Tensor, labels: Tensor? = nil) { self.images = images }

  /// False.
  public static var needsLabels: Bool { false }

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
  public init(images: Tensor, labels: Tensor?) {
    guard let labels else { preconditionFailure("a labelled batch needs labels") }
    (self.images, self.labels) = (images, labels)
  }

  /// True.
  public static var needsLabels: Bool { true }

  /// N.
  public var count: Int { images.size(0) }
}

/// The scalars of one step by name, still on the device. Reading them waits for it.
public struct StepReport: ExpressibleByDictionaryLiteral {
  /// Names such as `loss/D` and scalar tensors, in the order of the report.
  public private(set) var entries: [(name: String, value: Tensor)]

  /// A report written as a literal.
  public init(dictionaryLiteral elements: (String, Tensor)...) {
    entries = elements.map { ($0.0, $0.1.detached()) }
  }

  /// Adds or replaces an entry.
  public subscript(name: String) -> Tensor? {
    get { entries.first { $0.name == name }?.value }
    set {
      let position = entries.firstIndex { $0.name == name }
      switch (position, newValue?.detached()) {
      case (let position?, let value?): entries[position].value = value
      case (let position?, nil): entries.remove(at: position)
      case (nil, let value?): entries.append((name, value))
      case (nil, nil): break
      }
    }
  }

  /// The numbers. Waits for the device.
  public func read() -> [(name: String, value: Double)] {
    entries.map { ($0.name, $0.value.item()) }
  }
}
