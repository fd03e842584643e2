/// A picture in memory: 8-bit samples, grey or RGB, rows from the top, channels interleaved.
public struct DecodedImage: Sendable, Equatable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// `height * width * channels` samples.
  public let pixels: [UInt8]

  /// A picture from samples already at hand.
  ///
  /// - Precondition: The sizes are positive and agree with the number of samples.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(channels == 1 || channels == 3, "a picture has 1 or 3 channels, not \(channels)")
    precondition(width > 0 && height > 0, "a picture of \(width)x\(height) holds nothing")
    precondition(
      pixels.count == width * height * channels,
      "\(width)x\(height)x\(channels) needs \(width * height * channels) samples, "
        + "not \(pixels.count)")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// A picture of one value.
  public init(width: Int, height: Int, channels: Int, filledWith value: UInt8) {
    self.init(
      width: width, height: height, channels: channels,
      pixels: [UInt8](repeating: value, count: width * height * channels))
  }

  /// The same picture as grey (1) or RGB (3).
  ///
  /// Grey is the luma of ITU-R BT.601, rounded as Pillow rounds it; grey to RGB repeats the value.
  public func converted(toChannels wanted: Int) -> DecodedImage {
    precondition(wanted == 1 || wanted == 3, "a picture has 1 or 3 channels, not \(wanted)")
    if wanted == channels { return self }
    return DecodedImage(
      width: width, height: height, channels: wanted, pixels: wanted == 1 ? luma() : repeated())
  }

  private func luma() -> [UInt8] {
    pixels.withUnsafeBufferPointer { rgb in
      [UInt8](unsafeUninitializedCapacity: rgb.count / 3) { grey, count in
        for i in 0..<rgb.count / 3 {
          // 0.299, 0.587 and 0.114 in units of 1/65536; they add up to 65536.
          let sum =
            UInt32(rgb[3 * i]) * 19595 + UInt32(rgb[3 * i + 1]) * 38470
            + UInt32(rgb[3 * i + 2]) * 7471
          grey[i] = UInt8((sum + 0x8000) >> 16)
        }
        count = rgb.count / 3
      }
    }
  }

  private func repeated() -> [UInt8] {
    pixels.withUnsafeBufferPointer { grey in
      [UInt8](unsafeUninitializedCapacity: grey.count * 3) { rgb, count in
        for i in 0..<grey.count {
          rgb[3 * i] = grey[i]
          rgb[3 * i + 1] = grey[i]
          rgb[3 * i + 2] = grey[i]
        }
        count = grey.count * 3
      }
    }
  }
}

extension DecodedImage {
  /// A picture from samples in planar order (all of red, all of green, all of blue).
  public init(planar: some Collection<UInt8>, width: Int, height: Int, channels: Int) {
    let planes = Array(planar)
    guard channels > 1, planes.count == width * height * channels else {
      self.init(width: width, height: height, channels: channels, pixels: planes)
      return
    }
    var pixels = [UInt8](repeating: 0, count: planes.count)
    for channel in 0..<channels {
      for i in 0..<width * height {
        pixels[i * channels + channel] = planes[channel * width * height + i]
      }
    }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// The samples in planar order.
  public var planarPixels: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, count in
      copyPlanar(to: UnsafeMutableBufferPointer(rebasing: buffer[0..<pixels.count]))
      count = pixels.count
    }
  }

  /// Writes the samples in planar order to `planes`, which holds exactly as many.
  func copyPlanar(to planes: UnsafeMutableBufferPointer<UInt8>) {
    precondition(planes.count == pixels.count, "a plane buffer of another size")
    let area = width * height
    pixels.withUnsafeBufferPointer { pixels in
      for channel in 0..<channels {
        for i in 0..<area { planes[channel * area + i] = pixels[i * channels + channel] }
      }
    }
  }
}
