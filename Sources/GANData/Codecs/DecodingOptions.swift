/// What to make of image files where they leave a choice.
public struct DecodingOptions: Sendable, Equatable {
  /// What lies behind transparent pixels.
  public var background = RGBColour.white
  /// How many bits of 16-bit samples are in use, 1 to 16: the largest value of so many bits becomes 255.
  /// nil takes all 16.
  public var bits: Int?
  /// Pictures with more pixels than this are refused before any memory is taken for them.
  public var pixelLimit = DecodedImage.defaultPixelLimit

  /// White behind transparent pixels, all bits and the usual limit, where nothing else is given.
  public init(
    background: RGBColour = .white, bits: Int? = nil,
    pixelLimit: Int = DecodedImage.defaultPixelLimit
  ) {
    (self.background, self.bits, self.pixelLimit) = (background, bits, pixelLimit)
  }

  /// The largest value of a 16-bit sample that is expected.
  var largestSample: UInt32 { bits.map { (1 << UInt32($0)) - 1 } ?? 65535 }
}
