import GANKit
import Torch
import TorchNN

/// What translators have in common whose two discriminators, one for each domain, are shown former outputs
/// as well (Zhu et al. 2017, section 4).
protocol PooledDiscriminators: TranslatingRecipe {
  var discriminatorA: Sequential { get }
  var discriminatorB: Sequential { get }
  var poolA: ImagePool { get }
  var poolB: ImagePool { get }
  var discriminatorAOptimizer: Adam { get }
  var discriminatorBOptimizer: Adam { get }
  var loss: AdversarialLoss { get }

  /// What a discriminator minimises.
  func discriminatorLoss(_ discriminator: Sequential, real: Tensor, fake: Tensor) -> Tensor
}

extension PooledDiscriminators {
  func discriminatorLoss(_ discriminator: Sequential, real: Tensor, fake: Tensor) -> Tensor {
    loss.discriminator(inOnePass: real, fake) { discriminator($0) }
  }

  /// One update of each discriminator on the images of its domain, real and generated ones.
  func updateDiscriminators(
    a: (real: Tensor, fake: Tensor), b: (real: Tensor, fake: Tensor), _ report: inout StepReport
  ) {
    report["loss/D_A"] = discriminatorAOptimizer.minimize(
      discriminatorLoss(discriminatorA, real: a.real, fake: poolA.exchange(a.fake)))
    report["loss/D_B"] = discriminatorBOptimizer.minimize(
      discriminatorLoss(discriminatorB, real: b.real, fake: poolB.exchange(b.fake)))
  }

  /// What generators minimise for both discriminators, without the halves of Mao et al., as CycleGAN's
  /// authors have it.
  func fooled(a: Tensor, b: Tensor) -> Tensor {
    2 * (loss.generator(fake: discriminatorB(b)) + loss.generator(fake: discriminatorA(a)))
  }
}

extension SettingRule<Int> {
  /// `poolSize` of both pools.
  static var poolSize: Self { count("former outputs kept; 0 shows the last", in: 0...10_000) }
}
