import CTorch

/// How a loss over many elements becomes one tensor.
public enum Reduction: Int32, Sendable {
  /// The element-wise losses.
  case none = 0
  /// Their mean, a scalar.
  case mean = 1
  /// Their sum, a scalar.
  case sum = 2
}

// Predictions that come out of an autocast in 16 bits are compared in float32.

/// LibTorch would broadcast, and `[N]` against `[N, 1]` would quietly compare all pairs.
private func requireEqualShapes(_ operation: StaticString, _ a: Tensor, _ b: Tensor) {
  precondition(a.shape == b.shape, "\(operation)(\(a.shape), \(b.shape)): shapes differ")
}

/// The squared difference of tensors of one shape.
public func meanSquaredError(
  _ prediction: Tensor, _ target: Tensor, reduction: Reduction = .mean
) -> Tensor {
  requireEqualShapes("meanSquaredError", prediction, target)
  return native("meanSquaredError", prediction.atLeastFloat32(), target.atLeastFloat32()) {
    ct_mse_loss($0, $1, reduction.rawValue)
  }
}

/// The absolute difference (L1) of tensors of one shape.
public func absoluteError(
  _ prediction: Tensor, _ target: Tensor, reduction: Reduction = .mean
) -> Tensor {
  requireEqualShapes("absoluteError", prediction, target)
  return native("absoluteError", prediction.atLeastFloat32(), target.atLeastFloat32()) {
    ct_l1_loss($0, $1, reduction.rawValue)
  }
}

/// Quadratic below a difference of `beta`, linear above (Huber's, divided by `beta`);
/// tensors of one shape.
public func smoothAbsoluteError(
  _ prediction: Tensor, _ target: Tensor, beta: Double = 1, reduction: Reduction = .mean
) -> Tensor {
  requireEqualShapes("smoothAbsoluteError", prediction, target)
  return native("smoothAbsoluteError", prediction.atLeastFloat32(), target.atLeastFloat32()) {
    ct_smooth_l1_loss($0, $1, reduction.rawValue, beta)
  }
}

/// Binary cross-entropy of `logits` against target probabilities of the same shape.
public func binaryCrossEntropy(
  logits: Tensor, targets: Tensor, reduction: Reduction = .mean
) -> Tensor {
  requireEqualShapes("binaryCrossEntropy", logits, targets)
  return native("binaryCrossEntropy", logits.atLeastFloat32(), targets.atLeastFloat32()) {
    ct_bce_with_logits($0, $1, reduction.rawValue)
  }
}

/// Cross-entropy of `logits` `[N, K, ...]` against class indices `labels` `[N, ...]` (`int64`).
public func crossEntropy(
  logits: Tensor, labels: Tensor, labelSmoothing: Double = 0, reduction: Reduction = .mean
) -> Tensor {
  native("crossEntropy", logits.atLeastFloat32(), labels) {
    ct_cross_entropy($0, $1, reduction.rawValue, labelSmoothing)
  }
}

/// The divergence from N(mean, exp(logVariance)) to N(0, 1), summed over the last axis and averaged
/// over the rest: `[N, D], [N, D] -> []` (Kingma and Welling 2014, appendix B).
public func gaussianDivergence(mean: Tensor, logVariance: Tensor) -> Tensor {
  let (mean, logVariance) = (mean.atLeastFloat32(), logVariance.atLeastFloat32())
  return (0.5 * (mean.squared() + logVariance.exp() - 1 - logVariance)).sum(axes: [-1]).mean()
}
