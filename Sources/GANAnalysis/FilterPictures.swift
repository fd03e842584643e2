import GANData
import Torch

/// A discriminator's filters and what excites its last maps, trained beside random.
public struct FilterPictures {
  private let trained: LayeredDiscriminator
  private let random: LayeredDiscriminator

  /// Two discriminators of one shape.
  public init(trained: LayeredDiscriminator, random: LayeredDiscriminator) {
    (self.trained, self.random) = (trained, random)
  }

  private var networks: [(name: String, network: LayeredDiscriminator)] {
    [("trained", trained), ("random", random)]
  }

  /// The filters of the first layers, sixteen in a row, at most 64 of each, every one stretched to
  /// the whole range of grey.
  public func filters() -> Scene {
    PictureRows(
      title: "first layer's filters",
      networks.flatMap { name, network in
        let weights = network.firstFilters.map { $0[0..<min($0.size(0), 64)] }
        let pictures = weights.map { DecodedImage.stretched(shown($0)) } ?? []
        return stride(from: 0, to: pictures.count, by: 16).map {
          PictureRows.Row(name, Array(pictures[$0..<min($0 + 16, pictures.count)]))
        }
      }
    ).scene()
  }

  /// Two rows for each map: the images with its strongest responses and their guided gradients,
  /// for `maps` maps of each discriminator.
  public func responses(
    to images: Tensor, labels: Tensor? = nil, maps: Int = 6, each: Int = 8
  ) -> Scene {
    PictureRows(
      title: "strongest responses of the last maps, guided backpropagation",
      networks.flatMap { name, network in
        let found = GuidedBackpropagation(network)
          .strongest(in: images, labels: labels, maps: maps, each: each)
        return found.enumerated().flatMap { map, strongest in
          let own = images.gathered(Tensor(strongest.indices).moved(to: images.device))
          return [
            PictureRows.Row("\(name) \(map + 1)", DecodedImage.pictures(own)),
            PictureRows.Row("", DecodedImage.stretched(strongest.gradients)),
          ]
        }
      }
    ).scene()
  }

  /// How far the first layers' filters are from those they could have started with, and how coarse
  /// they are: trained filters are smooth, random ones are not.
  public func numbers() -> [FilterNumbers] {
    networks.compactMap { name, network in
      network.firstFilters.map { FilterNumbers(name: name, filters: $0) }
    }
  }

  /// Filters of many channels as grey ones: their mean.
  private func shown(_ weights: Tensor) -> Tensor {
    [1, 3].contains(weights.size(1))
      ? weights : weights.mean(axes: [1], keepingDimensions: true)
  }
}

/// What one first layer's filters are like.
public struct FilterNumbers: Encodable {
  /// `trained` or `random`.
  public let name: String
  /// How many there are.
  public let filters: Int
  /// Channels, rows and columns of one.
  public let shape: [Int]
  /// The mean of the filters' Euclidean lengths.
  public let meanNorm: Double
  /// The mean square difference of neighbouring weights, over the mean square deviation from each
  /// filter's own mean per channel: about 2 for noise,
  /// near 0 for what is smooth.
  public let roughness: Double

  init(name: String, filters: Tensor) {
    let weights = filters.detached().cast(to: .float64)
    (self.name, self.filters, shape) = (name, weights.size(0), Array(weights.shape.dropFirst()))
    meanNorm = weights.squared().sum(axes: [1, 2, 3]).sqrt().mean().item()
    let mean = weights.mean(axes: [2, 3], keepingDimensions: true)
    let spread: Double = (weights - mean).squared().mean().item()
    func steps(_ axis: Int) -> Double {
      let length = weights.size(axis)
      guard length > 1 else { return 0 }
      let change =
        weights.narrowed(axis, from: 1, length: length - 1)
        - weights.narrowed(axis, from: 0, length: length - 1)
      return change.squared().mean().item()
    }
    roughness = (steps(2) + steps(3)) / 2 / max(spread, 1e-30)
  }
}

extension DecodedImage {
  /// Pictures of `values` `[N, C, H, W]`, each with 0 as middle grey and its largest value by
  /// magnitude as black or white.
  static func stretched(_ values: Tensor) -> [DecodedImage] {
    let largest = values.abs().maximum(axes: [1, 2, 3], keepingDimensions: true)
    return pictures(values / (largest + 1e-12))
  }
}
