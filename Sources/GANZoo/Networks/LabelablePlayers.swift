import GANKit
import Torch
import TorchNN

/// What systems have in common whose players may both be told classes, learn by hinges, and whose
/// discriminator sees real and generated images in one pass (Miyato and Koyama 2018, Zhang et al. 2019).
protocol LabelablePlayers: GenerativeRecipe {
  associatedtype Generator: LabelableLayer
  associatedtype Discriminator: LabelableLayer
  var generator: Averaged<Generator> { get }
  var discriminator: Discriminator { get }
  var generatorOptimizer: Adam { get }
  var discriminatorOptimizer: Adam { get }
}

extension LabelablePlayers {
  /// Images of fresh noise and, where the networks are conditional, of uniform classes.
  func draw(like real: Tensor) -> (images: Tensor, labels: Tensor?) {
    let (latent, labels) = prior.sample(like: real, classes: classCount)
    return (generator.trained(latent, labels: labels), labels)
  }

  /// One update of the discriminator: its loss.
  func updateDiscriminator(
    _ batch: MaybeLabeledBatch, _ fake: (images: Tensor, labels: Tensor?)
  ) -> Tensor {
    let labels = fake.labels.map { Tensor.concatenated([required(batch.labels), $0]) }
    return discriminatorOptimizer.minimize(
      AdversarialLoss.hinge.discriminator(inOnePass: batch.images, fake.images) {
        discriminator($0, labels: labels)
      })
  }

  /// One update of the generator, whose images are judged so: its loss.
  func updateGenerator(judged: Tensor) -> Tensor {
    let loss = generatorOptimizer.minimize(AdversarialLoss.hinge.generator(fake: judged))
    generator.update()
    return loss
  }

  /// `[N, latent]` and, where conditional, labels `[N]` -> `[N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    generator.inUse(latent, labels: labels)
  }
}

extension LatentPrior {
  /// Noise `[N, dimension]` for as many images as `batch` has, and for so many classes, 0 being none, uniform
  /// ones `[N]`.
  func sample(like batch: Tensor, classes: Int) -> (latent: Tensor, labels: Tensor?) {
    let latent = sample(like: batch)
    guard classes > 0 else { return (latent, nil) }
    return (latent, .randomIntegers([batch.size(0)], below: classes, on: batch.device))
  }
}
