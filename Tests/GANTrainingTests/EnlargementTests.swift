import Foundation
import GANData
import GANKit
import Testing
import Torch
import TorchNN

@testable import GANTraining

/// A system whose enlargement looks two pixels far: nearest pixels, blurred twice by 5x5 at the double size.
private struct Blur: EnlargingRecipe {
  struct Config: RecipeConfig {}

  static let card = RecipeCard(name: "blur", title: "", summary: "", paper: "")
  static func defaults(for config: Config) -> RunDefaults { RunDefaults(crop: 8, batchSize: 2) }
  var scale: Int { 2 }
  var reach: Int { 2 }
  func comparedBy(at step: Int) -> String { "nothing" }

  init(_ config: Config, for run: RunShape, on device: Device) {}
  func step(_ batch: ImageBatch) -> StepReport { [:] }

  func enlarge(_ images: Tensor) -> Tensor {
    let (height, width) = (2 * images.size(2), 2 * images.size(3))
    let large = images.resized(height: height, width: width, by: .nearest)
    return large.averagePooled(5, stride: 1, padding: 2).averagePooled(5, stride: 1, padding: 2)
  }
}

@Suite("Enlarging images")
struct EnlargementTests {
  private let shape = DataShape(channels: 3, height: 8, width: 8)
  private var recipe: Blur { Blur(.init(), for: RunShape(data: shape), on: .cpu) }

  @Test("tiles are those of the whole image, at its borders, too", arguments: [20, 23, 64])
  func tiles(_ side: Int) throws {
    let image = Tensor.uniform([1, 3, 50, 37], -1, 1)
    let whole = evaluating { recipe.enlarge(image) }
    let enlargement = try ImageEnlargement(by: recipe, shape: shape, tile: side, on: .cpu)
    var (worst, area) = (0.0, 0)
    enlargement.forEachTile(of: image) { top, left, part in
      let same = whole.narrowed(2, from: top, length: part.size(2))
        .narrowed(3, from: left, length: part.size(3))
      worst = max(worst, (part - same).abs().maximum().item())
      area += part.size(2) * part.size(3)
    }
    #expect(worst < 1e-4 && area == 100 * 74)
  }

  @Test("pictures become twice as large, grey ones in the run's colours")
  func pictures() throws {
    let enlargement = try ImageEnlargement(by: recipe, shape: shape, tile: 20, on: .cpu)
    let pixels = (0..<41 * 30).map { UInt8($0 % 200) }
    let image = DecodedImage(width: 41, height: 30, channels: 1, pixels: pixels)
    let large = enlargement(image)
    #expect(large.width == 82 && large.height == 60 && large.channels == 3)
    let whole = try ImageEnlargement(by: recipe, shape: shape, tile: 64, on: .cpu)(image)
    let worst = zip(large.pixels, whole.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
    #expect(worst <= 1)
    #expect(enlargement(DecodedImage(width: 1, height: 1, channels: 3, filledWith: 9)).width == 2)
  }

  @Test("a tile without room beside its surroundings is refused")
  func small() {
    #expect {
      try ImageEnlargement(by: recipe, shape: shape, tile: 19, on: .cpu)
    } throws: {
      "\($0)".contains("tile") && "\($0)".contains("from 20")
    }
  }

  @Test("a sheet shows small images, cubic and own enlargements, and originals")
  func sheet() throws {
    let images = Tensor.uniform([4, 3, 8, 8], -1, 1)
    let material = PreviewMaterial(shape: shape, parts: [images], seed: 1, on: .cpu)
    let rows = try #require(recipe.preview(of: material)).rows
    #expect(rows.map(\.shape) == [[Int]](repeating: [4, 3, 8, 8], count: 4))
    let low = images.reducedCubically(by: 2)
    let cubic = low.clamped(to: -1...1).enlargedCubically(by: 2)
    #expect((rows[1] - cubic).abs().maximum().item() < 1e-6)
    #expect((rows[3] - images).abs().maximum().item() == 0)
  }

  // MARK: - What it learns from

  @Test("photos of any size are cut, not resized, unless a size is asked for")
  func parts() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "parts-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write(_ name: String, _ height: Int, _ width: Int) throws {
      // Neighbouring pixels differ by 7 or 8 levels; resizing would change that.
      let pixels = (0..<height * width).map { place -> UInt8 in
        let (row, column) = (place / width, place % width)
        return UInt8(truncatingIfNeeded: row * 8 + column * 7)
      }
      let image = DecodedImage(width: width, height: height, channels: 1, pixels: pixels)
      try Data(image.pngData()).write(to: folder.appendingPathComponent(name))
    }
    for index in 0..<4 { try write("\(index).png", 12 + index, 20 - index) }
    var plan = TrainingPlan<Blur>(.init(), on: DataConfiguration(source: folder.path))
    func opened() throws -> DataFeed {
      try DataFeed(plan.data, parts: plan.defaultParts, batchSize: 2, seed: 1)
    }
    let feed = try opened()
    #expect(feed.shape.size == 8 && feed.described.size == nil && feed.described.crop == 8)
    for step in 0..<4 {
      let bytes: [UInt8] = try feed.parts(at: step)[0].images.imageBytes
      let places: [Int] = (0..<bytes.count - 1).filter { $0 % 8 < 7 }
      #expect(places.allSatisfy { bytes[$0 + 1] &- bytes[$0] == 7 })
    }
    // The same draw again, whatever was drawn before.
    let again = try opened()
    #expect(
      try again.parts(at: 3)[0].images.imageBytes == feed.parts(at: 3)[0].images.imageBytes)

    plan.data.size = 16
    #expect(try opened().shape.size == 16)
    plan.data.crop = 10
    #expect(try opened().shape.size == 10)

    try write("small.png", 7, 30)
    plan.data = DataConfiguration(source: folder.path)
    #expect {
      try opened()
    } throws: {
      "\($0)".contains("small.png") && "\($0)".contains("at least 8x8, found 7x30")
    }
  }

  @Test("images of one size that parts do not fit into are taken whole, unless parts are asked for")
  func digits() throws {
    var data = DataConfiguration(source: "mnist")
    func opened(_ parts: ImageSize) throws -> DataFeed {
      try DataFeed(data, parts: parts, batchSize: 2, seed: 1)
    }
    #expect(try opened(29).described.crop == nil && opened(29).shape.size == 28)
    #expect(try opened(16).shape.size == 16)
    data.crop = 29
    #expect { try opened(16) } throws: { "\($0)".contains("crop") }
  }
}
