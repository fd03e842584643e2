import GANKit
import GANTraining
import Torch
import TorchNN

/// A discriminator made of layers one after the other, with its maps open to inspection.
public struct LayeredDiscriminator {
  /// The layers up to the last convolution and what follows it before the maps are flattened.
  let layers: [any Layer]

  init(layers: [any Layer]) { self.layers = layers }

  /// The discriminator or critic of a recipe.
  ///
  /// - Throws: ``GANTraining/RunError/unsupported(_:)`` unless it is a chain of layers that begins
  ///   with a convolution.
  public init(of recipe: any Recipe) throws {
    let network = recipe.children.first { ["discriminator", "critic"].contains($0.name) }
    guard case .module(let module)? = network?.node, let chain = module as? Sequential,
      chain.layers.first is Conv2d
    else {
      let name = type(of: recipe).card.name
      throw RunError.unsupported(
        "'\(name)' has no discriminator made of convolutions one after the other; dcgan has")
    }
    layers = Array(chain.layers.prefix { !($0 is Flatten) })
  }

  /// The weights of the first convolution, `[out, in, k, k]`.
  public var firstFilters: Tensor? { (layers.first as? Conv2d)?.weight.value.detached() }

  /// The maps after every activation, `[N, C, H, W]` each, by the running statistics.
  func maps(of images: Tensor) -> [Tensor] {
    var (result, maps) = (images, [Tensor]())
    withMode(.evaluation) {
      for layer in layers {
        result = layer(result)
        if layer.isRectifier { maps.append(result) }
      }
    }
    return maps
  }

  /// The maps of every activation max-pooled to 4x4 and concatenated, `[N, D]` (Radford et al. 2015,
  /// section 5.1).
  public func features(of images: Tensor) -> Tensor {
    withoutGradients {
      .concatenated(
        maps(of: images).map {
          $0.maxPooled(toHeight: 4, width: 4).contiguous().flattened(from: 1)
        }, axis: 1)
    }
  }
}

extension Layer {
  /// Whether this is a (leaky) rectifier.
  var isRectifier: Bool { self is ReLU || self is LeakyReLU }
}
