import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What is particular of the two phases of a generator of two domains and its encoder.
@Suite("Unsup-Im2Im", .reproducible)
struct UnsupIm2ImTests {
  init() { LibTorch.threads = 1 }

  private let data = DataShape(channels: 3, height: 16, width: 16, inputChannels: 3)

  private func recipe(first: Int = 2, steps: Int? = 6) -> UnsupIm2Im {
    let config = UnsupIm2Im.Config.with {
      ($0.generatorSteps, $0.latentSize, $0.embeddingSize) = (first, 8, 3)
      ($0.generatorWidth, $0.discriminatorWidth) = (4, 4)
    }
    return UnsupIm2Im(config, for: RunShape(data: data, batchSize: 4, steps: steps), on: .cpu)
  }

  private func batch() -> UnpairedBatch {
    randomBatch(4, for: UnsupIm2Im.self, .union, data)
  }

  private func snapshot(_ recipe: UnsupIm2Im) -> [String: Tensor] {
    recipe.stateDictionary.mapValues { $0.cloned() }
  }

  private func changed(_ recipe: UnsupIm2Im, since before: [String: Tensor]) -> Set<String> {
    let keys = recipe.stateDictionary.filter { $0.value.rawBytes != before[$0.key]?.rawBytes }.keys
    return Set(keys.compactMap { $0.split(separator: ".").first.map(String.init) })
  }

  @Test("the encoder rests while the generator learns, and then learns alone")
  func phases() {
    var recipe = recipe()
    for step in 0..<4 {
      let before = snapshot(recipe)
      let names = recipe.step(batch()).entries.map(\.name)
      let moved = changed(recipe, since: before)
      if step < 2 {
        #expect(names == ["loss/D", "loss/G", "loss/class"])
        #expect(moved.contains("generator") && moved.contains("discriminator"))
        #expect(!moved.contains("encoder") && !moved.contains("encoder_optimizer"))
      } else {
        #expect(names == ["loss/encoder"])
        #expect(moved == ["encoder", "encoder_optimizer", "steps_taken"])
      }
    }
    #expect(recipe.generatorOptimizer.updates.value == 4)
    #expect(recipe.discriminatorOptimizer.updates.value == 2)
  }

  @Test("says where it stands")
  func progress() {
    var recipe = recipe()
    var phases: [TrainingPhase?] = [recipe.phase]
    for _ in 0..<6 {
      _ = recipe.step(batch())
      phases.append(recipe.phase)
    }
    #expect(
      phases == [
        TrainingPhase("generator", progress: 0), TrainingPhase("generator", progress: 0.5),
        TrainingPhase("encoder", progress: 0), TrainingPhase("encoder", progress: 0.25),
        TrainingPhase("encoder", progress: 0.5), TrainingPhase("encoder", progress: 0.75),
        TrainingPhase("encoder", progress: 1),
      ])
    var endless = self.recipe(first: 1, steps: nil)
    _ = endless.step(batch())
    #expect(endless.phase == TrainingPhase("encoder", progress: nil))
  }

  @Test("a run that ends before the encoder learns is told so")
  func shortfall() {
    let config = UnsupIm2Im.Config.with { $0.generatorSteps = 100 }
    var run = RunShape(data: data, steps: 100)
    #expect(UnsupIm2Im.shortfall(of: config, in: run)?.contains("more than 100 steps") == true)
    run.steps = 101
    #expect(UnsupIm2Im.shortfall(of: config, in: run) == nil)
    run.steps = nil
    #expect(UnsupIm2Im.shortfall(of: config, in: run) == nil)
  }

  @Test("resumes bit by bit in each phase and at their border", arguments: [1, 2, 4])
  func resumes(_ stop: Int) throws {
    try expectResumes(after: stop, of: (0..<6).map { _ in batch() }) { recipe() }
  }

  @Test("a translation is the code in the other domain, in every size")
  func translation() {
    var recipe = recipe()
    for _ in 0..<3 { _ = recipe.step(batch()) }
    let images = Tensor.uniform([3, 3, 16, 16], -1, 1).contiguous(.channelsLast)
    evaluating {
      let code = recipe.encoder(images)
      #expect(code.shape == [3, 8])
      for (direction, domain) in [(Direction.ab, 1), (.ba, 0)] {
        expectEqual(
          recipe.translate(images, direction),
          recipe.generator(code, labels: Tensor([domain, domain, domain])))
      }
      let flat = Tensor.full([1, 3, 24, 40], 0.25).contiguous(.channelsLast)
      let own = Tensor.full([1, 3, 16, 16], 0.25).contiguous(.channelsLast)
      let large = recipe.translate(flat, .ab)
      #expect(large.shape == [1, 3, 24, 40])
      expectClose(
        large, recipe.translate(own, .ab).resized(height: 24, width: 40, by: .bilinear),
        relative: 1e-4, absolute: 1e-5)
    }
  }

  @Test("sheets end with the same noise in both domains")
  func preview() throws {
    let recipe = recipe()
    let (a, b) = (batch().a, batch().b)
    let material = PreviewMaterial(shape: data, parts: [a, b], seed: 1, on: .cpu)
    let rows = try #require(evaluating { recipe.preview(of: material) }).rows
    #expect(rows.count == 6)
    expectEqual(rows[0], a)
    expectEqual(rows[1], evaluating { recipe.translate(a, .ab) })
    expectEqual(rows[2], b)
    let noise = material.noise(.normal(8), 4)
    for (row, domain) in [(4, 0), (5, 1)] {
      let labels = Tensor([Int](repeating: domain, count: 4))
      expectEqual(rows[row], evaluating { recipe.generator(noise, labels: labels) })
    }
    #expect(rows[4].floats != rows[5].floats)
  }

  @Test("the vectors of domains start small, the encoder has a rate of its own")
  func start() {
    let config = UnsupIm2Im.Config.with { ($0.embeddingSize, $0.generatorWidth) = (2000, 4) }
    let recipe = UnsupIm2Im(config, for: RunShape(data: data), on: .cpu)
    let vectors = recipe.generator.stateDictionary["embedding.weight"]
    #expect(vectors?.shape == [2, 2000])
    let largest = vectors?.abs().maximum().item() ?? 0
    #expect(largest <= 0.1 && largest > 0.099)
    #expect(recipe.generatorOptimizer.schedule == .constant(2e-4))
    #expect(recipe.encoderOptimizer.schedule == .constant(1e-4))
  }
}
