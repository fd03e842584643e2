import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Testing
import Torch
import TorchNN

@testable import SwiftGAN

/// Draws from noise and translates: what coupled and shared-latent systems do.
private struct DrawingTranslator: GenerativeRecipe, TranslatingRecipe {
  struct Config: RecipeConfig {}

  static let card = RecipeCard(
    name: "drawing-translator", title: "Both roles", summary: "For tests.", paper: "none")

  let prior = LatentPrior.normal(8)
  var directions: [Direction] { [.ab] }
  var sideMultiple: Int { 1 }
  let generator: Sequential
  let optimizer: Adam

  init(_ config: Config, for run: RunShape, on device: Device) {
    let shape = run.data.imageShape
    generator = Sequential {
      Linear(8, shape.reduce(1, *))
      Tanh()
      Unflatten(shape)
    }.placed(on: device)
    optimizer = Adam(generator.parameters, learningRate: .constant(1e-3))
  }

  mutating func step(_ batch: UnpairedBatch) -> StepReport {
    let drawn = generator(prior.sample(like: batch.a))
    return ["loss/G": optimizer.minimize((drawn - batch.b).squared().mean())]
  }

  func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator(latent) }

  func translate(_ images: Tensor, _ direction: Direction) -> Tensor { -images }

  func preview(of material: PreviewMaterial) -> Preview? { nil }

  func comparisons(on layout: DataLayout) -> [Comparison] {
    [
      Comparison(
        "drawn/", input: .noise(prior, classes: 0), target: 1,
        output: { images, _ in generate(images, labels: nil) }),
      Comparison(
        "translated/", input: .images(part: 0), target: 1,
        output: { images, _ in translate(images, .ab) }),
    ]
  }
}

