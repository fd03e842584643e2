/// Which pixels of a picture are missing.
public struct PixelMask: Sendable, Equatable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// Whether each pixel is missing, rows from the top.
  public let isHole: [Bool]

  /// The holes that a picture shows in white; grey from 128 up counts as white.
  public init(white picture: DecodedImage) {
    (width, height) = (picture.width, picture.height)
    isHole = picture.converted(toChannels: 1).pixels.map { $0 >= 128 }
  }

  /// The holes of a picture that lacks some of its pixels: where it is more transparent than not. `nil` for a
  /// picture without transparency.
  public init?(transparent picture: LayeredImage) {
    guard let alpha = picture.alpha else { return nil }
    (width, height) = (picture.own.width, picture.own.height)
    isHole = alpha.map { $0 < 128 }
  }

  /// A box of a picture of this size.
  public init(_ box: PixelBox, width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    isHole = (0..<width * height).map {
      box.columns.contains($0 % width) && box.rows.contains($0 / width)
    }
  }

  /// Reads an image file whose white pixels are the holes; transparent ones are none.
  public init(readingFrom path: String) throws {
    self.init(
      white: try LayeredImage(readingFrom: path, options: DecodingOptions(background: .black)).image
    )
  }

  /// Stops unless this is the mask of a picture: of its size, with a hole, and not all of it.
  ///
  /// - Parameters:
  ///   - name: what the mask is called in messages.
  ///   - picture: what the picture is called in messages.
  public func check(_ name: String, for image: DecodedImage, _ picture: String) throws {
    guard width == image.width, height == image.height else {
      throw DataError.mismatch(
        path: name, problem: "not the size of \(picture)", expected: "\(image.size)",
        found: "\(ImageSize(height: height, width: width))")
    }
    guard isHole.contains(true) else {
      throw DataError.malformed(
        path: name, problem: "no pixel is white, so there is no hole to complete")
    }
    guard isHole.contains(false) else {
      throw DataError.malformed(
        path: name, problem: "all pixels are white, so there is nothing to complete from")
    }
  }

  /// Values of pixels, of which those in holes are another one.
  public func filling<Value>(_ values: [Value], with value: Value) -> [Value] {
    precondition(values.count == isHole.count, "\(values.count) values for \(isHole.count) pixels")
    return zip(values, isHole).map { $1 ? value : $0 }
  }
}

extension DecodedImage {
  /// This picture with another one's pixels in the holes; its own stay as they are, channels and all.
  ///
  /// - Precondition: Mask and pictures have the same size.
  public func replaced(in mask: PixelMask, by other: DecodedImage) -> DecodedImage {
    precondition(
      mask.width == width && mask.height == height && other.size == size,
      "\(other.size) in a mask of \(mask.height)x\(mask.width) for \(size)")
    let new = other.converted(toChannels: channels).pixels
    return DecodedImage(
      width: width, height: height, channels: channels,
      pixels: pixels.indices.map { mask.isHole[$0 / channels] ? new[$0] : pixels[$0] })
  }
}
