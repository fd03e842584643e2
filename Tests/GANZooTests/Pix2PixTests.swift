import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("pix2pix", .reproducible)
struct Pix2PixTests {
  private func recipe(_ settings: [(field: String, value: String)] = []) throws -> Pix2Pix {
    let system = try #require(TinySystem.all.first { $0.name == "pix2pix" })
    return try newRecipe(Pix2Pix.self, system, settings)
  }

  private let batch = randomBatch(
    4, for: Pix2Pix.self, .paired,
    DataShape(channels: 3, height: 16, width: 16, inputChannels: 3))

  @Test("without an adversarial loss only the generator learns, from L1")
  func errorAlone() throws {
    var recipe = try recipe([("adversarialWeight", "0")])
    let before = recipe.stateDictionary.mapValues { $0.cloned() }
    for _ in 0..<2 {
      let losses = Dictionary(
        uniqueKeysWithValues: recipe.step(batch).read().map { ($0.name, $0.value) })
      #expect(losses.keys.sorted() == ["loss/G", "loss/L1"])
      let (total, error) = (try #require(losses["loss/G"]), try #require(losses["loss/L1"]))
      #expect(abs(total - 100 * error) <= 1e-4 * total)
    }
    let changed = recipe.stateDictionary.filter { $0.value.rawBytes != before[$0.key]?.rawBytes }
    #expect(changed.keys.contains { $0.hasPrefix("generator.") })
    #expect(!changed.keys.contains { $0.hasPrefix("discriminator") })
  }

  @Test("a vanishing adversarial loss leads to the same weights, with a discriminator")
  func limit() throws {
    func trained(_ weight: String) throws -> [String: Tensor] {
      Randomness.seed(3)
      var recipe = try recipe([("adversarialWeight", weight)])
      Randomness.seed(4)
      #expect(recipe.step(batch).read().count == (weight == "0" ? 2 : 3))
      return recipe.generator.stateDictionary
    }
    let (alone, beside) = (try trained("0"), try trained("1e-30"))
    for (key, value) in alone {
      expectClose(value, try #require(beside[key]), absolute: 1e-6, key)
    }
  }
}
