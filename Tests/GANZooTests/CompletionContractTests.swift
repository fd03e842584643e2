import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What every system that fills holes must do.
@Suite("Every system that completes images", .reproducible)
struct CompletionContractTests {
  init() { LibTorch.threads = 1 }

  private static let systems = TinySystem.all.filter {
    $0.recipe is any CompletingRecipe.Type
  }

  private func trained<R: CompletingRecipe>(_ type: R.Type, _ system: TinySystem) throws -> R {
    var recipe = try newRecipe(type, system, R.Config.averaged("0.9"))
    for _ in 0..<3 { _ = recipe.step(randomBatch(8, for: R.self, system)) }
    return recipe
  }

  private func completingRecipe(of system: TinySystem) throws -> any CompletingRecipe.Type {
    try #require(system.recipe as? any CompletingRecipe.Type)
  }

  @Test(
    "pixels outside of holes keep their bits; those inside follow from their image alone",
    arguments: systems)
  func holes(_ system: TinySystem) throws {
    func check<R: CompletingRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      let images = Tensor.uniform([5] + system.shape.imageShape, -1, 1).contiguous(.channelsLast)
      let mask = recipe.holes(like: images)
      #expect(mask.shape == [5, 1] + system.shape.imageShape.dropFirst() && mask.dtype == .bool)
      let found = evaluating { recipe.complete(images, mask: mask) }
      #expect(found.shape == images.shape && found.floats.allSatisfy { (-1...1).contains($0) })
      expectEqual(
        found.filled(where: mask, with: 0), images.filled(where: mask, with: 0), "outside")
      #expect(found.rawBytes != images.rawBytes)
      expectClose(
        evaluating { recipe.complete(images[1..<3], mask: mask[1..<3]) }, found[1..<3],
        relative: 1e-4, absolute: 1e-5)
    }
    try check(completingRecipe(of: system))
  }

  @Test("images may have other sides than in training, and holes any shape", arguments: systems)
  func sides(_ system: TinySystem) throws {
    func check<R: CompletingRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      let (height, width) = (3 * recipe.sideMultiple, 2 * max(recipe.sideMultiple, 8))
      let images = Tensor.uniform([2, system.shape.channels, height, width], -1, 1)
      let mask = Tensor.uniform([2, 1, height, width]) .> 0.7
      let found = evaluating { recipe.complete(images.settled(.channelsLast), mask: mask) }
      #expect(found.shape == images.shape)
    }
    try check(completingRecipe(of: system))
  }

  @Test("completing changes nothing", arguments: systems)
  func evaluation(_ system: TinySystem) throws {
    func check<R: CompletingRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      let before = recipe.stateDictionary.mapValues { $0.cloned() }
      let images = Tensor.uniform([4] + system.shape.imageShape, -1, 1).contiguous(.channelsLast)
      let mask = recipe.holes(like: images)
      let generator = Randomness.state(of: .cpu)
      let first = evaluating { recipe.complete(images, mask: mask) }
      expectEqual(evaluating { recipe.complete(images, mask: mask) }, first)
      #expect(!first.requiresGradient)
      expectSameState(recipe.stateDictionary, before)
      expectEqual(Randomness.state(of: .cpu), generator, "generator")
    }
    try check(completingRecipe(of: system))
  }

  @Test("completed images come from the averaged weights", arguments: systems)
  func average(_ system: TinySystem) throws {
    func check<R: CompletingRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      let average = try #require(recipe.part("generator_ema"))
      let images = Tensor.uniform([3] + system.shape.imageShape, -1, 1).contiguous(.channelsLast)
      let mask = recipe.holes(like: images)
      func completed(with weights: any Module) throws -> Tensor {
        let plain = try newRecipe(type, system)
        try plain.part("generator")?.load(weights.stateDictionary)
        return evaluating { plain.complete(images, mask: mask) }
      }
      let found = evaluating { recipe.complete(images, mask: mask) }
      expectEqual(found, try completed(with: average), "the average")
      let trained = try #require(recipe.part("generator"))
      #expect(found.rawBytes != (try completed(with: trained)).rawBytes)
    }
    try check(completingRecipe(of: system))
  }
}
