import Torch
import TorchNN

/// A module and how the inputs of its fixture enter it.
package struct Subject {
  package let module: any Module
  package let apply: ([Tensor]) -> Tensor

  package init(_ layer: some Layer) { self.init(layer) { layer($0[0]) } }

  package init(_ module: any Module, _ apply: @escaping ([Tensor]) -> Tensor) {
    (self.module, self.apply) = (module, apply)
  }
}

/// How to build the layer of every file of Tests/Fixtures/layers.
package let layerTable: [String: @Sendable () -> Subject] = [
  "linear": { Subject(Linear(5, 3)) },
  "linear-no-bias": { Subject(Linear(5, 3, bias: false)) },
  "conv2d-k3s1p1": { Subject(Conv2d(4, 6, kernel: 3, padding: 1)) },
  "conv2d-k4s2p1": { Subject(Conv2d(4, 6, kernel: 4, stride: 2, padding: 1)) },
  "conv2d-k5s2p2": { Subject(Conv2d(4, 6, kernel: 5, stride: 2, padding: 2)) },
  "conv2d-dilation": { Subject(Conv2d(4, 6, kernel: 3, padding: 2, dilation: 2)) },
  "conv2d-groups": { Subject(Conv2d(4, 6, kernel: 3, padding: 1, groups: 2)) },
  "conv2d-no-bias": { Subject(Conv2d(4, 6, kernel: 3, padding: 1, bias: false)) },
  "conv2d-1x1": { Subject(Conv2d(4, 6, kernel: 1)) },
  "conv-transpose2d-k4s2p1": { Subject(ConvTranspose2d(4, 6, kernel: 4, stride: 2, padding: 1)) },
  "conv-transpose2d-k5s2p2": {
    Subject(ConvTranspose2d(4, 6, kernel: 5, stride: 2, padding: 2, outputPadding: 1))
  },
  "conv-transpose2d-no-bias": {
    Subject(ConvTranspose2d(4, 6, kernel: 4, stride: 2, padding: 1, bias: false))
  },
  "batch-norm1d": { Subject(BatchNorm(5)) },
  "batch-norm2d": { Subject(BatchNorm(3)) },
  "batch-norm2d-momentum": { Subject(BatchNorm(3, momentum: 0.2)) },
  "batch-norm2d-no-affine": { Subject(BatchNorm(3, affine: false)) },
  "conditional-batch-norm2d": {
    let layer = ConditionalBatchNorm(3, classes: 4)
    return Subject(layer) { layer($0[0], labels: $0[1]) }
  },
  "instance-norm2d": { Subject(InstanceNorm2d(3)) },
  "instance-norm2d-affine": { Subject(InstanceNorm2d(3, affine: true)) },
  "layer-norm-images": { Subject(LayerNorm([3, 4, 4])) },
  "image-layer-norm": { Subject(ImageLayerNorm(3)) },
  "layer-norm-last": { Subject(LayerNorm([6])) },
  "pixel-norm": { Subject(PixelNorm()) },
  "minibatch-standard-deviation": { Subject(MinibatchDeviation()) },
  "leaky-relu": { Subject(LeakyReLU(0.2)) },
  "relu": { Subject(ReLU()) },
  "tanh": { Subject(Tanh()) },
  "sigmoid": { Subject(Sigmoid()) },
  "softplus": { Subject(Softplus()) },
  "gelu": { Subject(GELU()) },
  "silu": { Subject(SiLU()) },
  "elu": { Subject(ELU()) },
  "signed-sigmoid": { Subject(Lambda { 2 * $0.sigmoid() - 1 }) },
  "prelu": { Subject(PReLU()) },
  "prelu-channels": { Subject(PReLU(4)) },
  "tprelu": { Subject(TPReLU(4)) },
  "tprelu-vectors": { Subject(TPReLU(4)) },
  "maxout": { Subject(Maxout(6, 4, pieces: 3)) },
  "reflection-pad2d": { unevenPadding(.reflection) },
  "zero-pad2d": { unevenPadding(.constant(0)) },
  "replication-pad2d": { unevenPadding(.replication) },
  "pixel-shuffle": { Subject(PixelShuffle(2)) },
  "avg-pool2d": { Subject(AvgPool2d()) },
  "max-pool2d": { Subject(MaxPool2d()) },
  "adaptive-avg-pool2d": { Subject(Lambda { $0.averagePooled(toHeight: 1, width: 1) }) },
  "upsample-nearest": { Subject(Upsample()) },
  "upsample-bilinear": { Subject(Upsample(by: .bilinear)) },
  "embedding": { Subject(Embedding(5, 3)) },
  "dropout": { Subject(Dropout()) },
  "dropout-rate": { Subject(Dropout(0.2)) },
  "dropout2d": { Subject(Dropout2d(0.25)) },
  "spectral-norm-linear": { Subject(SpectralLinear(5, 3)) },
  "spectral-norm-conv2d": { Subject(SpectralConv2d(4, 6, kernel: 3, padding: 1)) },
  "weight-norm-linear": { Subject(WeightNormLinear(5, 3)) },
  "weight-norm-conv2d": { Subject(WeightNormConv2d(4, 6, kernel: 3, padding: 1)) },
  "strict-weight-norm-linear": {
    Subject(WeightNormLinear(5, 3, bias: false, gain: .none, epsilon: 1e-6))
  },
  "affine-weight-norm-linear": { Subject(WeightNormLinear(5, 3, gain: .one, epsilon: 1e-6)) },
  "strict-weight-norm-conv2d": { strictConv2d(bias: false, gain: .none) },
  "affine-weight-norm-conv2d": { strictConv2d(bias: true, gain: .one) },
  "strict-weight-norm-conv-transpose2d": { strictConvTranspose2d(bias: false, gain: .none) },
  "affine-weight-norm-conv-transpose2d": { strictConvTranspose2d(bias: true, gain: .one) },
  "equalised-linear": { Subject(EqualizedLinear(5, 3)) },
  "equalised-conv2d": { Subject(EqualizedConv2d(4, 6, kernel: 3, padding: 1)) },
  "self-attention": { Subject(SelfAttention(16)) },
  "generator-block-up": { Subject(UpBlock(16, 4)) },
  "critic-block-down": { Subject(DownBlock(16, 8)) },
  "critic-block-plain": { Subject(PlainBlock(16)) },
  "critic-block-first": { Subject(FirstDownBlock(16, 4)) },
  "upsample-conv2d": { Subject(UpsampleConv2d(16, 3)) },
  "conv-pool2d": { Subject(ConvPool2d(16, 3)) },
]

/// The layers pad all sides alike; the fixtures tell the sides apart.
private func unevenPadding(_ padding: Tensor.Padding) -> Subject {
  Subject(Lambda { $0.padded(left: 2, right: 1, top: 3, bottom: 1, with: padding) })
}

private func strictConv2d(bias: Bool, gain: WeightNormGain) -> Subject {
  Subject(
    WeightNormConv2d(
      4, 6, kernel: 4, stride: 2, padding: 1, bias: bias, gain: gain, epsilon: 1e-6))
}

private func strictConvTranspose2d(bias: Bool, gain: WeightNormGain) -> Subject {
  Subject(
    WeightNormConvTranspose2d(
      4, 6, kernel: 4, stride: 2, padding: 1, bias: bias, gain: gain, epsilon: 1e-6))
}
