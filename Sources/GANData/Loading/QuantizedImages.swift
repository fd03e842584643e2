/// A prepared set with every value moved to the nearest of a few evenly spaced levels from 0 to 255.
public struct QuantizedImages: LoadedImages {
  private let images: any LoadedImages
  /// The level of each value.
  private let table: [UInt8]

  /// - Parameter levels: how many, from 2 to 256.
  public init(_ images: any LoadedImages, levels: Int) {
    precondition((2...256).contains(levels), "\(levels) grey levels")
    self.images = images
    let steps = levels - 1
    table = (0...255).map { value in
      let index = (value * steps * 2 + 255) / 510
      return UInt8((index * 510 + steps) / (2 * steps))
    }
  }

  /// As before.
  public var count: Int { images.count }
  /// As before.
  public var preparation: ImagePreparation { images.preparation }
  /// As before.
  public var labels: [Int64] { images.labels }
  /// As before.
  public var classNames: [String] { images.classNames }
  /// As before.
  public var skipped: [BrokenImage] { images.skipped }

  /// Pictures of the levels alone.
  public func batch(
    _ indices: [Int], crop: ImageSize?, draws: [ImageDraw]
  ) throws -> (pixels: [UInt8], labels: [Int64]) {
    let batch = try images.batch(indices, crop: crop, draws: draws)
    return (batch.pixels.map { table[Int($0)] }, batch.labels)
  }
}
