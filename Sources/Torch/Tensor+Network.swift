import CTorch

// Functions behind the layers of TorchNN. Images are [N, C, H, W].

extension Tensor {
  /// `self · weightᵀ + bias`: `[..., in] -> [..., out]`, weight `[out, in]`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    native("linear", self, weight, bias) { ct_linear($0, $1, $2) }
  }

  /// Two-dimensional cross-correlation, weight `[out, in / groups, kH, kW]`.
  public func conv2d(
    _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1
  ) -> Tensor {
    native("conv2d", self, weight, bias) { x, w, b in
      [stride, stride, padding, padding, dilation, dilation].withInt64 { n, _ in
        ct_conv2d(x, w, b, n, n + 2, n + 4, Int64(groups))
      }
    }
  }

  /// The transpose of ``conv2d(_:bias:stride:padding:dilation:groups:)``, weight
  /// `[in, out / groups, kH, kW]`.
  public func convTranspose2d(
    _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
    outputPadding: Int = 0, groups: Int = 1
  ) -> Tensor {
    native("convTranspose2d", self, weight, bias) { x, w, b in
      [stride, stride, padding, padding, outputPadding, outputPadding].withInt64 { n, _ in
        ct_conv_transpose2d(x, w, b, n, n + 2, n + 4, Int64(groups))
      }
    }
  }

  /// The mean of every window.
  public func averagePooled(_ kernel: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    native("averagePooled", self) {
      ct_avg_pool2d($0, Int64(kernel), Int64(stride ?? kernel), Int64(padding))
    }
  }

  /// The sum of every window, beyond the border zeros.
  package func sumPooled(_ kernel: Int, stride: Int, padding: Int) -> Tensor {
    native("sumPooled", self) {
      ct_sum_pool2d($0, Int64(kernel), Int64(stride), Int64(padding))
    }
  }

  /// The largest element of every window.
  public func maxPooled(_ kernel: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    native("maxPooled", self) {
      ct_max_pool2d($0, Int64(kernel), Int64(stride ?? kernel), Int64(padding))
    }
  }

  /// Means over a grid of `height` x `width` regions.
  public func averagePooled(toHeight height: Int, width: Int) -> Tensor {
    native("averagePooled", self) { ct_adaptive_avg_pool2d($0, Int64(height), Int64(width)) }
  }

  /// Maxima over a grid of `height` x `width` regions.
  public func maxPooled(toHeight height: Int, width: Int) -> Tensor {
    native("maxPooled", self) { ct_adaptive_max_pool2d($0, Int64(height), Int64(width)) }
  }

  /// How ``resized(height:width:by:antialias:)`` finds values between pixels.
  public enum Interpolation: Sendable {
    /// The nearest pixel.
    case nearest
    /// Linear in both directions, corners not aligned.
    case bilinear
    /// Cubic in both directions, corners not aligned.
    case bicubic
  }

  /// The images at another size.
  public func resized(
    height: Int, width: Int, by method: Interpolation, antialias: Bool = false
  ) -> Tensor {
    let (h, w) = (Int64(height), Int64(width))
    return native("resized", self) {
      switch method {
      case .nearest: ct_upsample_nearest2d($0, h, w)
      case .bilinear: ct_upsample_bilinear2d($0, h, w, antialias)
      case .bicubic: ct_upsample_bicubic2d($0, h, w, antialias)
      }
    }
  }

  /// `[N, C·f², H, W] -> [N, C, H·f, W·f]` (sub-pixel convolution's rearrangement).
  public func pixelShuffled(_ factor: Int) -> Tensor {
    native("pixelShuffled", self) { ct_pixel_shuffle($0, Int64(factor)) }
  }

  /// What lies beyond an image's border.
  public enum Padding: Sendable {
    /// A fixed value.
    case constant(Double)
    /// The image mirrored, its border pixel not repeated.
    case reflection
    /// The border pixel repeated.
    case replication
  }

  /// The images with borders of the given widths.
  public func padded(
    left: Int, right: Int, top: Int, bottom: Int, with padding: Padding = .constant(0)
  ) -> Tensor {
    native("padded", self) { t in
      [left, right, top, bottom].withInt64 { widths, n in
        switch padding {
        case .constant(let value): ct_pad(t, widths, n, 0, value)
        case .reflection: ct_pad(t, widths, n, 1, 0)
        case .replication: ct_pad(t, widths, n, 2, 0)
        }
      }
    }
  }

  /// The images with a border of one width on all sides.
  public func padded(_ width: Int, with padding: Padding = .constant(0)) -> Tensor {
    padded(left: width, right: width, top: width, bottom: width, with: padding)
  }

  /// Rows of `self` `[rows, D]` listed by `indices` `[...]`: `[..., D]`.
  public func embedded(_ indices: Tensor) -> Tensor {
    native("embedded", self, indices) { ct_embedding($0, $1) }
  }
}

