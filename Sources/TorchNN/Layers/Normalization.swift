import Torch

/// Batch normalisation over all axes but the second (Ioffe and Szegedy 2015): `[N, C]` or
/// `[N, C, H, W]`, same shape out. PyTorch's BatchNorm1d and BatchNorm2d in one.
public struct BatchNorm: Layer, NormalizationLayer {
  /// The gain `[C]`, initially 1.
  public let weight: Parameter?
  /// The offset `[C]`, initially 0.
  public let bias: Parameter?
  let runningMean: Buffer
  let runningVar: Buffer
  let numBatchesTracked: Buffer
  private let momentum: Double
  private let epsilon: Double

  /// A layer for `channels`.
  ///
  /// - Parameters:
  ///   - epsilon: added to the variance.
  ///   - momentum: the weight of a new batch in the running statistics.
  ///   - affine: whether gain and offset are learned.
  ///   - gain: whether the gain of an affine layer is learned; without it there is an offset alone.
  public init(
    _ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, affine: Bool = true,
    gain: Bool = true
  ) {
    weight = affine && gain ? Parameter(.ones([channels])) : nil
    bias = affine ? Parameter(.zeros([channels])) : nil
    runningMean = Buffer(.zeros([channels]))
    runningVar = Buffer(.ones([channels]))
    numBatchesTracked = Buffer(.zeros([], dtype: .int64), staysOnProcessor: true)
    (self.momentum, self.epsilon) = (momentum, epsilon)
  }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor { self(input, then: nil) }

  package func callAsFunction(
    _ input: Tensor, then continuation: Continuation?
  ) -> Tensor { normalized(input, scale: weight?.value, offset: bias?.value, then: continuation) }

  /// With gain and offset from elsewhere.
  fileprivate func normalized(
    _ input: Tensor, scale: Tensor?, offset: Tensor?, then continuation: Continuation?
  ) -> Tensor {
    let training = Mode.current == .training
    let tracks = Tracking.isOn
    if !training, OwnStatistics.isOn {
      return input.instanceNormalized(
        scale: scale, offset: offset, epsilon: epsilon, then: continuation)
    }
    if training {
      precondition(
        input.count > input.size(1), "BatchNorm in training needs several values per channel")
      if tracks { countBatch() }
    }
    return input.batchNormalized(
      scale: scale, offset: offset, runningMean: tracks || !training ? runningMean.value : nil,
      runningVariance: tracks || !training ? runningVar.value : nil, training: training,
      momentum: momentum, epsilon: epsilon, then: continuation)
  }

  private func countBatch() {
    StepRecorder.count { [numBatchesTracked] in InPlace.increment(numBatchesTracked.value) }
  }
}

/// PyTorch's name for ``BatchNorm`` over `[N, C]`.
public typealias BatchNorm1d = BatchNorm

/// PyTorch's name for ``BatchNorm`` over `[N, C, H, W]`.
public typealias BatchNorm2d = BatchNorm

/// Batch normalisation whose gain and offset depend on a label (Dumoulin et al. 2017):
/// `[N, C, H, W]` and labels `[N]`, same shape out.
public struct ConditionalBatchNorm: ConditionalLayer {
  private let norm: BatchNorm
  private let gain: Embedding
  private let bias: Embedding

  /// Gains start at 1, offsets at 0.
  public init(_ channels: Int, classes: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) {
    norm = BatchNorm(channels, epsilon: epsilon, momentum: momentum, affine: false)
    gain = Embedding(classes, channels, weights: .constant(1))
    bias = Embedding(classes, channels, weights: .constant(0))
  }

  /// Same shape as `input`.
  public func callAsFunction(_ input: Tensor, labels: Tensor) -> Tensor {
    self(input, labels: labels, then: nil)
  }

  func callAsFunction(
    _ input: Tensor, labels: Tensor, then continuation: Continuation?
  ) -> Tensor {
    norm.normalized(input, scale: gain(labels), offset: bias(labels), then: continuation)
  }
}

/// Normalisation of every image and channel over its pixels (Ulyanov et al. 2016):
/// `[N, C, H, W]`, same shape out. No running statistics.
public struct InstanceNorm2d: Layer, NormalizationLayer {
  /// The gain `[C]`, initially 1.
  public let weight: Parameter?
  /// The offset `[C]`, initially 0.
  public let bias: Parameter?
  private let epsilon: Double

