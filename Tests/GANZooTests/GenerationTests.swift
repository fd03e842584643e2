import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What a system's generator must do.
@Suite("Every generator", .reproducible)
struct GenerationTests {
  init() { LibTorch.threads = 1 }

  /// A recipe after a few steps, by its averaged weights where `decay` is not 0.
  private func trained<R: GenerativeRecipe>(
    _ type: R.Type, _ system: TinySystem, decay: Double = 0
  ) throws -> R {
    var recipe = try newRecipe(type, system, [("ema", "\(decay)")])
    for _ in 0..<4 { _ = recipe.step(randomBatch(8, for: R.self, system)) }
    return recipe
  }

  private func images(
    of recipe: some GenerativeRecipe, _ latent: Tensor, label: Int = 1
  ) -> Tensor {
    let labels = Tensor([Int](repeating: label, count: latent.size(0)))
    return withMode(.evaluation) {
      withoutGradients {
        recipe.generate(latent, labels: recipe.classCount > 0 ? labels : nil)
      }
    }
  }

  @Test(
    "images have the data's shape and range, and depend on the noise",
    arguments: TinySystem.generative)
  func images(_ system: TinySystem) throws {
    func check<R: GenerativeRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      let latent = recipe.prior.sample(5, on: .cpu)
      let found = images(of: recipe, latent)
      #expect(found.shape == [5] + system.shape.imageShape && found.dtype == .float32)
      #expect(found.floats.allSatisfy { (-1...1).contains($0) })
      #expect(found[0..<1].floats != found[1..<2].floats)
      // In evaluation mode an image does not depend on its neighbours in the batch.
      expectClose(images(of: recipe, latent[1..<3]), found[1..<3], relative: 1e-4, absolute: 1e-5)
    }
    try check(system.generativeRecipe())
  }

  @Test("drawing in evaluation mode changes nothing", arguments: TinySystem.generative)
  func evaluation(_ system: TinySystem) throws {
    func check<R: GenerativeRecipe>(_ type: R.Type) throws {
      for decay in [0, 0.9] {
        let recipe = try trained(type, system, decay: decay)
        let before = recipe.stateDictionary.mapValues { $0.cloned() }
        let latent = recipe.prior.sample(5, on: .cpu)
        let generator = Randomness.state(of: .cpu)
        let first = images(of: recipe, latent)
        expectEqual(images(of: recipe, latent), first)
        expectSameState(recipe.stateDictionary, before)
        expectEqual(Randomness.state(of: .cpu), generator, "generator")
      }
    }
    try check(system.generativeRecipe())
  }

  @Test("a conditional system's images depend on the label", arguments: TinySystem.generative)
  func labels(_ system: TinySystem) throws {
    func check<R: GenerativeRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      #expect(
        recipe.classCount == (system.layout == .labeled ? system.shape.classes : 0))
      guard recipe.classCount > 0 else { return }
      let latent = recipe.prior.sample(3, on: .cpu)
      let found = (0..<recipe.classCount).map { images(of: recipe, latent, label: $0).floats }
      #expect(Set(found).count == found.count)
    }
    try check(system.generativeRecipe())
  }

  @Test("samples come from the averaged weights", arguments: TinySystem.generative)
  func average(_ system: TinySystem) throws {
    func check<R: GenerativeRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system, decay: 0.9)
      let average = try #require(recipe.part("generator_ema"))
      let generator = try #require(recipe.part("generator"))
      #expect(average.leaves.map(\.key) == generator.leaves.map(\.key))
      let latent = recipe.prior.sample(3, on: .cpu)
      let found = images(of: recipe, latent)

      func drawn(with weights: any Module) throws -> Tensor {
        let plain = try newRecipe(type, system)
        #expect(plain.part("generator_ema") == nil)
        try plain.part("generator")?.load(weights.stateDictionary)
        for (name, module) in recipe.parts where module is Counter {
          try plain.part(name)?.load(module.stateDictionary)
        }
        return images(of: plain, latent)
      }
      expectEqual(found, try drawn(with: average), "the average")
      #expect(found.rawBytes != (try drawn(with: generator)).rawBytes)
      for (key, buffer) in generator.namedBuffers {
        expectEqual(average.stateDictionary[key] ?? .zeros([]), buffer.value, key)
      }
    }
    try check(system.generativeRecipe())
  }

  /// After one update the average has moved the fraction 1 - decay of the way, forwards.
  @Test("the average follows with its decay", arguments: TinySystem.generative)
  func decay(_ system: TinySystem) throws {
    func check<R: GenerativeRecipe>(_ type: R.Type) throws {
      var recipe = try newRecipe(type, system, [("ema", "0.125")])
      let start = recipe.part("generator")?.parameters.map { $0.value.detached().cloned() } ?? []
      let counter = try #require(recipe.optimizers.first { $0.network == "generator" })
      while counter.optimizer.updates.value == 0 {
        _ = recipe.step(randomBatch(8, for: R.self, system))
      }
      let average = try #require(recipe.part("generator_ema"))
      let generator = try #require(recipe.part("generator"))
      for (index, old) in start.enumerated() {
        let (slow, last) = (average.parameters[index].value, generator.parameters[index].value)
        expectClose(slow, old * 0.125 + last.detached() * 0.875, relative: 1e-5)
      }
    }
    try check(system.generativeRecipe())
  }
}

extension TinySystem {
  fileprivate func generativeRecipe() throws -> any GenerativeRecipe.Type {
    try #require(recipe as? any GenerativeRecipe.Type)
  }
}
