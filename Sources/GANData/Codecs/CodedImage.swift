import CImage

/// An image file in memory whose header was read and accepted.
struct CodedImage {
  /// Of the picture as it is shown.
  let header: ImageHeader
  private let bytes: [UInt8]
  private let name: String
  private let format: ImageFormat
  private let orientation: ImageOrientation
  private let options: DecodingOptions
  private let stored: ci_header

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
          bytes, into: UnsafeMutableBufferPointer(rebasing: buffer[..<capacity]))
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
