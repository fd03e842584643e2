import Foundation
import Testing

@testable import GANData

@Suite("Masks")
struct MaskTests {
  @Test("Painted domains differ in nothing but the digit, of which they share none")
  func painted() throws {
    let domains = try DataSet.openDomains("painted", split: .test)
    #expect(domains.names == ("grounded", "painted"))
    let names = [domains.a, domains.b].map { set in Set((0..<set.count).map(set.name)) }
    #expect(names[0].count == 5000 && names[1].count == 5000 && names[0].isDisjoint(with: names[1]))
    // The same digit of both kinds: grounds are equal where there is no ink.
    let (white, coloured) = (
      try DataSet.open("grounded", split: .test), try DataSet.open("painted", split: .test)
    )
    let digits = try DataSet.open("mnist", split: .test)
    for index in 0..<20 {
      let (a, b) = (try white.image(at: index), try coloured.image(at: index))
      let ink = try digits.image(at: index).pixels
      for place in a.pixels.indices {
        let share = ink[place / 3]
        if share == 0 { #expect(a.pixels[place] == b.pixels[place] && a.pixels[place] <= 128) }
        if share == 255 { #expect(a.pixels[place] == 255) }
      }
      let bright = ink.indices.filter { ink[$0] == 255 }
      #expect(
        bright.allSatisfy { place in
          let colour = b.pixels[place * 3..<place * 3 + 3].sorted()
          return colour[0] < 64 && colour[1] >= 160
        }, "\(index)")
    }
  }

  @Test("Masks of built-in domains are where the ink of their pictures is")
  func builtIn() throws {
    for set in ["painted", "textured"] {
      let domains = try DataSet.openDomains(set, split: .test)
      let masks = try DataSet.openMasks(of: set, at: nil, split: .test)
      #expect(masks.a.count == domains.a.count && masks.b.count == domains.b.count)
      for (pictures, masks) in [(domains.a, masks.a), (domains.b, masks.b)] {
        #expect(pictures.name(at: 7) == masks.name(at: 7))
        let mask = try masks.image(at: 7)
        #expect(mask.channels == 1 && Set(mask.pixels) == [0, 255])
      }
    }
    let white = try DataSet.openDomains("painted", split: .test).a.image(at: 3)
    let mask = try DataSet.openMasks(of: "painted", at: nil, split: .test).a.image(at: 3)
    for place in mask.pixels.indices {
      let isWhite = white.pixels[place * 3..<place * 3 + 3].allSatisfy { $0 == 255 }
      if isWhite { #expect(mask.pixels[place] == 255) }
    }
    #expect(DataSet.hasMasks("painted", at: nil) && !DataSet.hasMasks("edges", at: nil))
    #expect(
      message { _ = try DataSet.openMasks(of: "edges", at: nil) }
        == "edges: has no masks; painted has")
  }

  /// Pictures of two domains, in split folders, and their masks with other extensions.
  private func places() throws -> (pictures: TemporaryFolder, masks: TemporaryFolder) {
    let (pictures, masks) = (try TemporaryFolder(), try TemporaryFolder())
    for (index, side) in ["A", "B"].enumerated() {
      for name in 0..<3 {
        let value = UInt8(100 * index + 10 * name)
        try pictures.write(
          DecodedImage(width: 6, height: 4, channels: 3, filledWith: value).pngData(),
          to: "train\(side)/\(name).png")
        try masks.write(
          DecodedImage(width: 6, height: 4, channels: 1, filledWith: value + 1).pngData(),
          to: "train\(side)/\(name).png")
      }
    }
    return (pictures, masks)
  }

  @Test("Masks of a place of their own go by the pictures' names")
  func folders() throws {
    let (pictures, masks) = try places()
    try masks.write(gradient(6, 4).pngData(), to: "trainA/more.png")
    let found = try DataSet.openMasks(of: pictures.path, at: masks.path)
    #expect(found.a.count == 3 && found.b.count == 3)
    #expect(try found.b.image(at: 2).pixels[0] == 121)
  }

  @Test("A picture without a mask, or with one of another size, is named")
  func missing() throws {
    let (pictures, masks) = try places()
    #expect(
      message { _ = try DataSet.openMasks(of: pictures.path, at: nil) }.hasSuffix(
        "has no masks; name the folder or archive that holds them"))
    try pictures.write(gradient(6, 4, channels: 3).pngData(), to: "trainB/7.png")
    #expect(
      message { _ = try DataSet.openMasks(of: pictures.path, at: masks.path) }
        == "\(pictures.path)/trainB/7.png: has no mask of the same name in \(masks.path)")
    try masks.write(gradient(5, 4).pngData(), to: "trainB/7.png")
    #expect(
      message { _ = try DataSet.openMasks(of: pictures.path, at: masks.path) }.contains(
        "trainB/7.png: not the size of"))
    #expect(
      message { _ = try DataSet.openMasks(of: "painted", at: masks.path) }
        == "painted: brings its own masks; name none")
  }

  @Test("What is attached is cut and mirrored as its picture", arguments: [true, false])
  func attached(inMemory: Bool) throws {
    let (pictures, masks) = (try TemporaryFolder(), try TemporaryFolder())
    for name in 0..<4 {
      let image = gradient(9, 7, channels: 3)
      try pictures.write(image.pngData(), to: "\(name).png")
      // Each mask is the first channel of its picture.
      try masks.write(
        DecodedImage(
          width: 9, height: 7, channels: 1,
          pixels: (0..<63).map { image.pixels[$0 * 3] }
        ).pngData(), to: "\(name).png")
    }
    let size = ImageSize(height: 7, width: 9)
    func loaded(_ folder: TemporaryFolder, channels: Int) throws -> any LoadedImages {
      try DataSet.load(
        DataSet.open(folder.path), size: size, channels: channels, fit: .crop,
        memoryLimit: inMemory ? 1 << 20 : 0)
    }
    let images = try AttachedImages(
      loaded(pictures, channels: 3), [loaded(masks, channels: 1)])
    #expect((images.packedPixels != nil) == inMemory)
    var random = SplitMix64(seed: 4)
    let draws = ImageDraw.random(count: 4, using: &random)
    #expect(Set(draws.map(\.flips)).count == 2)
    let part = ImageSize(height: 4, width: 5)
    let batch = try images.batch([0, 1, 2, 3], crop: part, draws: draws).pixels
    #expect(batch.count == 4 * 4 * part.area)
    for index in 0..<4 {
      let planes = Array(batch[index * 4 * part.area..<(index + 1) * 4 * part.area])
      #expect(Array(planes.prefix(part.area)) == Array(planes.suffix(part.area)), "\(index)")
    }
    let whole = try images.batch([2, 1]).pixels
    if let packed = images.packedPixels {
      #expect(
        packed.count == 4 * 4 * size.area
          && Array(packed[..<(4 * size.area)]) == Array(whole[..<(4 * size.area)]))
    }
  }

  @Test("As many are attached as there are pictures")
  func counts() throws {
    let (one, two) = (try TemporaryFolder(), try TemporaryFolder())
    for name in 0..<3 { try one.write(gradient(4, 4).pngData(), to: "\(name).png") }
    for name in 0..<2 { try two.write(gradient(4, 4).pngData(), to: "\(name).png") }
    func loaded(_ folder: TemporaryFolder) throws -> any LoadedImages {
      try DataSet.load(DataSet.open(folder.path), size: 4, channels: 1, fit: .crop)
    }
    #expect(
      message { _ = try AttachedImages(loaded(one), [loaded(two)]) }
        == "data set: not as many masks as images (expected 3, found 2)")
  }
}
