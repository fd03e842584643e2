import Foundation

/// Patches of colour, each decided by a number.
protocol TextureSource: Sendable {
  /// A patch in colour.
  func patch(width: Int, height: Int, number: UInt64) -> DecodedImage
}

/// Made-up textures: in each channel a level and four plane waves, of which all channels share the
/// directions and lengths.
struct WaveTextures: TextureSource {
  private static let waveCount = 4

  func patch(width: Int, height: Int, number: UInt64) -> DecodedImage {
    var random = SplitMix64(seed: number)
    let levels = (0..<3).map { _ in 255 * random.nextUnit() }
    var planes = [Double](unsafeUninitializedCapacity: width * height * 3) { planes, count in
      for i in 0..<width * height {
        for channel in 0..<3 { planes[i * 3 + channel] = levels[channel] }
      }
      count = planes.count
    }
    for _ in 0..<Self.waveCount { addWave(to: &planes, width, height, &random) }
    return DecodedImage(
      width: width, height: height, channels: 3,
      pixels: planes.map { UInt8(min(max($0, 0), 255) + 0.5) })
  }

  private func addWave(
    to planes: inout [Double], _ width: Int, _ height: Int, _ random: inout SplitMix64
  ) {
    // From four pixels a wave to a wave over the whole patch, all scales alike.
    let frequency = 2 * Double.pi / (4 * pow(Double(width) / 4, random.nextUnit()))
    let direction = 2 * Double.pi * random.nextUnit()
    let (stepX, stepY) = (frequency * cos(direction), frequency * sin(direction))
    let phase = 2 * Double.pi * random.nextUnit()
    func strength() -> Double { 70 * (random.nextUnit() * 2 - 1) }
    let strengths = (strength(), strength(), strength())
    // The sine of a sum needs those of its parts alone: one for each line and column, none for a pixel.
    let columns = (0..<width).map { (sin(stepX * Double($0)), cos(stepX * Double($0))) }
    for y in 0..<height {
      let (sine, cosine) = (sin(phase + stepY * Double(y)), cos(phase + stepY * Double(y)))
      var place = y * width * 3
      for (columnSine, columnCosine) in columns {
        let wave = sine * columnCosine + cosine * columnSine
        planes[place] += strengths.0 * wave
        planes[place + 1] += strengths.1 * wave
        planes[place + 2] += strengths.2 * wave
        place += 3
      }
    }
  }
}

/// Patches cut out of photos at random places.
struct PhotoPatches: TextureSource {
  private let photos: [DecodedImage]
  /// More photos than this add nothing but memory.
  private static let mostPhotos = 256

  init(_ source: any ImageSource, name: String) throws {
    let count = min(source.count, Self.mostPhotos)
    photos = try parallelMap(0..<count) { index in
      Result { try source.image(at: index).converted(toChannels: 3) }
    }.map { try $0.get() }
    if let small = photos.firstIndex(where: { min($0.width, $0.height) < 28 }) {
      throw DataError.mismatch(
        path: source.name(at: small), problem: "too small to cut textures from",
        expected: "at least 28x28", found: "\(photos[small].width)x\(photos[small].height)")
    }
  }

  func patch(width: Int, height: Int, number: UInt64) -> DecodedImage {
    var random = SplitMix64(seed: number)
    let photo = photos[random.next(below: photos.count)]
    return photo.cropped(
      x: random.next(below: photo.width - width + 1),
      y: random.next(below: photo.height - height + 1), width: width, height: height)
  }
}
