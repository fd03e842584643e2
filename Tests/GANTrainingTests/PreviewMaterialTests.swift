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
          points: (1...4).flatMap { [Double(index), Double($0)] }))
    }
    try writeTables(of: pictures, into: folder)
    return folder
  }

  @Test("A broken image parts no pair and moves no landmarks")
  func broken() throws {
    let folder = try people(6)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Whole as far as the header goes.
    let file = folder.appendingPathComponent("2.png")
    try Data(contentsOf: file).prefix(60).write(to: file)
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
    #expect(greys == [20, 40, 50, 60])
    #expect(material.parts[1].size(0) == 4)
    let landmarks = try #require(material.landmarks)
    #expect(landmarks.sliced(1, 0..<1).sliced(2, 0..<1).doubles == [1, 3, 4, 5].map { $0 / 8 })
  }
}
