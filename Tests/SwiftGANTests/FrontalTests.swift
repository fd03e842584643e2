import Foundation
import GANData
import GANKit
import GANTraining
import GANZoo
import TestSupport
import Testing
import Torch

@testable import SwiftGAN

@Suite("Turning to the front", .reproducible)
struct FrontalTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "swiftgan-frontal-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try body(path)
  }

  /// Four turned and one frontal picture of each of so many people, with their table.
  private func faces(of people: Int, in folder: String) throws -> String {
    var lines = ["path,person,pose"]
    for person in 1...people {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/faces/\(person)", withIntermediateDirectories: true)
      for order in 0..<5 {
        let name = "faces/\(person)/\(order).png"
        let pixels = (0..<1024).map { UInt8(($0 * person + 40 * order) % 251) }
        let image = DecodedImage(width: 32, height: 32, channels: 1, pixels: pixels)
        try Data(image.pngData()).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        lines.append("\(name),\(person),\(order == 4 ? "frontal" : "profile")")
      }
    }
    try lines.joined(separator: "\n").write(
      toFile: "\(folder)/poses.csv", atomically: true, encoding: .utf8)
    return folder
  }

  private func trained(
    on data: String, for steps: Int = 2, in path: String,
    _ change: (inout TPGAN.Config) -> Void
  ) throws -> Run {
    let config = TPGAN.Config.with {
      ($0.generatorWidth, $0.localWidths, $0.discriminatorWidth) = (2, [2, 2], 2)
      ($0.featureSize, $0.noiseSize, $0.identityWeight) = (4, 2, 0)
      change(&$0)
    }
    return try TPGAN.train(config, on: .at(data, size: 32), for: .steps(steps), in: path) {
      ($0.batchSize, $0.threads) = (4, 1)
    }
  }

  private func problem(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test("people that were not trained on are looked for by outputs and inputs")
  func people() throws {
    try withFolder { folder in
      let run = try trained(on: faces(of: 8, in: folder), in: folder + "/run") {
        $0.landmarks = .fixed
      }
      #expect(run.classNames == ["1", "2", "3", "5", "6", "7"])
      let found = try run.evaluate()
      let names = Set(found.results.map(\.name))
      #expect(names.isSuperset(of: ["rank-1[digits]", "input-rank-1[digits]", "l1", "ssim"]))
      #expect(!names.contains { $0.hasPrefix("accuracy") })
      let result = try #require(found.results.first { $0.name == "rank-1[digits]" })
      #expect(result.convention.samples == 8 && result.convention.references == 2)
      var known = EvaluationRequest(run.path)
      known.split = .train
      let training = try known.evaluation().results.map(\.name)
      #expect(!training.contains { $0.hasPrefix("rank-1") })
    }
  }

  @Test("digits with their own landmarks are read, and others need theirs")
  func landmarks() throws {
    try withFolder { folder in
      // Until weights have grown and running statistics are those of the maps, outputs are almost constant.
      let run = try trained(on: "turned", for: 60, in: folder + "/run") {
        $0.learningRate = 0.02
      }
      let found = try run.evaluate(count: 20).results.map(\.name)
      #expect(found.contains("accuracy[digits]") && found.contains("input-accuracy[digits]"))
      let image = DecodedImage(
        width: 40, height: 36, channels: 1, pixels: (0..<1440).map { UInt8($0 * 7 % 251) })
      let error = #expect(throws: RunError.self) { try run.translate(image) }
      #expect(error?.description.contains("landmarks.csv") == true)
      let points = [(10, 12), (30, 12), (20, 18), (20, 28)].map { Landmark(x: $0.0, y: $0.1) }
      let turned = try run.translate(image, landmarks: points)
      #expect(turned.width == 40 && turned.height == 36 && turned.channels == 1)
      let elsewhere = points.map { Landmark(x: $0.x - 8, y: $0.y) }
      #expect(try run.translate(image, landmarks: elsewhere) != turned)
    }
  }

  @Test("one person only, or mirrored images with landmarks, are refused in a line")
  func refused() throws {
    try withFolder { folder in
      let alone = problem {
        _ = try trained(on: faces(of: 1, in: folder), in: folder + "/run") {
          $0.landmarks = .fixed
        }
      }
      #expect(alone == "tp-gan needs labelled images of at least 2 classes")
      let missing = problem { _ = try trained(on: folder, in: folder + "/run") { _ in } }
      #expect(missing.contains("has no landmarks; landmarks.csv"))
      var data = DataConfiguration.at("turned", size: 32)
      data.flip = true
      let mirrored = problem {
        _ = try DataFeed(data, layout: .landmarkedFrontal, batchSize: 4, seed: 1)
      }
      #expect(mirrored.contains("landmarks belong to whole images"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
  }

  @Test("the nearest by the angle counts")
  func rankOne() {
    var rank = RankOne(gallery: Tensor([3, 0, 0, 0.1] as [Float], shape: [2, 2]), of: [7, 9])
    rank.add(Tensor([1, 0.5, 1, 2, 9, 10] as [Float], shape: [3, 2]), of: [7, 9, 7])
    #expect(abs(rank.rate - 2.0 / 3) < 1e-12)
  }
}
