import Torch
import TorchNN

// Layers of networks whose weights are always read from a file: they start as zeros, because
// drawing 140 million numbers takes seconds and would move a training run's generator.

/// A convolution with a kernel of any shape.
struct FrozenConv: Layer {
  let weight: Parameter
  let bias: Parameter?
  private let stride: Int
  private let padding: (height: Int, width: Int)

  init(
    _ inputs: Int, _ outputs: Int, kernel: (height: Int, width: Int), stride: Int = 1,
    padding: (height: Int, width: Int) = (0, 0), bias: Bool
  ) {
    weight = Parameter(.zeros([outputs, inputs, kernel.height, kernel.width]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    (self.stride, self.padding) = (stride, padding)
  }

  var children: [(name: String, node: ModuleNode)] {
    [("weight", .parameter(weight))] + (bias.map { [("bias", .parameter($0))] } ?? [])
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    input.conv2d(
      weight.value, bias: bias?.value, stride: stride, paddingHeight: padding.height,
      paddingWidth: padding.width)
  }
}

/// An affine map `[N, in] -> [N, out]`.
struct FrozenLinear: Layer {
  let weight: Parameter
  let bias: Parameter

  init(_ inputs: Int, _ outputs: Int) {
    weight = Parameter(.zeros([outputs, inputs]))
    bias = Parameter(.zeros([outputs]))
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    input.linear(weight.value, bias: bias.value)
  }
}

/// Batch normalisation by given statistics.
struct FrozenNorm: Layer {
  let weight: Parameter
  let bias: Parameter
  let runningMean: Buffer
  let runningVar: Buffer
  private let epsilon: Double

  init(_ channels: Int, epsilon: Double) {
    (weight, bias) = (Parameter(.ones([channels])), Parameter(.zeros([channels])))
    (runningMean, runningVar) = (Buffer(.zeros([channels])), Buffer(.ones([channels])))
    self.epsilon = epsilon
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    input.batchNormalized(
      scale: weight.value, offset: bias.value, runningMean: runningMean.value,
      runningVariance: runningVar.value, training: false, momentum: 0, epsilon: epsilon)
  }
}

/// Builds a network whose random weights are about to be replaced, and leaves the generator where it
/// was: evaluating in the middle of a run must not change the run.
func withoutDraws<Network>(_ build: () -> Network) -> Network {
  let state = Randomness.state(of: .cpu)
  let network = build()
  // A state of this very generator always fits.
  try? Randomness.restore(state, of: .cpu)
  return network
}
