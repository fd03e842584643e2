import Foundation
import Testing

@testable import GANData

@Suite("Sets made of digits")
struct DerivedTests {
  /// A cross of ink, three pixels wide, on 28x28.
  private let cross = DecodedImage(
    width: 28, height: 28, channels: 1,
    pixels: (0..<784).map { (12...14).contains($0 % 28) || (12...14).contains($0 / 28) ? 255 : 0 })

  @Test("An outline runs along the ink and holds none of it")
  func outline() {
    let found = DigitOutline().picture(of: cross, number: 0)
    for (place, value) in found.pixels.enumerated() {
      let (x, y) = (place % 28, place / 28)
      let isInk = (12...14).contains(x) || (12...14).contains(y)
      let isBeside = [11, 15].contains(x) || [11, 15].contains(y)
      #expect(value == (!isInk && isBeside ? 255 : 0), "\(x), \(y)")
    }
  }

  @Test("A soft outline is twice the mean of what neighbours are brighter, at most white")
  func softOutline() {
    func outline(of digit: DecodedImage) -> [UInt8] {
      SoftOutline().picture(of: digit, number: 0).pixels
    }
    // Edges of 100, 150, 0, 220, 30 in the first row, of 0, 100, 250, 30, 0 in the second.
    let stroke = DecodedImage(
      width: 5, height: 2, channels: 1, pixels: [0, 100, 250, 30, 0, 0, 0, 0, 0, 0])
    #expect(outline(of: stroke) == [78, 133, 167, 118, 62, 78, 133, 167, 118, 62])
    let found = outline(of: cross)
    // Nothing is left of the middle of a stroke, and nothing is far from it.
    #expect(found[11 * 28 + 5] == 170 && found[13 * 28 + 13] == 0 && found[8 * 28 + 8] == 0)
    let bars = DecodedImage(
      width: 4, height: 3, channels: 1, pixels: (0..<12).map { $0 % 4 % 3 == 0 ? 255 : 0 })
    #expect(outline(of: bars)[5] == 255)
  }

  @Test("Blocks have one value each, the mean of what they hide")
  func blocks() {
    let digit = gradient(28, 28)
    let found = PixelatedDigit(block: 7).picture(of: digit, number: 0)
    for block in 0..<16 {
      let places = (0..<49).map { (block / 4 * 7 + $0 / 7) * 28 + block % 4 * 7 + $0 % 7 }
      let mean = places.reduce(0.0) { $0 + Double(digit.pixels[$1]) } / 49
      #expect(Set(places.map { found.pixels[$0] }).count == 1)
      #expect(abs(Double(found.pixels[places[0]]) - mean) <= 0.5)
    }
  }

