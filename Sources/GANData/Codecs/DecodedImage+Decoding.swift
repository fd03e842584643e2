import CImage

extension DecodedImage {
  /// Pictures with more pixels than this are refused before any memory is taken for them.
  public static let defaultPixelLimit = 64 << 20

  /// Decodes a PNG or JPEG file held in memory; the content decides which, not the name.
  ///
  /// 16-bit samples are rounded to 8 bits. Transparency is composited over black, so the background
  /// of a sprite is 0. CMYK becomes RGB. Gamma, colour profiles and EXIF orientation are ignored, as
  /// data-set tools commonly do. A cut or damaged file is an error, never a partly grey picture.
  ///
  /// - Parameters:
  ///   - name: What to call the file in an error.
  ///   - pixelLimit: The most pixels that the header may announce.
  public init(
    decoding bytes: [UInt8], name: String, pixelLimit: Int = DecodedImage.defaultPixelLimit
  ) throws {
    let coded = try CodedImage(bytes, name: name, pixelLimit: pixelLimit)
    self = try coded.decoded()
  }
}

extension ImageHeader {
  /// Reads the header of a PNG or JPEG file of which `bytes` are the beginning.
  public init(
    probing bytes: [UInt8], name: String, pixelLimit: Int = DecodedImage.defaultPixelLimit
  ) throws {
    self = try CodedImage(bytes, name: name, pixelLimit: pixelLimit).header
  }
}

/// An image file in memory whose header was read and accepted.
struct CodedImage {
  let header: ImageHeader
  private let bytes: [UInt8]
  private let name: String
  private let format: ImageFormat
  private let workingChannels: Int

  init(_ bytes: [UInt8], name: String, pixelLimit: Int) throws {
    guard let format = ImageFormat(magic: bytes) else {
      throw DataError.malformed(path: name, problem: ImageFormat.complaint(about: bytes))
    }
    var raw = ci_header()
    do throws(CodecFailure) {
      try CodecFailure.check { error in
        switch format {
        case .png: ci_png_header(bytes, bytes.count, &raw, error)
        case .jpeg: ci_jpeg_header(bytes, bytes.count, &raw, error)
        }
      }
    } catch {
      throw DataError.malformed(path: name, problem: error.message)
    }
    // Two 31-bit numbers cannot overflow 64 bits.
    let (width, height) = (Int(raw.width), Int(raw.height))
    guard width > 0, height > 0, width * height <= pixelLimit else {
      throw DataError.mismatch(
        path: name, problem: "the header announces \(width)x\(height) pixels",
        expected: "at most \(pixelLimit)", found: "\(width * height)")
    }
    header = ImageHeader(
      width: width, height: height, channels: Int(raw.channels), mode: String(cString: raw.mode))
    self.bytes = bytes
    self.name = name
    self.format = format
    workingChannels = Int(raw.working_channels)
  }

  func decoded() throws -> DecodedImage {
    let area = header.width * header.height
    let (kept, capacity) = (area * header.channels, area * workingChannels)
    do {
      let pixels = try [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        try decode(into: buffer.baseAddress, capacity: capacity)
        count = kept
      }
      return DecodedImage(
        width: header.width, height: header.height, channels: header.channels, pixels: pixels)
    } catch let failure as CodecFailure {
      throw DataError.malformed(path: name, problem: failure.message)
    }
  }

  private func decode(into pixels: UnsafeMutablePointer<UInt8>?, capacity: Int) throws {
    try CodecFailure.check { error in
      switch format {
      case .png: ci_png_decode(bytes, bytes.count, pixels, capacity, error)
      case .jpeg: ci_jpeg_decode(bytes, bytes.count, pixels, capacity, error)
      }
    }
  }
}
