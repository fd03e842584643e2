import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What every system that translates must do.
@Suite("Every translator", .reproducible)
struct TranslationContractTests {
  init() { LibTorch.threads = 1 }

  private static let systems = TinySystem.all.filter {
    $0.recipe is any TranslatingRecipe.Type
  }

  @Test("images may have other sides than in training", arguments: systems)
  func sides(_ system: TinySystem) throws {
    func check<R: TranslatingRecipe>(_ type: R.Type) throws {
      let recipe = try newRecipe(type, system)
      let multiple = recipe.sideMultiple
      let (height, width) = (3 * multiple, 2 * max(multiple, 8))
      for direction in recipe.directions {
        let (from, to) =
          direction == .ab
          ? (system.shape.input, system.shape.image) : (system.shape.image, system.shape.input)
        let images = Tensor.uniform([2, from.channels, height, width], -1, 1)
        let output = evaluating { recipe.translate(images.settled(.channelsLast), direction) }
        #expect(output.shape == [2, to.channels, height, width])
        #expect(output.abs().maximum().item() <= 1)
      }
    }
    guard let type = system.recipe as? any TranslatingRecipe.Type else { return }
    try check(type)
  }
}