  @Test("A masked digit lacks a grey square of 14x14 at a place that its number decides")
  func masked() throws {
    let digit = gradient(28, 28)
    var corners: Set<[Int]> = []
    for number in 0..<2000 {
      let found = MaskedDigit().picture(of: digit, number: UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
      let changed = (0..<784).filter { found.pixels[$0] != digit.pixels[$0] }
      // Pixels of the digit that are as grey as the hole do not show as changed.
      let (rows, columns) = (changed.map { $0 / 28 }, changed.map { $0 % 28 })
      let (top, left) = (try #require(rows.min()), try #require(columns.min()))
      #expect(changed.allSatisfy { found.pixels[$0] == 128 } && changed.count >= 190)
      #expect((rows.max() ?? 0) - top == 13 && (columns.max() ?? 0) - left == 13)
      corners.insert([top, left])
    }
    // Every row and column may be missing.
    #expect(Set(corners.map { $0[0] }) == Set(0...14) && Set(corners.map { $0[1] }) == Set(0...14))
  }

  @Test("A digit of low resolution has the means of 4x4 pixels, and nothing finer")
  func lowResolution() {
    let flat = DecodedImage(width: 28, height: 28, channels: 1, filledWith: 77)
    #expect(ReducedDigit(factor: 4).picture(of: flat, number: 0) == flat)
    // Checks of single pixels are as grey as their mean.
    let checks = DecodedImage(
      width: 28, height: 28, channels: 1,
      pixels: (0..<784).map { ($0 % 28 + $0 / 28) % 2 == 0 ? 255 : 0 })
    #expect(Set(ReducedDigit(factor: 4).picture(of: checks, number: 0).pixels) == [128])
    let found = ReducedDigit(factor: 4).picture(of: cross, number: 0)
    #expect(found.width == 28 && found.height == 28 && Set(found.pixels).count > 10)
    let means = [found, cross].map { $0.pixels.reduce(0.0) { $0 + Double($1) } / 784 }
    #expect(abs(means[0] - means[1]) < 8)
  }

  /// A texture of one colour.
  private struct Plain: TextureSource {
    let colour: [UInt8]
    func patch(width: Int, height: Int, number: UInt64) -> DecodedImage {
      DecodedImage(
        width: width, height: height, channels: 3,
        pixels: (0..<width * height * 3).map { colour[$0 % 3] })
    }
  }

  @Test("MNIST-M is the absolute difference of digit and patch")
  func blended() {
    let found = BlendedDigit(textures: Plain(colour: [200, 10, 100])).picture(of: cross, number: 1)
    #expect(Array(found.pixels[0..<3]) == [200, 10, 100])
    let ink = (12 * 28 + 12) * 3
    #expect(Array(found.pixels[ink..<ink + 3]) == [55, 245, 155])
  }

  @Test("Textured ink is brighter than every ground")
  func textured() {
    for colour in [[0, 0, 0], [255, 255, 255]] as [[UInt8]] {
      let found = TexturedDigit(textures: Plain(colour: colour)).picture(of: cross, number: 1)
      let ink = (12 * 28 + 12) * 3
      #expect(found.pixels[ink] >= 128 && found.pixels[0] <= 85)
    }
  }

  @Test("Every set has the digits' number, classes and size, and the same pictures every time")
  func sets() throws {
    for name in BuiltInSet.allCases where name != .moving {
      for (split, count) in [(Split.train, 60_000), (.test, 10_000)] {
        let set = try DataSet.open(name.rawValue, split: split)
        #expect(set.count == count && set.classNames.count == 10)
        let (image, header) = try set.decoded(at: 5)
        #expect(image.width == 28 && image.height == 28 && image.channels == header.channels)
        #expect(header.channels == (name.hasTextures ? 3 : 1))
        #expect(set.preferredFit == .pad)
        let again = try DataSet.open(name.rawValue, split: split)
        #expect(try again.image(at: 5) == image && again.label(at: 5) == set.label(at: 5))
      }
    }
  }

  @Test("Textures differ between pictures and between the splits")
  func textures() throws {
    let patches = (0..<20).map {
      WaveTextures().patch(width: 28, height: 28, number: UInt64($0)).pixels
    }
    #expect(Set(patches).count == 20)
    let (train, test) = (
      try DataSet.open("mnist-m", split: .train), try DataSet.open("mnist-m", split: .test)
    )
    // The corner of a digit is black: what is there is the patch.
    func corner(_ set: any ImageSource, _ index: Int) throws -> [UInt8] {
      Array(try set.image(at: index).pixels[0..<12])
    }
    #expect(try corner(train, 0) != corner(test, 0))
    #expect(try corner(train, 0) != corner(train, 1))
  }

  @Test("A texture is four waves on a level, rounded")
  func waves() {
    let (width, height) = (20, 12)
    for number in UInt64(0)..<10 {
      var random = SplitMix64(seed: number)
      func unit() -> Double { random.nextUnit() }
      let levels = (0..<3).map { _ in 255 * unit() }
      let waves = (0..<4).map { _ in
        let (frequency, direction) = (2 * Double.pi / (4 * pow(5, unit())), 2 * Double.pi * unit())
        return (
          x: frequency * cos(direction), y: frequency * sin(direction),
          phase: 2 * Double.pi * unit(),
          strengths: (0..<3).map { _ in 70 * (unit() * 2 - 1) }
        )
      }
      let expected = (0..<width * height * 3).map { place in
        let (x, y) = (Double(place / 3 % width), Double(place / 3 / width))
        let value = waves.reduce(levels[place % 3]) {
          $0 + $1.strengths[place % 3] * sin($1.phase + $1.x * x + $1.y * y)
        }
        return UInt8(min(max(value.rounded(), 0), 255))
      }
      let patch = WaveTextures().patch(width: width, height: height, number: number)
      #expect(patch.pixels == expected)
    }
  }

  @Test("Photos give patches of their own pixels")
  func photos() throws {
    let folder = try TemporaryFolder()
    let photo = gradient(40, 30, channels: 3)
    try folder.write(photo.pngData(), to: "photo.png")
    let source = try PhotoPatches(DataSet.open(folder.path), name: folder.path)
    let patch = source.patch(width: 28, height: 28, number: 3)
    let places = (0...12).flatMap { x in (0...2).map { (x, $0) } }
    #expect(
      places.contains { photo.cropped(x: $0.0, y: $0.1, width: 28, height: 28) == patch })
    #expect(try DataSet.open("mnist-m@\(folder.path)", split: .test).image(at: 0).channels == 3)
    try folder.write(gradient(20, 30).pngData(), to: "small/small.png")
    #expect(
      message { _ = try DataSet.open("textured@\(folder.path)/small") }.hasSuffix(
        "small.png: too small to cut textures from (expected at least 28x28, found 20x30)"))
    #expect(
      message { _ = try DataSet.open("edges@\(folder.path)") }
        == "edges@\(folder.path): only textured, mnist-m, grounded and painted take photos")
    #expect(BuiltInName("painted@photos")?.plainDomain.text == "grounded@photos")
    #expect(BuiltInName("textured@photos")?.plainDomain.text == "mnist")
  }

  @Test("Chosen labels are as many of each class, decided by the seed")
  func stratified() throws {
    let digits = try DataSet.open("mnist")
    let chosen = try digits.stratified(25, seed: 3)
    #expect(Set(chosen).count == 25)
    #expect(try digits.stratified(25, seed: 3) == chosen)
    #expect(try digits.stratified(25, seed: 4) != chosen)
    var counts = [Int](repeating: 0, count: 10)
    for index in chosen { counts[digits.label(at: index) ?? 0] += 1 }
    #expect(counts == [3, 3, 3, 3, 3, 2, 2, 2, 2, 2])
    #expect(message { _ = try digits.stratified(60_000, seed: 1) }.contains("too few labelled"))
  }
}
