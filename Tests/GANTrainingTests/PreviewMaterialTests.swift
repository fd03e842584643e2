import Foundation
import GANData
import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANTraining

/// A system of pairs that does nothing.
private struct Still: Recipe {
  struct Config: RecipeConfig {}

  static let card = RecipeCard(name: "still", title: "", summary: "", paper: "")
  static func defaults(for config: Config) -> RunDefaults { RunDefaults(size: 8, batchSize: 2) }
  init(_ config: Config, for run: RunShape, on device: Device) {}
  func step(_ batch: FrontalBatch) -> StepReport { [:] }
}

@Suite("What a sheet is made of")
struct PreviewMaterialTests {
  /// Profiles of grey values 20, 30 ... whose landmarks say which they are, and a frontal picture of 10.
  private func people(_ count: Int) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "people-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var pictures: [PosedPicture] = []
    for index in 0..<count {
      let image = DecodedImage(
        width: 8, height: 8, channels: 1, filledWith: UInt8(10 * index + 10))
      try Data(image.pngData()).write(to: folder.appendingPathComponent("\(index).png"))
      pictures.append(
        PosedPicture(
          "\(index).png", person: 0, isFrontal: index == 0,
          points: (1...4).flatMap { [Double(index) / 2, Double($0)] }))
    }
    try writeTables(of: pictures, into: folder)
    return folder
  }

  @Test(
    "Broken images part no pair and move no landmarks, even where all in front are broken",
    arguments: [(2...2, [1, 3, 4, 5]), (1...9, [10, 11])])
  func broken(_ lost: ClosedRange<Int>, _ kept: [Int]) throws {
    let folder = try people(1 + lost.count + kept.count)
    defer { try? FileManager.default.removeItem(at: folder) }
    for index in lost {
      // Whole as far as the header goes.
      let file = folder.appendingPathComponent("\(index).png")
      try Data(contentsOf: file).prefix(60).write(to: file)
    }
    let layout = DataLayout.landmarkedFrontal
    var data = DataConfiguration(source: folder.path, size: ImageSize(side: 8), skipBroken: true)
    let feed = try DataFeed(data, layout: layout, batchSize: 2, seed: 1)
    (data.shape, data.count) = (feed.shape, feed.count)
    let run = RunConfiguration(
      recipe: "still", config: [:], data: data, batchSize: 2, length: .steps(1), steps: 1, seed: 1,
      device: "cpu", precision: .float32, threads: 1, intervals: Intervals(steps: 1))
    let recipe = Still(.init(), for: try run.shape(), on: .cpu)
    let material = try PreviewMaterial(run, for: recipe, layout, on: .cpu)
    let profiles = material.parts[0]
    let greys = (0..<profiles.size(0)).map { row in
      ((profiles[row..<row + 1].mean().item() + 1) * 127.5).rounded()
    }
    #expect(greys == kept.map { Double(10 * $0 + 10) })
    #expect(material.parts[1].size(0) == kept.count)
    let landmarks = try #require(material.landmarks)
    #expect(landmarks.sliced(1, 0..<1).sliced(2, 0..<1).doubles == kept.map { Double($0) / 16 })
  }
}
