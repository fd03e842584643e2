/// Animated PNG files, which browsers and image viewers play and everything else shows as a PNG.
public enum APNG {
  /// An animation that repeats for ever.
  ///
  /// - Parameters:
  ///   - frames: At least one picture; all of one size and number of channels.
  ///   - delay: Milliseconds that each frame stays.
  public static func data(frames: [DecodedImage], delay: UInt16) -> [UInt8] {
    guard let first = frames.first else { preconditionFailure("an animation needs a frame") }
    for (i, frame) in frames.enumerated() {
      precondition(
        (frame.width, frame.height, frame.channels) == (first.width, first.height, first.channels),
        "frame \(i) is \(frame.width)x\(frame.height)x\(frame.channels), "
          + "the first \(first.width)x\(first.height)x\(first.channels)")
    }
    var file = PNGEncoder.signature + PNGEncoder.header(of: PNGEncoder.Raster(first))
    file += PNGEncoder.chunk(
      "acTL", PNGEncoder.bigEndian(UInt32(frames.count)) + PNGEncoder.bigEndian(UInt32(0)))
    var sequence: UInt32 = 0
    for frame in frames { file += chunks(of: frame, delay: delay, sequence: &sequence) }
    return file + PNGEncoder.chunk("IEND", [])
  }

  /// The control and data chunks of one frame; the first frame is also the still picture.
  private static func chunks(
    of frame: DecodedImage, delay: UInt16, sequence: inout UInt32
  ) -> [UInt8] {
    let isFirst = sequence == 0
    var control = PNGEncoder.bigEndian(sequence)
    control += PNGEncoder.bigEndian(UInt32(frame.width))
    control += PNGEncoder.bigEndian(UInt32(frame.height))
    control += [UInt8](repeating: 0, count: 8)  // At the top left corner.
    control += PNGEncoder.bigEndian(delay) + PNGEncoder.bigEndian(UInt16(1000))
    control += [0, 0]  // Each frame replaces the one before.
    sequence += 1
    let samples = PNGEncoder.compressedSamples(of: PNGEncoder.Raster(frame))
    if isFirst { return PNGEncoder.chunk("fcTL", control) + PNGEncoder.chunk("IDAT", samples) }
    let numbered = PNGEncoder.bigEndian(sequence) + samples
    sequence += 1
    return PNGEncoder.chunk("fcTL", control) + PNGEncoder.chunk("fdAT", numbered)
  }
}
