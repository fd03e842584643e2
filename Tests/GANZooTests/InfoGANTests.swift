import Foundation
import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("InfoGAN", .reproducible)
struct InfoGANTests {
  init() { LibTorch.threads = 1 }

  private let shape = DataShape(channels: 1, height: 8, width: 8)

  private func recipe(_ settings: [(field: String, value: String)]) throws -> InfoGAN {
    let small = [("noiseSize", "3"), ("width", "2"), ("features", "6"), ("recognitionWidth", "5")]
    let config = try InfoGAN.Config().setting(small + settings)
    try config.validate()
    return InfoGAN(config, for: RunShape(data: shape), on: .cpu)
  }

  @Test("any number of codes stands behind the noise, in order")
  func codes() throws {
    let recipe = try recipe([("categorical", "4,3"), ("continuous", "2")])
    #expect(recipe.prior.dimension == 3 + 4 + 3 + 2)
    #expect(
      recipe.codes == [
        LatentCode("c1", .categorical(4), columns: 3..<7),
        LatentCode("c2", .categorical(3), columns: 7..<10),
        LatentCode("c3", .continuous(-1...1), columns: 10..<11),
        LatentCode("c4", .continuous(-1...1), columns: 11..<12),
      ])
    let latent = recipe.prior.sample(6, on: .cpu)
    for code in recipe.codes.prefix(2) {
      #expect(latent.sliced(1, code.columns).sum(axes: [1]).floats == [1, 1, 1, 1, 1, 1])
    }
    let inferred = recipe.inferCodes(recipe.generate(latent, labels: nil))
    #expect(inferred.map(\.shape) == [[6, 4], [6, 3], [6, 1], [6, 1]])
  }

  @Test("either kind may be missing, not both", arguments: [("", "1"), ("4", "0"), ("", "0")])
  func kinds(categorical: String, continuous: String) throws {
    let settings = [("categorical", categorical), ("continuous", continuous)]
    if categorical.isEmpty, continuous == "0" {
      let error = #expect(throws: ConfigError.self) { try self.recipe(settings) }
      #expect(error?.description.contains("'continuous'") == true)
      return
    }
    var recipe = try recipe(settings)
    let batch = ImageBatch(images: .uniform([4, 1, 8, 8], -1, 1))
    let names = Set(recipe.step(batch).entries.map(\.name))
    #expect(names.contains("info/categorical") == !categorical.isEmpty)
    #expect(names.contains("info/continuous") == (continuous != "0"))
  }

  @Test("a code without width is refused before training", arguments: ["0", "1", "10,0", "-1"])
  func width(categorical: String) throws {
    let config = try InfoGAN.Config().setting([("categorical", categorical)])
    let error = #expect(throws: ConfigError.self) { try config.validate() }
    #expect(error?.description.contains("'categorical'") == true)
  }

  @Test("the information is that of a known posterior")
  func information() throws {
    let codes = LatentCode.named([.categorical(4), .continuous(-1...1)], from: 1)
    let latent = Tensor([9, 0, 1, 0, 0, 0.5, 9, 0, 0, 0, 1, -1] as [Float], shape: [2, 6])
    // Posterior 1/4 each: nothing is known. Means 0.5 and 0: squares 0 and 1.
    let inferred = Tensor([2, 2, 2, 2, 0.5, 0, 0, 0, 0, 0] as [Float], shape: [2, 5])
    let found = CodeInformation(codes, in: latent, inferred: inferred)
    let categorical = try #require(found.categorical)
    #expect(abs(categorical.item()) < 1e-6)
    let continuous = try #require(found.continuous)
    let expected = log(2.0) - 0.5 * log(2 * Double.pi) - 0.25
    #expect(abs(continuous.item() - expected) < 1e-6)
    // Certain and right: all of log 4 is known.
    let sure = Tensor([0, 99, 0, 0, 0, 0, 0, 0, 99, 0] as [Float], shape: [2, 5])
    let all = CodeInformation(codes, in: latent, inferred: sure).categorical?.item() ?? 0
    #expect(abs(all - log(4.0)) < 1e-6)
  }

  @Test("the weights of the information scale its gradients")
  func weights() throws {
    func gradient(_ weight: String) throws -> Tensor {
      Randomness.seed(3)
      var recipe = try recipe([("categoricalWeight", weight), ("continuousWeight", weight)])
      let batch = ImageBatch(images: .uniform([4, 1, 8, 8], -1, 1))
      let updates = GradientProbe.record(descendingAt: 0) { _ = recipe.step(batch) }
      let keys = recipe.discriminator.namedParameters.count
      return updates[0][keys]  // The first weight of the recognition network.
    }
    let (none, one, two) = (try gradient("0"), try gradient("1"), try gradient("2"))
    #expect(none.abs().maximum().item() == 0 && one.abs().maximum().item() > 0)
    expectClose(two, one * 2, relative: 1e-4, absolute: 1e-7)
  }
}
