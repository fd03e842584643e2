import GANData
import GANKit
import GANTraining
import Torch

/// Images of a data set prepared as those that a run was trained on.
public struct PreparedImages {
  /// How many there are.
  public var count: Int { images.count }
  /// The class of each, or nothing for an unlabelled set.
  public let labels: [Int]
  /// The classes in label order.
  public var classNames: [String] { images.classNames }
  private let images: any LoadedImages
  private let shape: [Int]

  /// Opens a split of the set that `data` names, at the size and channels of its shape.
  ///
  /// - Throws: `DataError` or ``GANTraining/RunError``.
  public init(_ data: DataConfiguration, split: Split) throws {
    guard let shape = data.shape, shape.imageShape != [2, 1, 1] else {
      throw RunError.unsupported("'\(data.source)' has no images")
    }
    try self.init(DataSource.open(data, split: split), shape.image, as: data)
  }

  /// Prepares the images of a source, such as one of two domains, to a shape.
  ///
  /// - Parameter data: says how they become of that size, and whether some may be left out.
  /// - Throws: `DataError`.
  public init(_ source: any ImageSource, _ shape: ImageShape, as data: DataConfiguration) throws {
    images = try DataSet.load(
      source, size: shape.size, channels: shape.channels, fit: data.fit ?? source.preferredFit,
      policy: data.skipBroken ? .skipBroken : .fail)
    labels = images.labels.map { Int($0) }
    self.shape = shape.dimensions
  }

  /// Images by index, `[N, C, H, W]` in [-1, 1].
  public func tensor(_ indices: [Int], on device: Device = .cpu) throws -> Tensor {
    Tensor(
      imageBytes: try images.batch(indices).pixels, shape: [indices.count] + shape,
      on: device)
  }

  /// `count` different indices in an order decided by the seed; all where there are fewer.
  public func chosen(_ count: Int, seed: UInt64) -> [Int] {
    Array(ShuffledOrder(count: self.count, seed: seed).permutation(epoch: 0).prefix(count))
  }
}