  /// A layer for `channels`; PyTorch's default has no gain and offset.
  public init(_ channels: Int, epsilon: Double = 1e-5, affine: Bool = false) {
    weight = affine ? Parameter(.ones([channels])) : nil
    bias = affine ? Parameter(.zeros([channels])) : nil
    self.epsilon = epsilon
  }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor { self(input, then: nil) }

  package func callAsFunction(
    _ input: Tensor, then continuation: Continuation?
  ) -> Tensor {
    input.instanceNormalized(
      scale: weight?.value, offset: bias?.value, epsilon: epsilon, then: continuation)
  }
}

/// Normalisation over the last axes (Ba et al. 2016): same shape out.
public struct LayerNorm: Layer, NormalizationLayer {
  /// The gain, initially 1.
  public let weight: Parameter?
  /// The offset, initially 0.
  public let bias: Parameter?
  private let shape: [Int]
  private let epsilon: Double

  /// Normalises over the last axes, whose lengths are `shape`.
  public init(_ shape: [Int], epsilon: Double = 1e-5, affine: Bool = true) {
    weight = affine ? Parameter(.ones(shape)) : nil
    bias = affine ? Parameter(.zeros(shape)) : nil
    (self.shape, self.epsilon) = (shape, epsilon)
  }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.layerNormalized(
      shape: shape, scale: weight?.value, offset: bias?.value, epsilon: epsilon)
  }
}

/// Layer normalisation of images: every one over all its pixels and channels, with a gain and an offset for each
/// channel, `[N, C, H, W]`, same shape out. PyTorch's GroupNorm of one group.
public struct ImageLayerNorm: Layer, NormalizationLayer {
  /// The gain `[C]`, initially 1.
  public let weight: Parameter?
  /// The offset `[C]`, initially 0.
  public let bias: Parameter?
  private let epsilon: Double

  /// A layer for `channels`, with gain and offset unless `affine` says otherwise.
  public init(_ channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
    weight = affine ? Parameter(.ones([channels])) : nil
    bias = affine ? Parameter(.zeros([channels])) : nil
    self.epsilon = epsilon
  }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    let normalized = input.imageNormalized(epsilon: epsilon)
    guard let weight, let bias else { return normalized }
    return normalized.modulated(
      gain: weight.value.reshaped(to: [-1, 1, 1]), offset: bias.value.reshaped(to: [-1, 1, 1]))
  }
}

/// Every pixel's vector of channels divided by its root mean square (Karras et al. 2018, section
/// 4.2), which is taken in float32: same shape out.
public struct PixelNorm: Layer {
  private let epsilon: Double

  /// The layer.
  public init(epsilon: Double = 1e-8) { self.epsilon = epsilon }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    let meanSquare = input.atLeastFloat32().squared().mean(axes: [1], keepingDimensions: true)
    return input * (meanSquare + epsilon).reciprocalSqrt().cast(to: input.dtype)
  }
}

/// The standard deviation over groups of images as one more channel (Karras et al. 2018, section
/// 3): `[N, C, H, W] -> [N, C + 1, H, W]`.
public struct MinibatchDeviation: Layer {
  private let groupSize: Int

  /// Groups of `groupSize` images; the whole batch where that does not divide it.
  public init(groupSize: Int = 4) { self.groupSize = groupSize }

  /// `[N, C, H, W] -> [N, C + 1, H, W]`.
  ///
  /// - Parameter sets: how many minibatches of equal size lie one behind the other in `input`; no
  ///   group has images of two of them.
  public func callAsFunction(_ input: Tensor, sets: Int) -> Tensor {
    let (count, shape) = (input.size(0) / sets, Array(input.shape.dropFirst()))
    let group = count % groupSize == 0 ? groupSize : count
    let groups = input.atLeastFloat32().reshaped(to: [sets, group, count / group] + shape)
    let deviation = (groups.variance(axes: [1], unbiased: false) + 1e-8).sqrt()
    let mean = deviation.mean(axes: [2, 3, 4], keepingDimensions: true)
    let statistic = mean.reshaped(to: [sets, 1, count / group, 1, 1, 1])
    let map = statistic.cast(to: input.dtype)
      .expanded(to: [sets, group, count / group, 1, shape[1], shape[2]])
    return .concatenated([input, map.reshaped(to: [-1, 1, shape[1], shape[2]])], axis: 1)
  }

  /// `[N, C, H, W] -> [N, C + 1, H, W]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { self(input, sets: 1) }
}
