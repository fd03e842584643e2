/// What every picture of a set is turned into: one size and number of channels.
public struct ImagePreparation: Sendable, Equatable, Codable {
  /// Height and width.
  public let size: ImageSize
  /// 1 or 3.
  public let channels: Int
  /// How pictures of other proportions become of that size.
  public let fit: ImageFit

  /// A preparation.
  public init(size: ImageSize, channels: Int, fit: ImageFit) {
    precondition(
      size.height > 0 && size.width > 0, "pictures need a size of at least 1, not \(size)")
    precondition(channels == 1 || channels == 3, "a picture has 1 or 3 channels, not \(channels)")
    self.size = size
    self.channels = channels
    self.fit = fit
  }

  /// Samples of one prepared picture.
  public var sampleCount: Int { channels * size.area }

  /// `[C, H, W]` of one prepared picture.
  public var shape: [Int] { [channels, size.height, size.width] }

  /// The picture as the set needs it.
  public func prepared(_ image: DecodedImage) -> DecodedImage {
    fitted(image.converted(toChannels: channels))
  }

  private func fitted(_ image: DecodedImage) -> DecodedImage {
    switch fit {
    case .stretch: return image.resized(to: size)
    case .crop: return image.center(proportionedAs: size).resized(to: size)
    case .pad:
      return image.resized(to: image.size.reduced(toFit: size)).padded(to: size)
    }
  }
}