@Suite("What is measured of a run")
struct EvaluationTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "swiftgan-evaluation-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private var grey: DataConfiguration {
    var data = DataConfiguration.at("textured")
    data.channels = 1
    return data
  }

  @Test("a system that draws and translates is measured in both, in training as well")
  func bothRoles() throws {
    try withFolder { path in
      let run = try DrawingTranslator.train(on: grey, for: .steps(1), in: path) {
        $0.evaluation = EvaluationSettings(every: 1, count: 300)
      }
      let names = Set(try run.evaluate(count: 300).results.map(\.name))
      let wanted: Set = [
        "drawn/fid[digits]", "translated/fid[digits]", "translated/input-fid[digits]",
      ]
      #expect(names.isSuperset(of: wanted), "\(names.sorted())")
      #expect(names.contains("drawn/coverage[digits]"))
      #expect(!names.contains("translated/coverage[digits]"), "not asked for")
      let best = try #require(run.directory.bestCheckpoint)
      #expect(best.figure.name == "fid[digits]" && best.figure.value > 0)
    }
  }

  @Test("the metrics asked for are those of translations, too, and rank them in training")
  func metricsOfTranslations() throws {
    try withFolder { path in
      let run = try DrawingTranslator.train(on: grey, for: .steps(1), in: path) {
        $0.evaluation = EvaluationSettings(every: 1, metric: "kid-full", count: 300)
      }
      #expect(run.directory.bestCheckpoint?.figure.name == "kid-full[digits]")
      var request = EvaluationRequest(path)
      request.metrics = "prdc"
      let names = try request.evaluation(of: run).results.map(\.name)
      #expect(names.contains("translated/coverage[digits]"), "\(names)")
      #expect(!names.contains { $0.contains("fid[") || $0.contains("kid") }, "\(names)")
    }
  }

  @Test("samples are compared with the part of the data that they should look like")
  func targets() throws {
    try withFolder { path in
      let run = try DrawingTranslator.train(on: grey, for: .steps(1), in: path)
      let found = try run.evaluate(count: 300)
      #expect(found.against == "textured:test (b)")
      let sets = try ImageSets.open(grey, run.layout, split: .test, seed: run.configuration.seed)
      for part in [0, 1] {
        let set = NamedSet(part, of: run.configuration, run.layout, split: .test)
        #expect(set.title == "textured:test (\(part == 0 ? "a" : "b"))")
        #expect(try set.open().image(at: 3) == sets[part].image(at: 3))
      }
      #expect(try sets[0].image(at: 3) != sets[1].image(at: 3))
    }
  }

  @Test("samples of few grey levels are measured against images in as many, in training as well")
  func greyLevels() throws {
    try withFolder { path in
      let config = BGAN.Config.with {
        ($0.pixels, $0.samples) = (.binary, 2)
        ($0.generatorWidth, $0.discriminatorWidth, $0.latentSize) = (4, 4, 8)
      }
      let run = try BGAN.train(config, on: .mnist, for: .steps(1), in: path) {
        ($0.evaluation, $0.batchSize) = (EvaluationSettings(every: 1, count: 300), 8)
      }
      #expect(try run.evaluate(count: 300).against == "mnist:test in 2 grey levels")
      let log = try String(contentsOfFile: "\(path)/evaluation.jsonl", encoding: .utf8)
      #expect(log.contains("mnist:train in 2 grey levels"))
      let set = NamedSet("mnist:test", otherwise: .test)
      let (grey, bits) = (
        try set.load(size: 32, channels: 1),
        try set.moved(toGreyLevels: 2).load(size: 32, channels: 1)
      )
      #expect(Set(try bits.batch([0, 1]).pixels) == [0, 255])
      #expect(try grey.checksum() != bits.checksum(), "kept features would be mistaken")
    }
  }

  @Test("data that is lost ends an evaluation in training; equal samples are a note")
  func lostData() throws {
    try withFolder { path in
      let domains = "\(path)-domains"
      defer { try? FileManager.default.removeItem(atPath: domains) }
      for (folder, offset) in [("trainA", 0), ("trainB", 90)] {
        try FileManager.default.createDirectory(
          atPath: "\(domains)/\(folder)", withIntermediateDirectories: true)
        for index in 0..<4 {
          let pixels = (0..<256).map { UInt8(($0 * (index + 1) + offset) % 256) }
          let image = DecodedImage(width: 16, height: 16, channels: 1, pixels: pixels)
          try Data(image.pngData()).write(
            to: URL(fileURLWithPath: "\(domains)/\(folder)/\(index).png"))
        }
      }
      let run = try DrawingTranslator.train(on: .at(domains), for: .steps(1), in: path) {
        ($0.evaluation, $0.batchSize) = (EvaluationSettings(every: 1, count: 8), 2)
      }
      let evaluator = try #require(
        try ImageEvaluator(
          run.configuration,
          of: DrawingTranslator(
            .init(), for: RunShape(data: run.shape, batchSize: 2, steps: 1, stepsPerEpoch: 2),
            on: .cpu)))
      let outcome = try evaluator.evaluate(run.recipe, at: 1, in: run.directory)
      #expect(outcome.rank?.name == "kid-full[digits]" && outcome.note == nil)
      try FileManager.default.removeItem(atPath: domains)
      #expect(throws: (any Error).self) {
        try evaluator.evaluate(run.recipe, at: 2, in: run.directory)
      }
    }
  }

  @Test("a session's threads are its own")
  func threads() throws {
    try withFolder { path in
      let usual = LibTorch.threads
      let plan = TrainingPlan<DrawingTranslator>(.init(), on: grey).with {
        ($0.length, $0.threads, $0.intervals.log) = (.steps(2), usual + 1, 1)
      }
      var seen: [Int] = []
      _ = try plan.train(in: .at(path)) { session in
        #expect(LibTorch.threads == usual)
        return try session.run(report: { _ in seen.append(LibTorch.threads) })
      }
      #expect(seen == [usual + 1, usual + 1] && LibTorch.threads == usual)
    }
  }

  @Test("a session that goes on counts the seconds of before, and none in between")
  func seconds() throws {
    try withFolder { path in
      let plan = TrainingPlan<DrawingTranslator>(.init(), on: grey).with {
        ($0.length, $0.intervals.log) = (.steps(2), 1)
      }
      var seen: [(step: Int, seconds: Double)] = []
      _ = try plan.train(in: .at(path)) { session in
        let first = try session.run(
          report: {
            Thread.sleep(forTimeInterval: 0.3)
            seen.append(($0.step, $0.seconds))
          }, shouldStop: { session.step == 1 })
        #expect(first == .interrupted)
        Thread.sleep(forTimeInterval: 2)
        return try session.run(report: { seen.append(($0.step, $0.seconds)) })
      }
      #expect(seen.map(\.step) == [1, 2])
      let passed = try #require(seen.last).seconds - (seen.first?.seconds ?? 0)
      #expect((0.3..<1.9).contains(passed), "\(seen)")
    }
  }
}
