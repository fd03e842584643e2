import Testing

@testable import GANData

/// A set made up for a test.
struct InventedSource: ImageSource {
  var images: [DecodedImage]
  var classNames: [String] = []
  var broken: Set<Int> = []

  var count: Int { images.count }
  func label(at index: Int) -> Int? { classNames.isEmpty ? nil : index % classNames.count }
  func name(at index: Int) -> String { "invented/\(index)" }
  func header(at index: Int) throws -> ImageHeader {
    let image = images[index]
    return ImageHeader(
      width: image.width, height: image.height, channels: image.channels, mode: "invented")
  }
  func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    if broken.contains(index) { throw DataError.malformed(path: name(at: index), problem: "torn") }
    return (images[index], try header(at: index))
  }
}

@Suite("Loading")
struct LoadingTests {
  /// Squares of one value each.
  private func squares(_ count: Int, side: Int = 2, broken: Set<Int> = []) -> InventedSource {
    InventedSource(
      images: (0..<count).map {
        DecodedImage(width: side, height: side, channels: 1, filledWith: UInt8($0 % 256))
      }, classNames: ["a", "b", "c"], broken: broken)
  }

  @Test("Packing writes planes, picture after picture")
  func planes() throws {
    let colour = DecodedImage(
      width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    let packed = try PackedImages(
      InventedSource(images: [colour, colour.flippedHorizontally()]), size: 2, fit: .pad)
    #expect(packed.preparation.channels == 3)
    #expect(
      packed.pixels == [
        1, 4, 0, 0, 2, 5, 0, 0, 3, 6, 0, 0,
        4, 1, 0, 0, 5, 2, 0, 0, 6, 3, 0, 0,
      ])
    #expect(packed.labels.isEmpty)
  }

  @Test("One picture in colour makes the set colour, unless grey is asked for")
  func channels() throws {
    let source = InventedSource(images: [gradient(2, 2), gradient(2, 2, channels: 3)])
    #expect(try PackedImages(source, size: 2, fit: .pad).preparation.channels == 3)
    #expect(try PackedImages(source, size: 2, channels: 1, fit: .pad).pixels.count == 8)
  }

  @Test("A broken file stops loading and is named")
  func failing() {
    let source = squares(1200, broken: [700, 703])
    #expect(
      message { _ = try PackedImages(source, size: 2, fit: .pad) } == "invented/700: torn")
  }

  @Test("Broken files are skipped without a gap, over several blocks", arguments: [true, false])
  func skipping(packs: Bool) throws {
    let broken: Set = [0, 3, 511, 512, 700, 1299]
    let loaded = try DataSet.load(
      squares(1300, broken: broken), size: 2, fit: .pad, policy: .skipBroken,
      memoryLimit: packs ? 1 << 20 : 100)
    #expect((loaded is PackedImages) == packs)
    #expect(loaded.count == 1294)
    #expect(loaded.skipped.map(\.name) == broken.sorted().map { "invented/\($0)" })
    #expect(loaded.skipped[0].reason == "torn")
    let kept = (0..<1300).filter { !broken.contains($0) }
    #expect(loaded.labels == kept.map { Int64($0 % 3) })
    let (pixels, labels) = try loaded.batch(Array(0..<1294))
    #expect(pixels == kept.flatMap { [UInt8](repeating: UInt8($0 % 256), count: 4) })
    #expect(labels == loaded.labels)
  }

  @Test("Nothing to load is an error that says why")
  func nothing() {
    let empty = InventedSource(images: [])
    #expect(
      message { _ = try PackedImages(empty, size: 2, channels: 1, fit: .pad) }
        == "data set: no images: it is empty")
    let ruins = squares(3, broken: [0, 1, 2])
    #expect(
      message { _ = try PackedImages(ruins, size: 2, fit: .pad, policy: .skipBroken) }
        == "invented/0: no images: all 3 files are broken, the first: torn")
  }

  @Test("Streaming with .fail names the file when a batch needs it")
  func streamingFailure() throws {
    let stream = try StreamingImages(squares(5, broken: [3]), size: 2, fit: .pad)
    #expect(try stream.batch([4, 0]).pixels == [4, 4, 4, 4, 0, 0, 0, 0])
    #expect(message { _ = try stream.batch([1, 3]) } == "invented/3: torn")
  }

  @Test("The limit decides between packing and streaming, to the byte")
  func limit() throws {
    let source = squares(10, side: 4)
    #expect(try DataSet.load(source, size: 4, fit: .pad, memoryLimit: 160) is PackedImages)
    #expect(try DataSet.load(source, size: 4, fit: .pad, memoryLimit: 159) is StreamingImages)
  }

  @Test("Random crops and mirrors are the same packed and streamed")
  func augmentation() throws {
    let source = InventedSource(
      images: (0..<6).map { gradient(9, 7, channels: 3, from: $0 * 11) }, classNames: ["x", "y"])
    let packed = try PackedImages(source, size: 8, fit: .crop)
    let stream = try StreamingImages(source, size: 8, fit: .crop)
    var generator = SplitMix64(seed: 10)
    let draws = ImageDraw.random(count: 4, using: &generator)
    let (a, b) = (
      packed.batch([5, 0, 5, 2], crop: 5, draws: draws),
      try stream.batch([5, 0, 5, 2], crop: 5, draws: draws)
    )
    #expect(a.pixels.count == 4 * 3 * 25)
    #expect(a.pixels == b.pixels && a.labels == b.labels)
    #expect(a.labels == [1, 0, 1, 0])
    // The same picture drawn twice is cut at two places.
    #expect(a.pixels[0..<75] != a.pixels[150..<225])
  }

  @Test("A draw says where to cut: corners, centre, mirror")
  func draws() throws {
    let image = DecodedImage(width: 3, height: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9])
    let packed = try PackedImages(InventedSource(images: [image]), size: 3, fit: .pad)
    func cut(_ draw: ImageDraw) -> [UInt8] {
      packed.batch([0], crop: 2, draws: [draw]).pixels
    }
    #expect(cut(ImageDraw(x: 0, y: 0, flips: false)) == [1, 2, 4, 5])
    #expect(cut(ImageDraw(x: 0.999, y: 0, flips: false)) == [2, 3, 5, 6])
    #expect(cut(ImageDraw(x: 0.999, y: 0.999, flips: true)) == [9, 8, 6, 5].reversedRows)
    #expect(packed.batch([0], crop: 1, draws: []).pixels == [5])
  }
}

extension [UInt8] {
  /// Two rows of two, exchanged.
  fileprivate var reversedRows: [UInt8] { Array(self[2...]) + self[..<2] }
}
