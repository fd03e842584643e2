/// What every picture of a set is turned into: squares of one size and number of channels.
public struct ImagePreparation: Sendable, Equatable, Codable {
  /// Side of the square.
  public let size: Int
  /// 1 or 3.
  public let channels: Int
  /// How the square comes about.
  public let fit: ImageFit

  /// A preparation.
  public init(size: Int, channels: Int, fit: ImageFit) {
    precondition(size > 0, "pictures need a size of at least 1, not \(size)")
    precondition(channels == 1 || channels == 3, "a picture has 1 or 3 channels, not \(channels)")
    self.size = size
    self.channels = channels
    self.fit = fit
  }

  /// Samples of one prepared picture.
  public var sampleCount: Int { channels * size * size }

  /// The picture as the set needs it.
  public func prepared(_ image: DecodedImage) -> DecodedImage {
    fitted(image.converted(toChannels: channels))
  }

  private func fitted(_ image: DecodedImage) -> DecodedImage {
    switch fit {
    case .stretch: return image.resized(width: size, height: size)
    case .crop: return image.centerSquare().resized(width: size, height: size)
    case .pad:
      let longest = max(image.width, image.height)
      if longest <= size { return image.padded(to: size) }
      let scale = Double(size) / Double(longest)
      func reduced(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
      return image.resized(width: reduced(image.width), height: reduced(image.height))
        .padded(to: size)
    }
  }
}
