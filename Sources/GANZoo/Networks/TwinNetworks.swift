import GANKit
import Torch
import TorchNN

/// One of two kinds of images.
enum Domain {
  case a, b
}

extension Direction {
  /// What is translated.
  var from: Domain { self == .ab ? .a : .b }
  /// What it becomes.
  var to: Domain { self == .ab ? .b : .a }
}

/// Batch renormalisation with gains, offsets and running statistics of each domain's own:
/// `[N, C, H, W]`, same shape out. Nothing else in TwinGAN's networks knows the domain (Li 2018).
struct DomainNorm: Module {
  let a, b: BatchRenorm

  /// - Parameter interval: batches of a domain after which the limits of renormalisation widen.
  init(_ channels: Int, interval: Int) {
    a = BatchRenorm(channels, interval: interval)
    b = BatchRenorm(channels, interval: interval)
  }

  func callAsFunction(_ maps: Tensor, _ domain: Domain) -> Tensor {
    domain == .a ? a(maps) : b(maps)
  }
}

/// A convolution that keeps the size, a normalisation of the domain's own, LeakyReLU(0.2) and pixel
/// norm: `[N, in, H, W] -> [N, out, H, W]`.
struct DomainLayer: Module {
  let conv: EqualizedConv2d
  let norm: DomainNorm

  init(_ inputs: Int, _ outputs: Int, kernel: Int = 3, interval: Int) {
    conv = EqualizedConv2d(inputs, outputs, kernel: kernel, padding: kernel / 2, bias: false)
    norm = DomainNorm(outputs, interval: interval)
  }

  func callAsFunction(_ maps: Tensor, _ domain: Domain) -> Tensor {
    rectified(norm(conv(maps), domain))
  }
}

/// LeakyReLU(0.2) and pixel norm.
private func rectified(_ maps: Tensor) -> Tensor { PixelNorm()(maps.leakyReLU(0.2)) }

/// Two layers, the first of which keeps the channels: `[N, in, H, W] -> [N, out, H, W]`.
struct DomainLayers: Module {
  let conv1, conv2: DomainLayer

  init(_ inputs: Int, _ outputs: Int, interval: Int) {
    conv1 = DomainLayer(inputs, inputs, interval: interval)
    conv2 = DomainLayer(inputs, outputs, interval: interval)
  }

  func callAsFunction(_ maps: Tensor, _ domain: Domain) -> Tensor {
    conv2(conv1(maps, domain), domain)
  }
}

/// What TwinGAN's encoder finds in images.
struct TwinCode {
  /// What both domains have in common: maps `[N, C, 4, 4]` of images of the stage's size.
  let content: Tensor
  /// The maps of each size from 8x8 on.
  let skips: [Tensor]
}

/// TwinGAN's encoder, the mirror image of its generator (Li 2018): a 1x1 map from colours for every
/// stage, then halvings down to 4x4.
struct TwinEncoder: Module {
  let fromRgb: [DomainLayer]
  let blocks: [DomainLayers]

  /// - Parameter widths: channels of each stage, from 4x4 on.
  init(widths: [Int], channels: Int, interval: Int) {
    fromRgb = widths.map { DomainLayer(channels, $0, kernel: 1, interval: interval) }
    blocks = zip(widths, widths.dropFirst()).map { DomainLayers($1, $0, interval: interval) }
  }

  /// Images `[N, C, size, size]` of a domain, at the stage's size.
  func callAsFunction(_ images: Tensor, _ domain: Domain, _ stage: Growth.Stage) -> TwinCode {
    var (maps, skips) = (fromRgb[stage.index](images, domain), [Tensor]())
    for index in (0..<stage.index).reversed() {
      skips.insert(blocks[index](maps, domain), at: 0)
      maps = skips[0].averagePooled(2)
      if index == stage.index - 1, stage.isFading {
        let before = fromRgb[index](images.averagePooled(2), domain)
        maps = before.interpolated(to: maps, by: stage.alpha)
      }
    }
    return TwinCode(content: maps, skips: skips)
  }

  /// What a stage uses.
  func parameters(in stage: Growth.Stage) -> [Parameter] {
    fromRgb[stage.colours].flatMap(\.parameters)
      + blocks.prefix(stage.index).flatMap(\.parameters)
  }
}

/// Maps of the generator, doubled, and those of the encoder's skip side by side through a convolution;
/// then a layer: `[N, in, H, W]`, `[N, in, 2H, 2W] -> [N, out, 2H, 2W]`.
struct TwinBlock: Module {
  // The parts of one kernel, the sum of whose results is that of both maps side by side.
  let up: EqualizedUpsampleConv2d
  let skip: EqualizedConv2d
  let norm: DomainNorm
  let conv: DomainLayer

  init(_ inputs: Int, _ outputs: Int, interval: Int) {
    // √2/√fan-in of both together.
    up = EqualizedUpsampleConv2d(inputs, outputs, bias: false, gain: 1)
    skip = EqualizedConv2d(inputs, outputs, kernel: 3, padding: 1, bias: false, gain: 1)
    norm = DomainNorm(outputs, interval: interval)
    conv = DomainLayer(outputs, outputs, interval: interval)
  }

  func callAsFunction(_ maps: Tensor, skip encoded: Tensor, _ domain: Domain) -> Tensor {
    conv(rectified(norm(up(maps) + skip(encoded), domain)), domain)
  }
}

/// A 1x1 map to colours and a normalisation of the domain's own.
struct DomainColours: Module {
  let conv: EqualizedConv2d
  let norm: DomainNorm

  init(_ inputs: Int, _ channels: Int, interval: Int) {
    conv = EqualizedConv2d(inputs, channels, kernel: 1, bias: false, gain: 1)
    norm = DomainNorm(channels, interval: interval)
  }

  func callAsFunction(_ maps: Tensor, _ domain: Domain) -> Tensor { norm(conv(maps), domain) }
}

/// TwinGAN's generator (Li 2018): PGGAN's on the encoder's content in the place of noise, with the
/// encoder's maps beside its own from 8x8 on.
struct TwinGenerator: Module {
  let first: DomainLayers
  let blocks: [TwinBlock]
  let toRgb: [DomainColours]

  /// - Parameter widths: channels of each stage, from 4x4 on.
  init(widths: [Int], channels: Int, interval: Int) {
    first = DomainLayers(widths[0], widths[0], interval: interval)
    blocks = zip(widths, widths.dropFirst()).map { TwinBlock($0, $1, interval: interval) }
    toRgb = widths.map { DomainColours($0, channels, interval: interval) }
  }

  /// The code's image in a domain, `[N, C, size, size]` at the stage's size, without bounds.
  func callAsFunction(_ code: TwinCode, _ domain: Domain, _ stage: Growth.Stage) -> Tensor {
    var (maps, before) = (first(code.content, domain), Tensor?.none)
    for (index, block) in blocks.prefix(stage.index).enumerated() {
      if index == stage.index - 1, stage.isFading { before = toRgb[index](maps, domain) }
      maps = block(maps, skip: code.skips[index], domain)
    }
    let image = toRgb[stage.index](maps, domain)
    return before.map { enlarged($0, 2).interpolated(to: image, by: stage.alpha) } ?? image
  }

  /// What a stage uses.
  func parameters(in stage: Growth.Stage) -> [Parameter] {
    first.parameters + blocks.prefix(stage.index).flatMap(\.parameters)
      + toRgb[stage.colours].flatMap(\.parameters)
  }
}
