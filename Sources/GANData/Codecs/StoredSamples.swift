/// 8-bit samples as a file stores them: rows from the top, a pixel's colours and its opacity together.
struct StoredSamples {
  let width: Int
  let height: Int
  let channels: Int
  let hasAlpha: Bool
  let values: [UInt8]

  /// Samples a pixel.
  var count: Int { channels + (hasAlpha ? 1 : 0) }

  /// The opacity of each pixel.
  var alpha: [UInt8] { stride(from: channels, to: values.count, by: count).map { values[$0] } }

  /// The colours alone.
  var opaque: StoredSamples {
    guard hasAlpha else { return self }
    return StoredSamples(
      width: width, height: height, channels: channels, hasAlpha: false,
      values: values.indices.filter { $0 % count < channels }.map { values[$0] })
  }

  /// The colours before a background, which makes colour of grey if it has some.
  func composited(over background: RGBColour) -> StoredSamples {
    let colours = channels == 1 && !background.isGrey ? 3 : channels
    let ground = background.samples.map(UInt32.init)
    let step = count
    let flat = values.withUnsafeBufferPointer { values in
      [UInt8](unsafeUninitializedCapacity: width * height * colours) { buffer, count in
        for pixel in 0..<width * height {
          let start = pixel * step
          let alpha = UInt32(values[start + channels])
          for colour in 0..<colours {
            let value = UInt32(values[start + min(colour, channels - 1)])
            let mixed = value * alpha + ground[colour] * (255 - alpha)
            buffer[pixel * colours + colour] = UInt8((mixed + 127) / 255)
          }
        }
        count = width * height * colours
      }
    }
    return StoredSamples(
      width: width, height: height, channels: colours, hasAlpha: false, values: flat)
  }
}
