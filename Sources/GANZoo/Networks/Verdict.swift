import GANKit
import Torch

/// What the outputs `[N, 1 + classes]` of a discriminator with an auxiliary classifier say of images
/// (Odena et al. 2016).
struct Verdict {
  private let outputs: Tensor

  init(_ outputs: Tensor) { self.outputs = outputs }

  /// Logits of "real", `[N]`.
  var source: Tensor { outputs.selected(1, 0) }

  /// Logits of the classes, `[N, classes]`.
  var classes: Tensor { outputs.narrowed(1, from: 1, length: outputs.size(1) - 1) }

  /// Minus the mean log-likelihood of the right classes `[N]` (equation 3).
  func classLoss(_ labels: Tensor) -> Tensor { crossEntropy(logits: classes, labels: labels) }
}
