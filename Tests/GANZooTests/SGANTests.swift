import Foundation
import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// Systems that learn from few labels: Odena's and that of feature matching.
@Suite("Few labels", .reproducible)
struct SGANTests {
  init() { LibTorch.threads = 1 }

  private let shape = DataShape(channels: 1, height: 16, width: 16, classes: 4)
  private var run: RunShape { RunShape(data: shape) }

  private func odena(_ change: (inout SGAN.Config) -> Void = { _ in }) -> SGAN {
    var config = SGAN.Config()
    (config.generatorWidth, config.discriminatorWidth) = (4, 4)
    change(&config)
    return SGAN(config, for: run, on: .cpu)
  }

  private func matching(_ change: (inout ImprovedGAN.Config) -> Void = { _ in }) -> ImprovedGAN {
    var config = ImprovedGAN.Config()
    (config.generatorWidth, config.discriminatorWidths) = (4, [12, 8])
    change(&config)
    return ImprovedGAN(config, for: run, on: .cpu)
  }

  private func batch() -> PartlyLabeledBatch {
    func images() -> Tensor { Tensor.uniform([8, 1, 16, 16], -1, 1).contiguous(.channelsLast) }
    return PartlyLabeledBatch(
      labeled: LabeledBatch(images: images(), labels: .randomIntegers([8], below: 4)),
      images: images())
  }

  @Test("the probability of real and generated images adds up to 1")
  func probabilities() {
    let outputs = Tensor([1, 2, 3, 4, -2, 0, 0, 0, 0, 0] as [Float], shape: [2, 5])
    let p = outputs.softmax(axis: 1)
    expectClose(odena().logGenerated(outputs).exp(), p.selected(1, 4), relative: 1e-5)
    expectClose(odena().logReal(outputs).exp(), 1 - p.selected(1, 4), relative: 1e-5)
  }

  @Test("classes are told apart without noise and without the class of generated images")
  func classes() {
    func check<R: ClassifyingRecipe>(_ recipe: R) where R.Batch == PartlyLabeledBatch {
      var recipe = recipe
      _ = recipe.step(batch())
      let images = batch().images
      let (first, second) = withMode(.evaluation) {
        withoutGradients { (recipe.classify(images), recipe.classify(images)) }
      }
      #expect(first.shape == [8, 4])
      expectEqual(first, second, "noise in evaluation mode")
    }
    check(odena())
    check(matching())
  }

  @Test("without the weight of unlabelled images only labels are learned")
  func supervised() {
    func check<R: Recipe>(_ recipe: R) where R.Batch == PartlyLabeledBatch {
      var recipe = recipe
      let generator = recipe.part("generator")
      let before = (generator?.stateDictionary ?? [:]).mapValues { $0.cloned() }
      let fixed = batch()
      var losses: [Double] = []
      for _ in 0..<60 {
        let report = recipe.step(
          PartlyLabeledBatch(labeled: fixed.labeled, images: .full([8, 1, 16, 16], .nan)))
        #expect(report.entries.map(\.name) == ["loss/D"])
        losses.append(report["loss/D"]?.item() ?? .nan)
      }
      #expect(losses[59] < 0.7 * losses[0], "\(losses[0]), \(losses[59])")
      expectSameState(generator?.stateDictionary ?? [:], before)
    }
    check(odena { ($0.unlabeledWeight, $0.learningRate) = (0, 0.01) })
    check(matching { ($0.unlabeledWeight, $0.learningRate) = (0, 0.01) })
  }

  /// Salimans and Kingma 2016, section 3: without noise every hidden output has mean 0 and deviation 1
  /// before its rectifier.
  @Test("the first images settle scales and offsets")
  func settling() {
    let recipe = matching { ($0.inputNoise, $0.hiddenNoise) = (0, 0) }
    let images = Tensor.uniform([64, 1, 16, 16], -1, 1)
    recipe.discriminator.trained.settle(on: images)
    let logits = recipe.discriminator.trained.prepared()(images)
    expectClose(logits.mean(axes: [0]), .zeros([4]), absolute: 1e-4)
    expectClose(logits.variance(axes: [0], unbiased: false), .ones([4]), relative: 1e-3)
  }

  @Test("the average that classifies starts from the settled weights")
  func average() throws {
    var recipe = matching { ($0.discriminatorEma, $0.learningRate) = (0.75, 1e-12) }
    _ = recipe.step(batch())
    let trained = recipe.discriminator.trained.stateDictionary
    for (key, value) in recipe.discriminator.inUse.stateDictionary {
      expectClose(value, try #require(trained[key]), absolute: 1e-9)
    }
    let gain = try #require(trained["hidden.0.weight_g"])
    #expect((gain - 1).abs().mean().item() > 0.01, "settled")
  }

  @Test("the classifying average follows every update", arguments: [0.0, 1.0])
  func following(weight: Double) throws {
    var recipe = matching { ($0.discriminatorEma, $0.unlabeledWeight) = (0.125, weight) }
    _ = recipe.step(batch())
    let before = recipe.discriminator.inUse.parameters.map { $0.value.detached().cloned() }
    _ = recipe.step(batch())
    let players = zip(
      recipe.discriminator.inUse.parameters, recipe.discriminator.trained.parameters)
    for (old, (slow, last)) in zip(before, players) {
      expectClose(slow.value, old * 0.125 + last.value.detached() * 0.875, relative: 1e-5)
      #expect(slow.value.rawBytes != old.rawBytes)
    }
  }

  @Test("running statistics are those of real images")
  func statistics() throws {
    var recipe = odena()
    let state = recipe.discriminator.stateDictionary.mapValues { $0.cloned() }
    let fixed = batch()
    _ = recipe.step(fixed)
    // The same network sees the two real sets of the step, and nothing else.
    let other = odena()
    try other.discriminator.load(state)
    _ = withoutGradients {
      (other.discriminator(fixed.labeled.images), other.discriminator(fixed.images))
    }
    for (key, buffer) in recipe.discriminator.namedBuffers {
      expectEqual(buffer.value, try #require(other.discriminator.stateDictionary[key]), key)
    }
  }
}
