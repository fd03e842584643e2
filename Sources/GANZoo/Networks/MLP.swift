import GANKit
import Torch
import TorchNN

/// The two sets of networks of the fully connected systems.
public enum MLPArchitecture: String, ConfigChoice {
  /// LeakyReLU, batch normalisation in the generator, Adam: what is used today.
  case mlp
  /// The networks and the gradient descent of 2014: maxout discriminator with dropout.
  case maxout

  /// How these networks are trained where nobody says otherwise.
  var run: RunDefaults {
    self == .maxout ? RunDefaults(size: 32, batchSize: 100, steps: 150_000) : RunDefaults(size: 32)
  }
}

extension SettingRule<MLPArchitecture> {
  /// `architecture` of the fully connected systems.
  static var mlpArchitecture: Self { choice("mlp (today's) or maxout (the networks of 2014)") }
}

extension SettingRule<Double> {
  /// `learningRate` of the fully connected systems.
  static var mlpRate: Self { rate("rate of Adam (mlp) or of gradient descent (maxout)") }

  /// One-sided label smoothing (Salimans et al. 2016, section 3.4).
  static var realLabel: Self {
    Self(
      "the discriminator's target for real images; below 1 smooths",
      expected: "a number above 0.5, at most 1", scope: .step
    ) { $0 > 0.5 && $0 <= 1 }
  }
}

/// The hidden layers that GAN tutorials have settled on.
let mlpWidths = (generator: [128, 256, 512, 1024], discriminator: [512, 256])

/// The fully connected generator that GAN tutorials have settled on: LeakyReLU(0.2), batch
/// normalisation on all but the first hidden layer, tanh.
///
/// - Parameter widths: the hidden layers, from the input on.
/// - Returns: `[N, inputs] -> [N, C, H, W]` in [-1, 1].
func mlpGenerator(inputs: Int, widths: [Int], shape: [Int]) -> Sequential {
  var inputs = inputs
  return Sequential {
    for (index, width) in widths.enumerated() {
      Linear(inputs, width)
      if index > 0 { BatchNorm(width) }
      LeakyReLU(0.2)
      let _ = inputs = width
    }
    Linear(inputs, shape.reduce(1, *))
    Tanh()
    Unflatten(shape)
  }
}

/// Its opponent on images `[N, C, H, W] -> [N]` logits.
func mlpDiscriminator(_ data: DataShape, widths: [Int]) -> Sequential {
  Sequential([Flatten()] + mlpJudge(inputs: data.elementCount, widths: widths))
}

/// The opponent's layers: LeakyReLU(0.2), no normalisation. `[N, inputs] -> [N]` logits.
func mlpJudge(inputs: Int, widths: [Int]) -> [any Layer] {
  var layers: [any Layer] = []
  var inputs = inputs
  for width in widths {
    layers += [Linear(inputs, width), LeakyReLU(0.2)] as [any Layer]
    inputs = width
  }
  return layers + [Linear(inputs, 1), Flatten(from: 0)] as [any Layer]
}

/// Hidden layers of rectified linear units and a linear output, without normalisation.
///
/// - Returns: `[N, inputs] -> [N, outputs]`.
func rectifiedLayers(inputs: Int, widths: [Int], outputs: Int) -> [any Layer] {
  var layers: [any Layer] = []
  var inputs = inputs
  for width in widths {
    layers += [Linear(inputs, width), ReLU()] as [any Layer]
    inputs = width
  }
  return layers + [Linear(inputs, outputs)]
}

/// The generator of points in the plane (Gulrajani et al. 2017, section 4): `[N, latent] -> [N, 2, 1, 1]`,
/// not limited to [-1, 1].
func toyGenerator(latent: Int, widths: [Int], _ data: DataShape) -> Sequential {
  Sequential(
    toyLayers(inputs: latent, widths: widths, outputs: data.elementCount)
      + [Unflatten(data.imageShape)])
}

/// Its opponent: `[N, 2, 1, 1] -> [N]`.
func toyDiscriminator(_ data: DataShape, widths: [Int]) -> Sequential {
  Sequential(
    [Flatten()] + toyLayers(inputs: data.elementCount, widths: widths, outputs: 1)
      + [Flatten(from: 0)])
}

/// Rectified layers at the authors' initial values: He's uniform rule for hidden layers, Glorot's for
/// the last, biases 0.
private func toyLayers(inputs: Int, widths: [Int], outputs: Int) -> [any Layer] {
  let layers = rectifiedLayers(inputs: inputs, widths: widths, outputs: outputs)
  for (index, layer) in layers.enumerated() {
    guard let linear = layer as? Linear else { continue }
    _ = linear.initialized(index == layers.count - 1 ? .xavierUniform() : .kaimingUniform)
  }
  return layers
}

/// y = 2·sigmoid(x) - 1: a sigmoid output for images in [-1, 1].
struct SignedSigmoid: Layer {
  func callAsFunction(_ input: Tensor) -> Tensor { 2 * input.sigmoid() - 1 }
}

extension DataNeeds {
  /// What ``mlpGenerator(inputs:widths:shape:)`` needs: any images, and batch statistics of all hidden
  /// layers but the first.
  static func mlpGenerator(widths: [Int]) -> DataNeeds {
    widths.count > 1 ? DataNeeds.none.batchStatistics() : .none
  }
}
