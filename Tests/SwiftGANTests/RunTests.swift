import Foundation
import GANData
import GANKit
import GANTraining
import GANZoo
import SwiftGAN
import Testing

@Suite("Runs through the library")
struct RunTests {
  private func withRun(_ length: RunLength, _ body: (String, Run) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "swiftgan-run-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let config = GAN.Config.with { ($0.generatorWidths, $0.discriminatorWidths) = ([8], [8]) }
    try body(path, try GAN.train(config, on: .mnist, for: length, in: path))
  }

  @Test("a run of another system is refused by name")
  func otherSystem() throws {
    try withRun(.steps(1)) { path, _ in
      let error = #expect(throws: (any Error).self) { try DCGAN.resume(path, steps: 2) }
      let words = error.map { "\($0)" } ?? ""
      #expect(words.contains("'gan'") && words.contains("'dcgan'") && !words.contains("\n"))
    }
  }

  @Test("a run is known again by its plan: with the parts of its defaults, with none, with others")
  func knownAgain() throws {
    var config = SRGAN.Config()
    (config.blocks, config.generatorWidth, config.discriminatorWidth) = (0, 4, 4)
    (config.content, config.pretraining) = (.pixels, 1)
    var plan = TrainingPlan<SRGAN>(config, on: .mnist)
    (plan.threads, plan.length) = (1, .steps(1))
    for (side, expected) in [(16, ImageSize(side: 16)), (32, nil)] {
      plan.defaults = RunDefaults(crop: side, batchSize: 2)
      let path = NSTemporaryDirectory() + "swiftgan-parts-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: path) }
      let run = try plan.train(in: .at(path))
      #expect(run.configuration.data.crop == expected)
      #expect(run.shape.size == expected ?? 28)
      #expect(try plan.progress(in: RunDirectory(path)) == .done)
      var other = plan
      other.data.crop = 20
      #expect(try other.progress(in: RunDirectory(path)) == .none)
    }
  }

  @Test("numbers of images that make no sense are refused, and name the field")
  func counts() throws {
    try withRun(.steps(1)) { _, run in
      for count in [-1, 0] {
        let samples = #expect(throws: (any Error).self) { try run.sample(count) }
        let scores = #expect(throws: (any Error).self) { try run.evaluate(count: count) }
        for error in [samples, scores] { #expect(error.map { "\($0)".contains("count") } == true) }
      }
    }
  }

  @Test("a run goes on with another rate, and another one starts from its weights")
  func changedAndStarted() throws {
    try withRun(.steps(1)) { path, run in
      let changed = try GAN.resume(path, steps: 2) { $0.settings = [("learningRate", "0.01")] }
      #expect(changed.configuration.config["learningRate"] == .number(0.01))
      #expect(changed.configuration.history?.map(\.field) == ["learningRate", "length"])
      let config = GAN.Config.with {
        ($0.generatorWidths, $0.discriminatorWidths, $0.learningRate) = ([8], [8], 1e-30)
      }
      let new = path + "-new"
      defer { try? FileManager.default.removeItem(atPath: new) }
      let started = try GAN.train(
        config, on: .mnist, for: .steps(1), in: new, from: WeightSource(path, step: .at(1)))
      #expect(started.configuration.start?.weights == "generator: 4 of 4; discriminator: 4 of 4")
      #expect(try started.sample(4).images.floats == run.sample(4).images.floats)
    }
  }

  @Test("a run too short for a step makes one, and leaves a checkpoint")
  func shortest() throws {
    try withRun(.minutes(1e-6)) { (path: String, run: Run) throws in
      #expect(run.step == 1)
      let images = try Run.open(path).sample(2).images
      #expect(images.shape == [2, 1, 28, 28])
    }
  }
}
