import Torch

/// What every place of an image adds to a classifier's scores.
public struct ClassContributions {
  /// `[N, classes, h, w]`: summed over places and added to the offsets, the class scores.
  public let maps: Tensor
  /// Class scores `[N, classes]`.
  public let logits: Tensor

  /// Contributions and class scores of the same images.
  public init(maps: Tensor, logits: Tensor) { (self.maps, self.logits) = (maps, logits) }
}

/// A classifier whose class scores are sums over places, which class activation maps show.
///
/// Behind global average pooling and a linear layer that is the definition of the maps (Zhou et al.
/// 2016, section 2): the score of class c is Σ_xy Σ_k w_kc f_k(x, y) / (h·w). A head of linear layers
/// and rectifiers has the same sum once it is known which rectifiers are open for an image, with
/// weights that differ from place to place: exact as well, up to the offsets.
public protocol PlaceClassifier: FeatureExtractor {
  /// The contributions of places in images `[N, C, H, W]` in [0, 1], one or three channels.
  ///
  /// - Throws: As ``FeatureExtractor/outputs(of:)``.
  func contributions(in images: Tensor) throws -> ClassContributions
}

extension DigitsFeatures: PlaceClassifier {
  /// 8x8 places; images of 28x28 are seen with a border of 2, others at 32x32.
  public func contributions(in images: Tensor) throws -> ClassContributions {
    let scaled = try prepared(images)
    return inference { network.contributions(in: scaled) }
  }
}

extension ResidualFeatures: PlaceClassifier {
  /// 4x4 places of the image at 32x32.
  public func contributions(in images: Tensor) throws -> ClassContributions {
    let scaled = try prepared(images)
    return inference { network.contributions(in: scaled) }
  }
}
