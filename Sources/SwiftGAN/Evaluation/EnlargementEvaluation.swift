import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch

/// How good images are that a system makes of smaller ones, beside what a cubic filter makes of them.
///
/// Images of their own sizes, cut at the right and below to multiples of the scale, are reduced by
/// `CubicResizing` and rounded to 8 bits. What becomes of them, rounded as well, is compared with the
/// originals: PSNR and SSIM of the luma without a border of `scale` pixels, and the mean squared distance
/// of features of parts of 128x128, side by side.
struct EnlargementEvaluation {
  let run: Run
  let set: NamedSet
  let extractor: any FeatureExtractor
  /// How many images at most, chosen by a fixed seed.
  let count: Int

  /// The network's numbers, then the cubic filter's.
  ///
  /// - Throws: `RunError` naming an image that is too small to be measured.
  func results() throws -> [MetricResult] {
    let (source, scale) = (try set.open(), try run.scale())
    let enlargement = try run.enlargement()
    var (own, cubic) = (Likeness(scale), Likeness(scale))
    for index in ShuffledOrder.choice(min(count, source.count), of: source.count) {
      let image = try source.image(at: index).converted(toChannels: run.shape.channels)
      let original = try unit(cut(image, source.name(at: index), scale))
      let low = rounded(original.reducedCubically(by: scale))
      let enlarged = run.inUse(seed: 1) { enlargement(picture(low)) }
      try own.add(unit(enlarged), original, by: extractor)
      try cubic.add(rounded(low.enlargedCubically(by: scale)), original, by: extractor)
    }
    return results(own, "") + results(cubic, "bicubic-")
  }

  private func results(_ likeness: Likeness, _ prefix: String) -> [MetricResult] {
    func convention(_ settings: [String: String]) -> MetricConvention {
      MetricConvention(
        samples: likeness.images, references: likeness.images, split: set.split.rawValue,
        settings: settings)
    }
    let luma = convention([
      "luma": run.shape.channels == 3 ? "ITU-R BT.601, 16 to 235" : "grey", "range": "255",
      "border": "\(likeness.scale)", "reduced": "bicubic, antialiased, 8 bits",
    ])
    var features = convention(["parts": "\(likeness.parts) of \(Likeness.side)x\(Likeness.side)"])
    features.network = extractor.info
    return [
      MetricResult("\(prefix)psnr-y", likeness.psnr.mean, convention: luma),
      MetricResult("\(prefix)ssim-y", likeness.ssim.mean, convention: luma),
      MetricResult(
        "\(prefix)feature-distance[\(extractor.info.name)]", likeness.distance,
        convention: features),
    ]
  }

  /// The largest part from the upper left corner that can be reduced.
  private func cut(_ image: DecodedImage, _ name: String, _ scale: Int) throws -> DecodedImage {
    let least = ImageSize(side: 2 * scale + 11)
    let size = ImageSize(
      height: image.height / scale * scale, width: image.width / scale * scale)
    guard size.holds(least) else {
      throw RunError.unsupported(
        "\(name): only images of at least \(least) can be measured, found \(image.size)")
    }
    return image.cropped(x: 0, y: 0, width: size.width, height: size.height)
  }

  /// `[1, C, H, W]` in [0, 1].
  private func unit(_ image: DecodedImage) -> Tensor {
    let shape = [1, image.channels, image.height, image.width]
    return Tensor(bytes: image.planarPixels, shape: shape).moved(to: run.device)
      .cast(to: .float32) / 255
  }

  private func picture(_ image: Tensor) -> DecodedImage {
    DecodedImage(
      planar: (image * 2 - 1).imageBytes, width: image.size(3), height: image.size(2),
      channels: image.size(1))
  }
}

/// [0, 1] in the grey levels of a file.
private func rounded(_ images: Tensor) -> Tensor {
  (images.clamped(to: 0...1) * 255).rounded() / 255
}

/// How near enlarged images are to the originals, on average.
private struct Likeness {
  let scale: Int
  private(set) var psnr: [Double] = []
  private(set) var ssim: [Double] = []
  private(set) var parts = 0
  private var distances = 0.0

  /// The side of the parts whose features are compared: what the networks for photos look at as it is.
  static let side = PhotoFeatures.side

  init(_ scale: Int) { self.scale = scale }

  var images: Int { psnr.count }
  var distance: Double { distances / Double(max(parts, 1)) }

  /// Images `[1, C, H, W]` in [0, 1].
  mutating func add(
    _ image: Tensor, _ original: Tensor, by extractor: any FeatureExtractor
  ) throws {
    let (a, b) = (
      image.luma601().withoutBorder(scale), original.luma601().withoutBorder(scale)
    )
    psnr += try peakSignalToNoise(a, reference: b, range: 255)
    ssim += try structuralSimilarity(a, reference: b, range: 255)
    let (own, other) = try (
      extractor.features(Self.parts(of: image)), extractor.features(Self.parts(of: original))
    )
    distances += (own - other).squared().sum().item()
    parts += own.size(0)
  }

  /// As many whole parts as lie side by side; of a smaller image the image.
  private static func parts(of image: Tensor) -> Tensor {
    let (height, width) = (min(side, image.size(2)), min(side, image.size(3)))
    let tops = (0..<image.size(2) / height).map { $0 * height }
    let lefts = (0..<image.size(3) / width).map { $0 * width }
    return .concatenated(
      tops.flatMap { top in
        lefts.map { left in
          image.narrowed(2, from: top, length: height).narrowed(3, from: left, length: width)
        }
      })
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(Swift.max(count, 1)) }
}