// MARK: - Normalisation

extension Tensor {
  /// Batch normalisation over all axes but the second. With `training`, by this batch's statistics,
  /// which also move `runningMean` and `runningVariance` by `momentum`; else by those.
  public func batchNormalized(
    scale: Tensor?, offset: Tensor?, runningMean: Tensor?, runningVariance: Tensor?, training: Bool,
    momentum: Double, epsilon: Double
  ) -> Tensor {
    batchNormalized(
      scale: scale, offset: offset, runningMean: runningMean, runningVariance: runningVariance,
      training: training, momentum: momentum, epsilon: epsilon, then: nil)
  }

  /// The same with what follows. `scale` and `offset` are `[C]`, or `[N, C]`: every image's own.
  package func batchNormalized(
    scale: Tensor?, offset: Tensor?, runningMean: Tensor?, runningVariance: Tensor?, training: Bool,
    momentum: Double, epsilon: Double, then continuation: Continuation?
  ) -> Tensor {
    if training, let pooled = PooledStatistics.current {
      return pooled.normalized(self, scale: scale, offset: offset, epsilon: epsilon)
        .continued(by: continuation)
    }
    if training, let group = ProcessGroup.current, group.synchronizesStatistics {
      return group.normalized(
        self, scale: scale, offset: offset, runningMean: runningMean,
        runningVariance: runningVariance, momentum: momentum, epsilon: epsilon
      ).continued(by: continuation)
    }
    return fusing(continuation) { fused in
      let tensors = [scale, offset, runningMean, runningVariance, fused.slopes, fused.more]
      return native("batchNormalized", self) { x in
        withOptionalPointers(tensors) {
          ct_batch_norm(
            x, $0[0], $0[1], $0[2], $0[3], training, momentum, epsilon, fused.slope, $0[4], $0[5])
        }
      }
    }
  }

  /// Normalisation of every image and channel over its pixels.
  public func instanceNormalized(scale: Tensor?, offset: Tensor?, epsilon: Double) -> Tensor {
    instanceNormalized(scale: scale, offset: offset, epsilon: epsilon, then: nil)
  }

  /// The same with what follows. `scale` and `offset` are `[C]`, or `[N, C]`: every image's own.
  package func instanceNormalized(
    scale: Tensor? = nil, offset: Tensor? = nil, epsilon: Double = 1e-5,
    then continuation: Continuation?
  ) -> Tensor {
    if let pooled = PooledStatistics.current {
      return pooled.normalized(self, scale: scale, offset: offset, epsilon: epsilon)
        .continued(by: continuation)
    }
    return fusing(continuation) { fused in
      native("instanceNormalized", self) { x in
        withOptionalPointers([scale, offset, fused.slopes, fused.more]) {
          ct_instance_norm(x, $0[0], $0[1], epsilon, fused.slope, $0[2], $0[3])
        }
      }
    }
  }

  /// A normalisation with what follows, in its own passes or by itself.
  private func fusing(
    _ continuation: Continuation?, _ normalized: (FusedContinuation) -> Tensor
  ) -> Tensor {
    if let fused = FusedContinuation(continuation) { return normalized(fused) }
    return normalized(FusedContinuation()).continued(by: continuation)
  }

  /// `self · gain / ‖self‖`, the norms over all axes but the first, which `gain` alone has.
  package func weightNormalized(_ gain: Tensor) -> Tensor {
    native("weightNormalized", self, gain) { ct_weight_norm($0, $1) }
  }

  /// Normalisation over the last axes, whose lengths are `shape`.
  public func layerNormalized(
    shape: [Int], scale: Tensor?, offset: Tensor?, epsilon: Double
  ) -> Tensor {
    native("layerNormalized", self, scale, offset) { x, w, b in
      shape.withInt64 { ct_layer_norm(x, $0, $1, w, b, epsilon) }
    }
  }

