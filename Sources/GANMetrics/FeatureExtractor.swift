import GANData
import Torch
import TorchNN

/// What a network makes of a batch of images.
public struct FeatureBatch {
  /// `[N, D]`, float32.
  public let features: Tensor
  /// Class scores `[N, classes]`, float32, where the network is a classifier.
  public let logits: Tensor?

  /// Features and logits of the same images.
  public init(features: Tensor, logits: Tensor?) {
    (self.features, self.logits) = (features, logits)
  }
}

/// A network whose inner activations serve to compare images.
public protocol FeatureExtractor {
  /// What results say about the network.
  var info: FeatureNetworkInfo { get }

  /// Whether the network was trained on the classes of the data it looks at, so that its class
  /// scores tell accuracies; a network for all photos was not.
  var knowsClasses: Bool { get }

  /// Features and logits of images `[N, C, H, W]` in [0, 1], one or three channels, any size. The
  /// network resizes and scales them itself, as ``info`` says.
  ///
  /// - Throws: ``MetricError`` for anything that is no such batch: another shape, NaN, or values
  ///   outside [0, 1].
  func outputs(of images: Tensor) throws -> FeatureBatch
}

extension FeatureExtractor {
  /// False.
  public var knowsClasses: Bool { false }

  /// Features `[N, D]` of images `[N, C, H, W]` in [0, 1].
  ///
  /// - Throws: As ``outputs(of:)``.
  public func features(_ images: Tensor) throws -> Tensor { try outputs(of: images).features }

  /// Class scores `[N, classes]` of images `[N, C, H, W]` in [0, 1].
  ///
  /// - Throws: As ``outputs(of:)``; ``MetricError/missing(metric:needs:)`` when the network
  ///   is no classifier.
  public func logits(_ images: Tensor) throws -> Tensor {
    guard let logits = try outputs(of: images).logits else {
      throw MetricError.missing(metric: "logits of \(info.name)", needs: "a classifier")
    }
    return logits
  }
}

extension Module {
  /// Where the weights are.
  var device: Device { parameters.first?.value.device ?? .cpu }
}

/// Runs `body` as feature networks run: running statistics, no dropout, no graph.
func inference<Result>(_ body: () throws -> Result) rethrows -> Result {
  try withoutGradients { try withMode(.evaluation, body) }
}

/// Images as a network wants them.
struct ImageScaling {
  /// The side of the square, or `nil` for images of any size.
  var side: Int?
  /// Channels the network reads.
  var channels: Int
  /// Per channel, what is subtracted from values in [0, 1].
  var mean: [Double]
  /// Per channel, what the difference is divided by.
  var deviation: [Double]
  /// How other sizes become that of the network.
  var resizing = Resizing.bilinear

  /// How images are resized.
  enum Resizing {
    /// Linear between the nearest pixels, however many lie between them: what the networks of the
    /// FID's papers were given.
    case bilinear
    /// Cubic, with a filter as wide as the reduction: what an image looks like from afar.
    case bicubicAntialiased

    func callAsFunction(_ images: Tensor, side: Int) -> Tensor {
      switch self {
      case .bilinear: images.resized(height: side, width: side, by: .bilinear)
      case .bicubicAntialiased:
        images.resized(height: side, width: side, by: .bicubic, antialias: true)
      }
    }
  }

  /// 2x - 1.
  static func symmetric(side: Int?, channels: Int = 3) -> ImageScaling {
    ImageScaling(side: side, channels: channels, mean: [0.5], deviation: [0.5])
  }

  /// torchvision's mean and deviation of ImageNet.
  static func imageNet(side: Int?) -> ImageScaling {
    ImageScaling(
      side: side, channels: 3, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
  }

  /// The images, wherever they are, as a network on `device` reads them.
  func callAsFunction(_ images: Tensor, on device: Device) throws -> Tensor {
    guard images.rank == 4, images.count > 0, [1, 3].contains(images.size(1)) else {
      throw MetricError.shape(
        what: "images", found: images.shape, expected: "[N, 1 or 3, H, W]")
    }
    let values = images.detached().cast(to: .float32).moved(to: device)
    try Self.checkRange(of: values)
    var result = converted(values)
    if let side, images.size(2) != side || images.size(3) != side {
      result = resizing(result, side: side)
    }
    return (result - row(mean, device)) / row(deviation, device)
  }

  /// Rounding may lead a little outside; the wrong range leads far, and would go unnoticed.
  private static func checkRange(of images: Tensor) throws {
    let (low, high) = (images.minimum().item(), images.maximum().item())
    guard low >= -0.001, high <= 1.001 else { throw MetricError.pixels(low: low, high: high) }
  }

  private func converted(_ images: Tensor) -> Tensor {
    switch (images.size(1), channels) {
    case (1, 3): return images.expanded(to: [images.size(0), 3, images.size(2), images.size(3)])
    case (3, 1):
      // Luma of ITU-R BT.601, as Pillow's mode L.
      let weights = row([0.299, 0.587, 0.114], images.device)
      return (images * weights).sum(axes: [1], keepingDimensions: true)
    default: return images
    }
  }

  private func row(_ values: [Double], _ device: Device) -> Tensor {
    Tensor(values.map { Float($0) }, shape: [1, values.count, 1, 1]).moved(to: device)
  }

  var description: String {
    "\(sizeWords), \(scaleWords)"
  }

  private var sizeWords: String {
    switch (side, resizing) {
    case (nil, _): "native size"
    case (let side?, .bilinear): "bilinear \(side) (no antialias)"
    case (let side?, .bicubicAntialiased): "bicubic \(side) (antialiased)"
    }
  }

  private var scaleWords: String {
    switch mean {
    case [0.5]: "2x-1"
    case [127.0 / 255]: "(x-127)/128"
    default: "ImageNet mean and deviation"
    }
  }
}
