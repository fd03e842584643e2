import GANKit
import GANTraining
import Torch
import TorchNN

/// The maps between a generator's layers: to be read, and to be left out of a picture.
public struct GeneratorMaps {
  private let generator: any GenerativeRecipe
  private let latent: Tensor
  private let labels: Tensor?

  /// A generator at work on samples: `latent` `[N, D]` and, in a conditional system, their classes.
  public init(of generator: any GenerativeRecipe, latent: Tensor, labels: Tensor?) {
    (self.generator, self.latent, self.labels) = (generator, latent, labels)
  }

  /// The maps after every activation, `[N, maps, h, w]` or `[N, units]`, and the images.
  public func all() -> (layers: [Tensor], images: Tensor) {
    var layers: [Tensor] = []
    let images = drawn { activation in
      layers.append(activation.output)
      return activation.output
    }
    return (layers, images)
  }

  /// The images `[N, C, H, W]` drawn without some maps of one layer, counted from 0.
  public func images(without maps: [Int], ofLayer index: Int) -> Tensor {
    var layer = 0
    return drawn { activation in
      defer { layer += 1 }
      guard layer == index, !maps.isEmpty else { return activation.output }
      let count = activation.output.size(1)
      let kept = Set(maps)
      let mask = Tensor((0..<count).map { kept.contains($0) ? 0 : 1 } as [Float])
        .reshaped(to: [1, count] + [Int](repeating: 1, count: activation.output.rank - 2))
      return activation.output * mask.moved(to: activation.output.device)
    }
  }

  private func drawn(_ visit: @escaping (Activation) -> Tensor) -> Tensor {
    withoutGradients {
      withMode(.evaluation) {
        withActivations(visit) { generator.generate(latent, labels: labels) }
      }
    }
  }

  /// How strongly each unit of the last hidden layer, fully connected, changes each pixel: the
  /// output layer's weights by magnitude, summed over channels, `[units, H, W]`.
  ///
  /// - Throws: ``GANTraining/RunError/unsupported(_:)`` unless the generator ends with such a layer.
  static func footprints(
    of generator: any GenerativeRecipe, units: Int, shape: [Int]
  ) throws -> Tensor {
    let networks = ["generator_average", "generator"].compactMap { name in
      generator.children.first { $0.name == name }?.node
    }
    var last: Tensor?
    if case .module(let network)? = networks.first {
      network.forEachModule { module in
        if let layer = module as? any WeightLayer { last = layer.weight.value.detached() }
      }
    }
    guard let last, last.shape == [shape.reduce(1, *), units] else {
      throw RunError.unsupported(
        "'\(type(of: generator).card.name)' has maps without places that do not lead to pixels "
          + "directly; choose another layer")
    }
    return last.transposed().contiguous().reshaped(to: [units] + shape).abs().sum(axes: [1])
  }
}
