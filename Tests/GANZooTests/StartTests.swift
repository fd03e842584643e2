import Foundation
import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// Initial values, rates and priors, which the goldens replace by their own.
@Suite("How systems start", .reproducible)
struct StartTests {
  private let shape = DataShape(channels: 3, height: 16, width: 16, classes: 4)

  /// The spread of a parameter that is uniform around 0, as the bound of its distribution.
  private func bound(_ values: Tensor) -> Double { values.detached().abs().maximum().item() }

  private func deviation(_ values: Tensor, around mean: Double = 0) -> Double {
    (values.detached() - mean).squared().mean().item().squareRoot()
  }

  @Test("DCGAN draws weights from N(0, 0.02) and gains from N(1, 0.02)")
  func dcgan() {
    var config = DCGAN.Config()
    (config.generatorWidth, config.discriminatorWidth) = (64, 64)
    let recipe = DCGAN(config, for: RunShape(data: shape), on: .cpu)
    for (key, parameter) in recipe.namedParameters {
      let value = parameter.value
      let isGain = value.rank == 1 && key.hasSuffix("weight")
      if key.hasSuffix("bias") {
        #expect(bound(value) == 0, "\(key)")
      } else {
        let found = deviation(value, around: isGain ? 1 : 0)
        #expect(abs(found - 0.02) < (isGain ? 0.006 : 0.001), "\(key): \(found)")
      }
    }
    #expect(recipe.prior == .uniform(100, low: -1, high: 1))
    #expect(recipe.generatorOptimizer.schedule == .constant(2e-4))
  }

  @Test("the networks of 2014 start uniform, narrower in the discriminator")
  func maxout() {
    let gan = GAN(.with { $0.architecture = .maxout }, for: RunShape(data: shape), on: .cpu)
    let cgan = CGAN(.with { $0.architecture = .maxout }, for: RunShape(data: shape), on: .cpu)
    for (key, parameter) in gan.namedParameters + cgan.namedParameters {
      let expected = key.hasPrefix("generator.") ? 0.05 : 0.005
      let found = bound(parameter.value)
      if key.hasSuffix("bias") {
        #expect(found == 0, "\(key)")
      } else {
        #expect(found <= expected * 1.0001 && found > 0.97 * expected, "\(key): \(found)")
      }
    }
    #expect(cgan.prior == .uniform(100, low: 0, high: 1))
    let variance = deviation(gan.prior.sample(4000, on: .cpu))
    #expect(abs(variance - 1) < 0.01)
  }

  @Test("their rates fall at every update, by the papers' factors")
  func rates() {
    func rates(_ optimizer: any Optimizer) -> [Double] {
      [0, 1, 10_000_000].map(optimizer.schedule.rate(after:)).map { ($0 * 1e9).rounded() }
    }
    func expected(_ rate: Double, _ factor: Double) -> [Double] {
      [rate, rate / factor, 1e-6].map { ($0 * 1e9).rounded() }
    }
    let gan = GAN(.with { $0.architecture = .maxout }, for: RunShape(data: shape), on: .cpu)
    #expect(rates(gan.generatorOptimizer) == expected(0.1, 1.000004))
    // The authors take half the discriminator's loss.
    #expect(rates(gan.discriminatorOptimizer) == expected(0.05, 1.000004))
    let cgan = CGAN(.with { $0.architecture = .maxout }, for: RunShape(data: shape), on: .cpu)
    for optimizer in [cgan.generatorOptimizer, cgan.discriminatorOptimizer] {
      #expect(rates(optimizer) == expected(0.1, 1.00004))
    }
  }