  /// Normalisation of every image over all its pixels and channels, `[N, C, H, W]` with channels innermost out.
  public func imageNormalized(epsilon: Double) -> Tensor {
    let (count, sides) = (size(0), [size(2), size(3), size(1)])
    // Numbers of an image in the order in which they lie in memory.
    let numbers = permuted(0, 2, 3, 1).reshaped(to: [count, 1, -1])
    let normalized =
      PooledStatistics.current?.normalized(numbers, scale: nil, offset: nil, epsilon: epsilon)
      ?? numbers.layerNormalized(
        shape: [numbers.size(2)], scale: nil, offset: nil, epsilon: epsilon)
    return normalized.reshaped(to: [count] + sides).permuted(0, 3, 1, 2)
  }

  /// `self / σ`, σ the largest singular value of this weight taken as a matrix with a row for each
  /// index of its first axis, by one power iteration from `direction` (Miyato et al. 2018, algorithm
  /// 1). The singular vectors are constants to the gradient, σ = uᵀWv is not.
  ///
  /// - Parameters:
  ///   - direction: u, one number for each row, of length 1.
  ///   - moves: whether `direction` is overwritten with what the iteration finds.
  package func spectrallyNormalized(_ direction: Tensor, moves: Bool) -> Tensor {
    native("spectrallyNormalized", self, direction) { ct_spectral_norm($0, $1, moves) }
  }

  /// `self · gain + offset`, both broadcast: one pass through memory less than written out.
  package func modulated(gain: Tensor, offset: Tensor) -> Tensor {
    native("modulated", self, gain, offset) { ct_modulate($0, $1, $2) }
  }
}

// MARK: - Activations

extension Tensor {
  /// max(x, 0).
  public func relu() -> Tensor {
    activated(as: native("relu", self) { ct_relu($0) }, isRectifier: true)
  }

  /// x where positive, `slope`·x elsewhere.
  public func leakyReLU(_ slope: Double = 0.2) -> Tensor {
    activated(as: native("leakyReLU", self) { ct_leaky_relu($0, slope) }, isRectifier: slope >= 0)
  }

  /// Leaky ReLU with learned slopes: one, or one per channel.
  public func prelu(_ slope: Tensor) -> Tensor { activated(as: bent(slope)) }

  /// x above `threshold`, slope·(x - threshold) + threshold below it, with one slope and threshold for
  /// each channel.
  public func prelu(_ slope: Tensor, below threshold: Tensor) -> Tensor {
    let perChannel = [threshold.count] + [Int](repeating: 1, count: rank - 2)
    let threshold = threshold.cast(to: dtype).reshaped(to: perChannel)
    return activated(as: (self - threshold).bent(slope) + threshold)
  }

  private func bent(_ slope: Tensor) -> Tensor {
    native("prelu", self, slope.cast(to: dtype)) { ct_prelu($0, $1) }
  }

  /// x where positive, `alpha`·(eˣ - 1) elsewhere.
  public func elu(_ alpha: Double = 1) -> Tensor {
    activated(as: native("elu", self) { ct_elu($0, alpha) })
  }

  /// x·Φ(x), exact.
  public func gelu() -> Tensor { activated(as: native("gelu", self) { ct_gelu($0) }) }

  /// x·sigmoid(x).
  public func silu() -> Tensor { activated(as: native("silu", self) { ct_silu($0) }) }

  /// The hyperbolic tangent.
  public func tanh() -> Tensor { native("tanh", self) { ct_tanh($0) } }

  /// 1 / (1 + e⁻ˣ).
  public func sigmoid() -> Tensor { native("sigmoid", self) { ct_sigmoid($0) } }

  /// log(1 + eˣ), without overflow.
  public func softplus() -> Tensor { native("softplus", self) { ct_softplus($0) } }

  /// log(sigmoid(x)), without overflow.
  public func logSigmoid() -> Tensor { native("logSigmoid", self) { ct_log_sigmoid($0) } }

  /// Probabilities along one axis from logits.
  public func softmax(axis: Int) -> Tensor {
    native("softmax", self) { ct_softmax($0, Int64(axis)) }
  }

  /// Log-probabilities along one axis from logits.
  public func logSoftmax(axis: Int) -> Tensor {
    native("logSoftmax", self) { ct_log_softmax($0, Int64(axis)) }
  }
}
