import Foundation
import GANKit
import GANMetrics
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("TP-GAN", .reproducible)
struct TPGANTests {
  init() { LibTorch.threads = 1 }

  private func system(_ name: String = "tp-gan") throws -> TinySystem {
    try #require(TinySystem.all.first { $0.name == name })
  }

  @Test("the paper's patches and places at 128, smaller ones at smaller sides")
  func patches() {
    let shape = [1, 1, 128, 128]
    let paper = FacePatches(side: 128, halvings: 3, means: FacePatches.paperMeans)
    #expect(
      paper.cut(.zeros(shape)).map { [$0.size(2), $0.size(3)] }
        == [[40, 40], [40, 40], [32, 40], [32, 48]])
    let small = FacePatches(side: 32, halvings: 2, means: FacePatches.paperMeans)
    #expect(
      small.cut(.zeros([1, 1, 32, 32])).map { [$0.size(2), $0.size(3)] }
        == [[12, 12], [12, 12], [8, 12], [8, 12]])
    // The left eye's patch is centred at 43.6, 41.
    let columns = Tensor((0..<128).map { Float($0) }, shape: [1, 1, 1, 128]).expanded(to: shape)
    let eye = paper.cut(columns)[0]
    #expect(eye.minimum().item() == 24 && eye.maximum().item() == 63)
  }

  @Test("patches around an image's own points, moved inside at the border")
  func ownPatches() {
    let patches = FacePatches(side: 32, halvings: 2, means: FacePatches.paperMeans)
    let pixels = Tensor((0..<2048).map { Float($0) }, shape: [2, 1, 32, 32])
    let points = Tensor(
      [0.5, 0.5, 0, 0, 0.5, 0.25, 1, 1, 0.25, 0.5, 0, 0, 0.5, 0.25, 1, 1].map { Float($0) },
      shape: [2, 4, 2])
    let found = patches.cut(pixels, around: points)
    // Row and column of the first pixel: the point less half of the patch.
    #expect(found[0][0..<1].doubles.first == Double(10 * 32 + 10))
    #expect(found[0][1..<2].doubles.first == Double(1024 + 10 * 32 + 2))
    #expect(found[1][0..<1].doubles.first == 0)
    #expect(found[2][0..<1].doubles.first == Double(4 * 32 + 10))
    #expect(found[3][1..<2].doubles.last == 2047)
  }

  @Test("parts are fused by their maximum, zero around them")
  func fusion() {
    let patches = FacePatches(side: 32, halvings: 2, means: FacePatches.paperMeans)
    let parts = patches.cut(.zeros([1, 1, 32, 32])).enumerated().map { index, part in
      part + Double(index - 1)
    }
    let whole = patches.fused(parts)
    #expect(whole.shape == [1, 1, 32, 32])
    #expect(whole.minimum().item() == 0 && whole.maximum().item() == 2)
    #expect(whole[0..<1].narrowed(2, from: 0, length: 1).maximum().item() == 0)
  }

  @Test("landmarks are asked for where they are each image's own")
  func layouts() throws {
    let own = TPGAN.layout(TPGAN.Config())
    #expect(own == .landmarkedFrontal && own.parts[0].labels == .required)
    #expect(own.defaultSet == "turned" && own.relation == .aligned)
    let fixed = TPGAN.layout(.with { $0.landmarks = .fixed })
    #expect(fixed == .frontal && !fixed.needs(.landmarks))
  }

  @Test("the identity network is no part of the state, and no update changes it")
  func frozen() throws {
    var recipe = try newRecipe(TPGAN.self, system())
    #expect(!recipe.stateDictionary.keys.contains { $0.hasPrefix("identity") })
    let batch = randomBatch(4, for: TPGAN.self, try system())
    let report = Dictionary(
      uniqueKeysWithValues: recipe.step(batch).read().map { ($0.name, $0.value) })
    #expect((report["loss/identity"] ?? 0) > 0)
  }

  @Test("without its weight there is no identity network, whatever it is called")
  func withoutIdentity() throws {
    var system = try system()
    system.settings.removeAll { $0.field == "identity" || $0.field == "identityWeight" }
    system.settings += [("identity", "missing.safetensors"), ("identityWeight", "0")]
    var recipe = try newRecipe(TPGAN.self, system)
    let names = recipe.step(randomBatch(4, for: TPGAN.self, system)).entries.map(\.name)
    #expect(!names.contains("loss/identity") && names.contains("loss/class"))
  }

  @Test("a network that does not suit is told in a line before anything is trained")
  func unsuitable() throws {
    let grey = try system().settings.first { $0.field == "identity" }?.value ?? ""
    func problem(_ identity: String, channels: Int = 1, classes: Int = 4) -> String {
      let shape = DataShape(
        channels: channels, height: 32, width: 32, classes: classes, inputChannels: channels)
      do {
        try IdentityNetwork(identity, for: shape, on: .cpu).prepare()
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(problem(grey) == "")
    #expect(problem("digits", classes: 10) == "")
    #expect(problem("digits").contains("of 10 identities"))
    #expect(problem(grey, channels: 3).contains("for images of 1 channels"))
    #expect(problem("nowhere.safetensors").contains("identity"))
    #expect(problem("nowhere.safetensors").contains("nowhere.safetensors"))
    for text in [problem("digits"), problem(grey, channels: 3), problem("nowhere.safetensors")] {
      #expect(!text.contains("\n"))
    }
  }

  @Test("larger images are seen by the identity network at a size that it reads")
  func reducedIdentity() throws {
    let file = try system("tp-gan-colour").settings.first { $0.field == "identity" }?.value ?? ""
    func network(_ side: Int) -> IdentityNetwork {
      let shape = DataShape(
        channels: 3, height: side, width: side, classes: 4, inputChannels: 3)
      return IdentityNetwork(file, for: shape, on: .cpu)
    }
    let images = Tensor.uniform([2, 3, 64, 64], -1, 1)
    let target = Tensor.uniform([2, 3, 64, 64], -1, 1)
    let large = network(64).difference(of: images, from: target).item()
    let small = network(32).difference(
      of: images.averagePooled(2), from: target.averagePooled(2)
    ).item()
    #expect(large > 0 && abs(large - small) < 1e-5 * max(1, large))
  }

  @Test("only the hidden half is pulled")
  func symmetry() throws {
    for (half, hidden) in [("left", 16..<32), ("right", 0..<16)] {
      let config = try TPGAN.Config().setting([("visibleHalf", half)])
      let image = Tensor.uniform([2, 1, 32, 32], -1, 1).trackingGradient()
      let shown = config.visibleHalf == .left ? image : image.flipped(3)
      let gradient = gradients(of: TPGAN.asymmetry(shown), withRespectTo: [image])[0].abs()
      let pulled = gradient.narrowed(3, from: hidden.lowerBound, length: 16)
      #expect(pulled.minimum().item() > 0)
      #expect(abs(pulled.sum().item() - gradient.sum().item()) < 1e-6)
    }
  }

  @Test("a face is turned by its own landmarks, at any size")
  func translates() throws {
    let recipe = try newRecipe(TPGAN.self, system())
    let images = Tensor.uniform([2, 1, 48, 40], -1, 1).settled(.channelsLast)
    func turned(_ landmarks: Tensor?) -> Tensor {
      Randomness.isolated(seed: 3, on: .cpu) {
        evaluating { recipe.translate(images, .ab, landmarks: landmarks) }
      }
    }
    let there = turned(.full([2, 4, 2], 0.5))
    #expect(there.shape == images.shape && there.abs().maximum().item() <= 1)
    #expect(there.rawBytes == turned(.full([2, 4, 2], 0.5)).rawBytes)
    #expect(there.rawBytes != turned(.full([2, 4, 2], 0.3)).rawBytes)
    #expect(turned(nil).shape == images.shape)
  }
}