  @Test("the residual networks start by Glorot's rule, their inner kernels √2 wider")
  func residual() {
    var config = WGANGP.Config.with { $0.architecture = .resnet }
    config.width = 32
    let recipe = WGANGP(config, for: RunShape(data: shape), on: .cpu)
    var spectral = SNGAN.Config.with { $0.architecture = .resnet }
    (spectral.generatorWidth, spectral.discriminatorWidth) = (32, 32)
    let normalized = SNGAN(spectral, for: RunShape(data: shape), on: .cpu)
    let parameters = recipe.namedParameters + normalized.namedParameters
    for (key, parameter) in parameters where parameter.value.rank > 1 {
      let shape = parameter.value.shape
      let fans = Double(shape[0] + shape[1]) * Double(shape.dropFirst(2).reduce(1, *))
      let isInner = key.contains("conv")
      let expected = (6 / fans).squareRoot() * (isInner ? 2.0.squareRoot() : 1)
      let found = bound(parameter.value)
      #expect(
        found <= expected * 1.0001 && found > 0.85 * expected, "\(key): \(found), \(expected)")
    }
    for (key, parameter) in parameters where key.hasSuffix("bias") {
      #expect(bound(parameter.value) == 0, "\(key)")
    }
  }

  @Test("WGAN's convolutional networks start as DCGAN's, SN-GAN's standard ones likewise")
  func narrow() {
    var (wgan, cnn) = (WGAN.Config(), SNGAN.Config.with { $0.architecture = .cnn })
    (wgan.width, cnn.generatorWidth, cnn.discriminatorWidth) = (64, 64, 64)
    let recipes: [any GenerativeRecipe] = [
      WGAN(wgan, for: RunShape(data: shape), on: .cpu),
      SNGAN(cnn, for: RunShape(data: shape), on: .cpu),
    ]
    for recipe in recipes {
      for (key, parameter) in recipe.namedParameters {
        let value = parameter.value
        if key.hasSuffix("bias") {
          #expect(bound(value) == 0, "\(key)")
        } else if value.rank > 1 {
          let found = deviation(value)
          #expect(abs(found - 0.02) < 0.0015, "\(key): \(found)")
        }
      }
    }
    #expect(recipes[0].prior == .normal(100) && recipes[1].prior == .normal(128))
  }

  @Test("both rates of the residual networks end with the run")
  func decay() {
    // Five critic updates for each of the generator's.
    let run = RunShape(data: shape, steps: 500_000)
    var config = WGANGP.Config.with { $0.architecture = .resnet }
    config.width = 4
    let recipe = WGANGP(config, for: run, on: .cpu)
    let (generator, critic) = (
      recipe.generatorOptimizer.schedule, recipe.discriminatorOptimizer.schedule
    )
    #expect([0, 50_000, 100_000].map(generator.rate(after:)) == [2e-4, 1e-4, 0])
    #expect([0, 250_000, 500_000].map(critic.rate(after:)) == [2e-4, 1e-4, 0])
    let plain = WGANGP(.init(), for: run, on: .cpu)
    #expect(plain.generatorOptimizer.schedule == .constant(1e-4))
    #expect(plain.discriminatorOptimizer.schedule == .constant(1e-4))
    var residual = SNGAN.Config.with { $0.architecture = .resnet }
    (residual.generatorWidth, residual.discriminatorWidth) = (4, 4)
    let normalized = SNGAN(residual, for: run, on: .cpu)
    let rates = [
      normalized.generatorOptimizer.schedule.rate(after: 50_000),
      normalized.discriminatorOptimizer.schedule.rate(after: 250_000),
    ]
    #expect(rates == [1e-4, 1e-4])
  }

  @Test("CycleGAN's rate is constant for the first half of the run")
  func cycleRate() {
    var config = CycleGAN.Config()
    (config.generatorWidth, config.discriminatorWidth, config.blocks) = (2, 2, 1)
    let data = DataShape(channels: 3, height: 32, width: 32, inputChannels: 3)
    let recipe = CycleGAN(config, for: RunShape(data: data, steps: 1000), on: .cpu)
    let rates = [0, 500, 750, 1000].map(recipe.generatorOptimizer.schedule.rate(after:))
    #expect(rates == [2e-4, 2e-4, 1e-4, 0])
  }

  @Test("networks for points start by He's rule, their last layers by Glorot's")
  func toy() {
    let points = RunShape(data: DataShape(channels: 2, height: 1, width: 1))
    let discriminators = [
      WGANGP(.with { $0.architecture = .toy }, for: points, on: .cpu).discriminator.namedParameters,
      DRAGAN(.with { $0.architecture = .toy }, for: points, on: .cpu).discriminator.namedParameters,
    ]
    for (key, parameter) in discriminators.joined() {
      let shape = parameter.value.shape
      if shape.count == 1 {
        #expect(bound(parameter.value) == 0, "\(key)")
        continue
      }
      let isLast = shape[0] == 1
      let expected = (6 / Double(isLast ? shape[0] + shape[1] : shape[1])).squareRoot()
      let found = bound(parameter.value)
      #expect(found <= expected * 1.0001 && found > 0.9 * expected, "\(key): \(found)")
    }
  }

  @Test("the weight-normalised generator starts with small weights, its last gains at 1")
  func weightNormalized() {
    let recipe = WeightNormGAN(.init(), for: RunShape(data: shape), on: .cpu)
    let state = recipe.generator.trained.stateDictionary
    let bounds = ["0.weight_v": 0.01 / 128.0.squareRoot(), "3.weight_v": 1 / 2048.0.squareRoot()]
    for (key, expected) in bounds {
      let found = state[key].map(bound) ?? 0
      #expect(found <= expected * 1.0001 && found > 0.98 * expected, "\(key): \(found)")
    }
    #expect(state["5.weight_g"]?.floats == [1, 1, 1] && state["5.bias"]?.floats == [0, 0, 0])
    #expect(state.keys.filter { $0.hasSuffix("weight_g") || $0.hasSuffix("bias") }.count == 2)
    #expect(recipe.prior == .normal(128))
    #expect(recipe.generatorOptimizer.schedule == .constant(1e-4))
  }

  @Test("batch normalisation leaves the discriminator's first layer and the last ones out")
  func placesOfNormalization() {
    func recipe(_ normalization: WeightNormGAN.Normalization) -> WeightNormGAN {
      WeightNormGAN(
        .with { ($0.normalization, $0.width) = (normalization, 4) }, for: RunShape(data: shape),
        on: .cpu)
    }
    func kinds(_ network: Sequential) -> [String] {
      network.layers.map { "\(type(of: $0))" }.filter { !$0.hasSuffix("latten") && $0 != "Lambda" }
    }
    #expect(
      kinds(recipe(.batch).discriminator) == [
        "Conv2d", "PReLU", "Conv2d", "BatchNorm", "PReLU", "Linear",
      ])
    #expect(
      kinds(recipe(.batch).generator.trained) == [
        "Linear", "BatchNorm", "PReLU", "ConvTranspose2d", "BatchNorm", "PReLU", "ConvTranspose2d",
        "SignedSigmoid",
      ])
    #expect(
      kinds(recipe(.weight).discriminator) == [
        "WeightNormConv2d", "TPReLU", "WeightNormConv2d", "TPReLU", "WeightNormLinear",
      ])
    #expect(
      kinds(recipe(.none).discriminator) == ["Conv2d", "PReLU", "Conv2d", "PReLU", "Linear"])
  }
}
