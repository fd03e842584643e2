extension DecodedImage {
  /// Pictures with more pixels than this are refused unless a larger limit is asked for.
  public static let defaultPixelLimit = 64 << 20

  /// The extensions of files that are taken for pictures, in lower case, sorted.
  public static let fileExtensions = ImageFormat.extensions.sorted()

  /// Decodes an image file held in memory: PNG, JPEG, WebP, TIFF, GIF or BMP; the content decides
  /// which, not the name.
  ///
  /// The picture is turned as its EXIF data (or its TIFF's own tag) say. 16-bit samples are rounded to
  /// 8 bits. Transparency is composited over a background. CMYK becomes RGB. Gamma and colour profiles
  /// are ignored, as data-set tools commonly do. Of several pictures in a file the first is taken. A cut
  /// or damaged file is an error, never a partly grey picture.
  ///
  /// - Parameters:
  ///   - name: What to call the file in an error.
  public init(
    decoding bytes: [UInt8], name: String, options: DecodingOptions = DecodingOptions()
  ) throws {
    self = try CodedImage(bytes, name: name, options: options).decoded().image
  }
}

extension ImageHeader {
  /// Reads the header of an image file of which `bytes` are the beginning.
  public init(
    probing bytes: [UInt8], name: String, options: DecodingOptions = DecodingOptions()
  ) throws {
    self = try CodedImage(bytes, name: name, options: options).header
  }
}

/// A picture as it looks before a background, and how transparent it was.
public struct LayeredImage: Sendable, Equatable {
  /// The picture before the background.
  public let image: DecodedImage
  /// The picture's own colours, whatever lies behind it; ``image`` for one without transparency.
  public let own: DecodedImage
  /// The opacity of each pixel, 0 to 255, rows from the top; nil for a picture without transparency.
  public let alpha: [UInt8]?

  init(image: DecodedImage, own: DecodedImage, alpha: [UInt8]?) {
    (self.image, self.own, self.alpha) = (image, own, alpha)
  }

  /// Reads an image file.
  public init(readingFrom path: String, options: DecodingOptions = DecodingOptions()) throws {
    try self.init(decoding: OpenFile.contents(of: path), name: path, options: options)
  }

  /// Decodes an image file held in memory.
  ///
  /// - Parameter name: what to call the file in an error.
  public init(
    decoding bytes: [UInt8], name: String, options: DecodingOptions = DecodingOptions()
  ) throws {
    self = try CodedImage(bytes, name: name, options: options).decoded()
  }
}
