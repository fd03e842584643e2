import GANKit
import Torch
import TorchNN

/// The residual generator for small photos (Gulrajani et al. 2017, appendix F): 4x4 maps (of squares)
/// doubled up to the image at one width; with classes its blocks' batch normalisation depends on the
/// label (Miyato and Koyama 2018, figure 14), the last one does not.
struct ResNetGenerator: LabelableLayer {
  let project: Linear
  let blocks: [UpBlock]
  let norm: BatchNorm
  let output: Conv2d
  private let start: [Int]

  /// A network for `classes` classes; 0 makes it unconditional.
  init(latent: Int, width: Int, _ data: DataShape, classes: Int = 0) {
    let smallest = SmallestMaps(of: data)
    project = Linear(latent, width * smallest.area)
    blocks = (0..<smallest.halvings).map { _ in UpBlock(width, width, classes: classes) }
    norm = BatchNorm(width)
    output = Conv2d(width, data.channels, kernel: 3, padding: 1)
    start = [-1, width, smallest.height, smallest.width]
    drawInitialValues(of: self, blocks: blocks)
  }

  /// `[N, latent]`, labels `[N]` -> `[N, C, H, W]` in [-1, 1].
  func callAsFunction(_ latent: Tensor, labels: Tensor?) -> Tensor {
    var maps = project(latent).reshaped(to: start).contiguous(.channelsLast)
    for block in blocks { maps = block(maps, labels: labels) }
    return output(norm(maps, then: .relu)).tanh()
  }
}

/// The residual critic for small photos (Gulrajani et al. 2017, appendix F): two halvings, two plain
/// blocks, global mean, no batch normalisation. `[N, C, H, W] -> [N]`.
struct ResNetCritic: Layer {
  let first: FirstDownBlock
  let blocks: [any Layer]
  let output: Linear

  init(width: Int, channels: Int) {
    first = FirstDownBlock(channels, width)
    blocks = [DownBlock(width, width), PlainBlock(width), PlainBlock(width)]
    output = Linear(width, 1)
    drawInitialValues(of: self, blocks: [first] + blocks)
  }

  func callAsFunction(_ images: Tensor) -> Tensor {
    var maps = first(images)
    for block in blocks { maps = block(maps) }
    return output(maps.relu().mean(axes: [2, 3])).flattened()
  }
}

/// The residual discriminator for small photos (Miyato et al. 2018, table 4b), every layer
/// spectrally normalised; see ``projected(_:labels:_:_:)``.
struct ProjectionDiscriminator: LabelableLayer {
  let first: FirstDownBlock
  let blocks: [any Layer]
  let output: SpectralLinear
  let embedding: SpectralEmbedding?

  /// A network for `classes` classes; 0 makes it unconditional.
  init(width: Int, channels: Int, classes: Int) {
    first = FirstDownBlock(channels, width, spectral: true)
    blocks = [
      DownBlock(width, width, spectral: true), PlainBlock(width, spectral: true),
      PlainBlock(width, spectral: true),
    ]
    output = SpectralLinear(width, 1, bias: false)
    embedding = classes == 0 ? nil : SpectralEmbedding(classes, width, weights: .xavierUniform())
    drawInitialValues(of: self, blocks: [first] + blocks)
  }

  /// `[N, C, H, W]`, labels `[N]` -> `[N]`.
  func callAsFunction(_ images: Tensor, labels: Tensor?) -> Tensor {
    var maps = first(images)
    for block in blocks { maps = block(maps) }
    return projected(maps, labels: labels, output, embedding)
  }
}

/// Logits `[N]` of maps, whose features are summed over places; with classes the projection of the label
/// is added (Miyato and Koyama 2018, equation 4): w·h + e(y)·h.
func projected(
  _ maps: Tensor, labels: Tensor?, _ output: SpectralLinear, _ embedding: SpectralEmbedding?
) -> Tensor {
  let features = maps.relu().sum(axes: [2, 3])
  let plain = output(features).flattened()
  guard let embedding else { return plain }
  return plain + (embedding(required(labels)) * features).sum(axes: [1])
}

/// The authors' initial values: Glorot's uniform rule, √2 times wider for the 3x3 kernels of the
/// blocks (He's rule, where input and output are alike); biases 0.
func drawInitialValues(of network: some Module, blocks: [any Module]) {
  _ = network.initialized(.xavierUniform())
  for block in blocks {
    block.forEachModule { module in
      guard let layer = module as? any WeightLayer else { return }
      let shape = layer.weight.value.shape
      if shape.last == 3 {
        layer.weight.assign(Initializer.xavierUniform(gain: 2.0.squareRoot())(shape))
      }
    }
  }
}
