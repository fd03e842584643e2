import CImage

/// An image file in memory whose header was read and accepted.
struct CodedImage {
  /// Of the picture as it is shown.
  private(set) var header: ImageHeader
  private let bytes: [UInt8]
  private let name: String
  private let format: ImageFormat
  private let orientation: ImageOrientation
  private let options: DecodingOptions
  private var stored: ci_header
  /// Of its size, at which it is decoded.
  private var eighths = 8

  init(_ bytes: [UInt8], name: String, options: DecodingOptions) throws {
    guard let format = ImageFormat(magic: bytes) else {
      throw DataError.malformed(path: name, problem: ImageFormat.complaint(about: bytes))
    }
    var stored = ci_header()
    do throws(CodecFailure) {
      try format.header(bytes, into: &stored)
    } catch {
      throw DataError.malformed(path: name, problem: error.message)
    }
    // Two numbers of at most 32 bits: their product fits into 64 bits without a sign, not with one.
    let (width, height) = (Int(stored.width), Int(stored.height))
    guard width > 0, height > 0, width <= options.pixelLimit / height else {
      throw DataError.tooManyPixels(
        path: name, size: ImageSize(height: height, width: width), limit: options.pixelLimit)
    }
    (self.bytes, self.name, self.format, self.options) = (bytes, name, format, options)
    self.stored = stored
    orientation = ImageOrientation(of: bytes, format)
    let hasColour = stored.channels == 3 || stored.alpha == 1 && !options.background.isGrey
    header = ImageHeader(
      width: orientation.exchangesSides ? height : width,
      height: orientation.exchangesSides ? width : height, channels: hasColour ? 3 : 1,
      mode: String(cString: stored.mode) + (stored.more_frames == 1 ? ", first of several" : ""),
      isDeep: stored.depth == 16)
  }

  /// The same file decoded no larger than a preparation has use for. Only JPEGs can be.
  func reduced(for preparation: ImagePreparation) -> CodedImage {
    guard format == .jpeg else { return self }
    var copy = self
    copy.eighths = preparation.eighths(of: header.size)
    copy.header = header.reduced(toEighths: copy.eighths)
    copy.stored.width = UInt32(side(Int(stored.width), inEighths: copy.eighths))
    copy.stored.height = UInt32(side(Int(stored.height), inEighths: copy.eighths))
    return copy
  }

  /// The picture before the background.
  func decoded() throws -> LayeredImage {
    let samples = try samples()
    let hasAlpha = stored.alpha == 1
    let image = shown(hasAlpha ? samples.composited(over: options.background) : samples)
    guard hasAlpha else { return LayeredImage(image: image, own: image, alpha: nil) }
    let alpha = orientation.applied(
      to: samples.alpha, width: samples.width, height: samples.height, samples: 1)
    return LayeredImage(image: image, own: shown(samples.opaque), alpha: alpha)
  }

  /// Colours as the picture is shown.
  private func shown(_ colours: StoredSamples) -> DecodedImage {
    DecodedImage(
      width: header.width, height: header.height, channels: colours.count,
      pixels: orientation.applied(
        to: colours.values, width: colours.width, height: colours.height, samples: colours.count))
  }

  /// The largest sample of colour in a file of 16-bit samples; nil for one of 8 bits.
  func largestSample() throws -> Int? {
    guard stored.depth == 16 else { return nil }
    let (colours, all) = (Int(stored.channels), Int(stored.channels + stored.alpha))
    return try decodedBytes().withUnsafeBytes { bytes in
      let values = bytes.assumingMemoryBound(to: UInt16.self)
      return stride(from: 0, to: values.count, by: all).reduce(0) { largest, start in
        (0..<colours).reduce(largest) { max($0, Int(values[start + $1])) }
      }
    }
  }

  /// Samples of 8 bits as they are stored.
  private func samples() throws -> StoredSamples {
    let bytes = try decodedBytes()
    return StoredSamples(
      width: Int(stored.width), height: Int(stored.height), channels: Int(stored.channels),
      hasAlpha: stored.alpha == 1, values: stored.depth == 16 ? try reduced(bytes) : bytes)
  }

  private func decodedBytes() throws -> [UInt8] {
    let area = Int(stored.width) * Int(stored.height)
    let kept = area * Int(stored.channels + stored.alpha) * Int(stored.depth) / 8
    let capacity = area * Int(stored.working_bytes)
    do {
      return try [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        try format.decode(
          bytes, eighths: eighths, into: UnsafeMutableBufferPointer(rebasing: buffer[..<capacity]))
        count = kept
      }
    } catch let failure as CodecFailure {
      throw DataError.malformed(path: name, problem: failure.message)
    }
  }

  /// 16-bit samples as 8-bit ones. Opacity always uses all 16 bits.
  private func reduced(_ bytes: [UInt8]) throws -> [UInt8] {
    let all = Int(stored.channels + stored.alpha)
    let colours = Int(stored.channels)
    let most = options.largestSample
    var largest: UInt32 = 0
    let reduced = bytes.withUnsafeBytes { bytes in
      let values = bytes.assumingMemoryBound(to: UInt16.self)
      return [UInt8](unsafeUninitializedCapacity: values.count) { buffer, count in
        for index in 0..<values.count {
          let value = UInt32(values[index])
          let isColour = index % all < colours
          if isColour { largest = max(largest, value) }
          let limit = isColour ? most : 65535
          buffer[index] = UInt8((min(value, limit) * 255 + limit / 2) / limit)
        }
        count = values.count
      }
    }
    guard largest <= most else {
      throw DataError.mismatch(
        path: name, problem: "a sample needs more than the \(options.bits ?? 16) bits in use",
        expected: "at most \(most)", found: "\(largest)")
    }
    return reduced
  }
}

extension ImagePreparation {
  /// The fewest of 1, 2, 4 and 8 eighths of a picture's size at which what is used of it is still at least twice
  /// as large as what becomes of it, so that the resize that follows decides how it looks.
  func eighths(of size: ImageSize) -> Int {
    [1, 2, 4].first { eighths in
      let reduced = size.reduced(toEighths: eighths)
      return switch fit {
      case .stretch: reduced.isTwice(self.size)
      case .crop: reduced.center(proportionedAs: self.size).isTwice(self.size)
      case .pad: reduced.isTwice(size.reduced(toFit: self.size))
      }
    } ?? 8
  }
}

extension ImageSize {
  fileprivate func reduced(toEighths eighths: Int) -> ImageSize {
    ImageSize(
      height: side(height, inEighths: eighths),
      width: side(width, inEighths: eighths))
  }

  fileprivate func isTwice(_ other: ImageSize) -> Bool {
    height >= 2 * other.height && width >= 2 * other.width
  }
}

extension ImageHeader {
  fileprivate func reduced(toEighths eighths: Int) -> ImageHeader {
    let size = size.reduced(toEighths: eighths)
    return ImageHeader(
      width: size.width, height: size.height, channels: channels, mode: mode, isDeep: isDeep)
  }
}

/// As libjpeg rounds it.
private func side(_ length: Int, inEighths eighths: Int) -> Int { (length * eighths + 7) / 8 }
