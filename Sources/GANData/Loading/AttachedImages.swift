/// Pictures, each with others that belong to it, such as its mask: the samples of a picture are followed by
/// those of what is attached, and all are cut and mirrored alike.
public struct AttachedImages: LoadedImages {
  private let images: any LoadedImages
  private let attached: [any LoadedImages]

  /// Pictures and what belongs to them, picture by picture, prepared to the same size and in the same way.
  ///
  /// - Throws: `DataError` where there are not as many.
  public init(_ images: any LoadedImages, _ attached: [any LoadedImages]) throws {
    for part in attached where part.count != images.count {
      throw DataError.mismatch(
        path: "data set", problem: "not as many masks as images", expected: "\(images.count)",
        found: "\(part.count)")
    }
    precondition(
      attached.allSatisfy {
        $0.preparation.size == images.preparation.size
          && $0.preparation.fit == images.preparation.fit
      }, "what belongs to pictures is prepared as they are")
    (self.images, self.attached) = (images, attached)
  }

  private var all: [any LoadedImages] { [images] + attached }

  /// Number of pictures.
  public var count: Int { images.count }
  /// That of the pictures alone.
  public var preparation: ImagePreparation { images.preparation }
  /// The class of each picture, or nothing.
  public var labels: [Int64] { images.labels }
  /// The classes in label order.
  public var classNames: [String] { images.classNames }
  /// Pictures that were left out.
  public var skipped: [BrokenImage] { images.skipped }

  /// All samples, where the pictures and what belongs to them lie in memory.
  public var packedPixels: [UInt8]? {
    let parts = all.compactMap(\.packedPixels)
    return parts.count == all.count ? Self.joined(parts, count: count) : nil
  }

  /// Pictures `[N, C + A, H, W]` with the A planes of what belongs to them.
  public func batch(
    _ indices: [Int], crop: ImageSize?, draws: [ImageDraw]
  ) throws -> (pixels: [UInt8], labels: [Int64]) {
    let batches = try all.map { try $0.batch(indices, crop: crop, draws: draws) }
    return (Self.joined(batches.map(\.pixels), count: indices.count), batches[0].labels)
  }

  /// The samples of each picture one after the other.
  private static func joined(_ parts: [[UInt8]], count: Int) -> [UInt8] {
    var samples: [UInt8] = []
    samples.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for index in 0..<count {
      for part in parts {
        let each = part.count / count
        samples += part[index * each..<(index + 1) * each]
      }
    }
    return samples
  }
}
