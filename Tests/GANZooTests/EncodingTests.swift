import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What every system with an encoder must do.
@Suite("Every encoder", .reproducible)
struct EncodingContractTests {
  init() { LibTorch.threads = 1 }

  private static let systems = TinySystem.all.filter { $0.recipe is any EncodingRecipe.Type }

  private func trained<R: EncodingRecipe>(_ type: R.Type, _ system: TinySystem) throws -> R {
    var recipe = try newRecipe(type, system, R.Config.averaged("0.9"))
    for _ in 0..<4 { _ = recipe.step(randomBatch(8, for: R.self, system)) }
    return recipe
  }

  private func images(_ count: Int, _ system: TinySystem) -> Tensor {
    Tensor.uniform([count] + system.shape.imageShape, -1, 1).contiguous(.channelsLast)
  }

  @Test("codes are what the generator takes, and follow from their image alone", arguments: systems)
  func codes(_ system: TinySystem) throws {
    func check<R: EncodingRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      let images = images(5, system)
      let codes = evaluating { recipe.encode(images) }
      #expect(codes.shape == [5, recipe.prior.dimension] && codes.dtype == .float32)
      #expect(codes.floats.allSatisfy(\.isFinite) && codes[0..<1].floats != codes[1..<2].floats)
      expectClose(
        evaluating { recipe.encode(images[1..<3]) }, codes[1..<3], relative: 1e-4, absolute: 1e-5)
      let again = evaluating { recipe.reconstruct(images) }
      #expect(again.shape == images.shape)
      #expect(again.floats.allSatisfy { (-1...1).contains($0) })
    }
    try check(encodingRecipe(of: system))
  }

  @Test("encoding in evaluation mode changes nothing", arguments: systems)
  func evaluation(_ system: TinySystem) throws {
    func check<R: EncodingRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      let before = recipe.stateDictionary.mapValues { $0.cloned() }
      let images = images(5, system)
      let generator = Randomness.state(of: .cpu)
      let first = evaluating { recipe.encode(images) }
      expectEqual(evaluating { recipe.encode(images) }, first)
      _ = evaluating { recipe.reconstruct(images) }
      #expect(!first.requiresGradient)
      expectSameState(recipe.stateDictionary, before)
      expectEqual(Randomness.state(of: .cpu), generator, "generator")
    }
    try check(encodingRecipe(of: system))
  }

  @Test("sheets begin with images and what becomes of their codes", arguments: systems)
  func preview(_ system: TinySystem) throws {
    func check<R: EncodingRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      let images = images(8, system)
      func rows(_ parts: [Tensor]) throws -> [Tensor] {
        let material = PreviewMaterial(shape: system.shape, parts: parts, seed: 3, on: .cpu)
        return try #require(evaluating { recipe.preview(of: material) }).rows
      }
      let found = try rows([images])
      #expect(found.count == 8)
      expectEqual(found[0], images)
      expectEqual(found[1], evaluating { recipe.reconstruct(images) })
      #expect(try rows([]).count == 8)
    }
    try check(encodingRecipe(of: system))
  }

  @Test("what it gives back is compared with what it was given", arguments: systems)
  func comparison(_ system: TinySystem) throws {
    func check<R: EncodingRecipe>(_ type: R.Type) throws {
      let recipe = try trained(type, system)
      let comparisons = recipe.comparisons(on: system.layout).filter(\.givesBack)
      #expect(comparisons.count == 1 && comparisons[0].noise == nil && comparisons[0].part == nil)
      let images = images(3, system)
      expectEqual(
        evaluating { comparisons[0].output(images, nil) },
        evaluating { recipe.reconstruct(images) })
    }
    try check(encodingRecipe(of: system))
  }

  private func encodingRecipe(of system: TinySystem) throws -> any EncodingRecipe.Type {
    try #require(system.recipe as? any EncodingRecipe.Type)
  }
}
