import GANKit
import Torch
import TorchNN

extension AdversarialLoss {
  /// What a discriminator minimises that sees real and generated images in one pass: no layer of it
  /// couples the images of a batch.
  func discriminator(
    inOnePass real: Tensor, _ fake: Tensor, by judge: (Tensor) -> Tensor
  ) -> Tensor {
    let judged = inOnePass(real, fake, judge)
    return discriminator(real: judged.real, fake: judged.fake)
  }

  /// What a discriminator minimises that may have batch normalisation.
  ///
  /// - Parameter isApart: with batch normalisation, which sees real and generated images apart and
  ///   remembers the real ones.
  func discriminator(
    of network: Sequential, real: Tensor, fake: Tensor, isApart: Bool
  ) -> Tensor {
    isApart
      ? discriminator(real: network(real), fake: network.untracked(fake))
      : discriminator(inOnePass: real, fake) { network($0) }
  }
}

extension [Tensor] {
  /// The sum of tensors of one shape, of which there is one at least.
  func sum() -> Tensor { dropFirst().reduce(self[0], +) }
}
