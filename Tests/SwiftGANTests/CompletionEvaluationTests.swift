import Foundation
import GANData
import GANMetrics
import GANTraining
import GANZoo
import Testing
import Torch

@testable import SwiftGAN

@Suite("What is measured of holes")
struct CompletionEvaluationTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "swiftgan-holes-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private let digits = DataConfiguration.at("mnist", size: 32)

  private func config(_ supervision: CCGAN.Supervision) -> CCGAN.Config {
    .with {
      ($0.generatorWidths, $0.discriminatorWidths) = ([4, 4], [4, 4])
      ($0.smallestHole, $0.largestHole, $0.supervision) = (8, 16, supervision)
    }
  }

  /// Four pixels of which one is missing, twice.
  @Test("errors are those of the pixels in holes, beside mean fill and the hole itself")
  func errors() throws {
    let original = Tensor([0.2, 0.4, 0.6, 1, 0, 0, 0, 0.4] as [Float], shape: [2, 1, 2, 2])
    let mask = Tensor([0, 0, 0, 1, 1, 0, 0, 0] as [Float], shape: [2, 1, 2, 2]) .> 0
    let output = Tensor([9, 9, 9, 0.75, 0.5, 9, 9, 9] as [Float], shape: [2, 1, 2, 2])
    var errors = HoleErrors()
    errors.add(
      output, input: original.filled(where: mask, with: 0.5), original: original, mask: mask)
    let found = Dictionary(uniqueKeysWithValues: errors.results.map { ($0.name, $0.value) })
    func expect(_ name: String, _ first: Double, _ second: Double) throws {
      let (l1, psnr) = (try #require(found["\(name)-l1"]), try #require(found["\(name)-psnr"]))
      #expect(abs(l1 - (first + second) / 2) < 1e-6, "\(name)")
      let mean = (first * first + second * second) / 2
      #expect(abs(psnr - 10 * log10(1 / mean)) < 1e-4, "\(name)")
    }
    try expect("hole", 0.25, 0.5)
    try expect("input-hole", 0.5, 0.5)
    // Means of the known pixels, rounded to the grey levels of a file: 0.4 and 0.4 / 3.
    try expect("mean-fill", 0.6, 34.0 / 255)
    #expect(found.count == 6 && HoleErrors().results.isEmpty)
    #expect(errors.results[0].goal == .smaller && errors.results[1].goal == .larger)
  }

  @Test("completed images are measured beside whole ones, in training as well")
  func completed() throws {
    try withFolder { path in
      let run = try CCGAN.train(config(.labels), on: digits, for: .steps(1), in: path) {
        ($0.evaluation, $0.batchSize) = (EvaluationSettings(every: 1, count: 300), 8)
        $0.data.labels = 20
      }
      let found = try run.evaluate(count: 300)
      let names = Set(found.results.map(\.name))
      let wanted: Set = [
        "fid[digits]", "input-fid[digits]", "accuracy[digits]", "input-accuracy[digits]",
        "real-accuracy[digits]", "hole-l1", "hole-psnr", "mean-fill-l1", "input-hole-l1",
        "accuracy[ccgan]",
      ]
      #expect(names.isSuperset(of: wanted), "\(names.sorted())")
      #expect(!names.contains("l1"), "an error of all pixels")
      #expect(found.against == "mnist:test")
      #expect(try run.evaluate(count: 300)["hole-l1"] == found["hole-l1"], "other holes")
      #expect(run.directory.bestCheckpoint?.figure.name == "fid[digits]")
    }
  }

  @Test("a run without labels fills holes and does not classify")
  func unlabeled() throws {
    try withFolder { path in
      let run = try CCGAN.train(config(.none), on: digits, for: .steps(1), in: path) {
        $0.batchSize = 8
      }
      let names = Set(try run.evaluate(count: 300).results.map(\.name))
      #expect(names.contains("hole-l1") && !names.contains { $0.hasPrefix("accuracy[ccgan") })
      let digit = try DataSet.open("mnist", split: .test).image(at: 0)
      let error = #expect(throws: RunError.self) { try run.classify(digit) }
      #expect(error?.description.contains("trained without labels") == true)
      let mask = PixelMask(PixelBox(x: 4, y: 9, width: 7, height: 6), width: 28, height: 28)
      let whole = try run.complete(digit, mask)
      #expect(whole != digit && whole.replaced(in: mask, by: digit) == digit)
      #expect(throws: DataError.self) {
        try run.complete(digit.resized(width: 30, height: 28), mask)
      }
    }
  }
}
