import GANData
import GANKit
import GANTraining
import Torch
import TorchNN

/// A discriminator or critic with the maps between its layers open to inspection, whatever layers it
/// is made of.
public struct LayeredDiscriminator {
  private let network: any Module
  private let classes: Int
  private let imageShape: [Int]
  private let judge: (Tensor, Tensor?) -> Tensor

  /// The discriminator or critic of a recipe for images of `shape`.
  ///
  /// - Throws: ``GANTraining/RunError/unsupported(_:)`` for a recipe without one network that looks
  ///   at images, and at their class in a conditional system.
  public init(of recipe: any Recipe, shape: DataShape) throws {
    let child = recipe.children.first { $0.name.hasPrefix("discriminator") }
    let classes = (recipe as? any GenerativeRecipe)?.classCount ?? 0
    switch child?.node {
    case .module(let layer as any LabelableLayer) where classes > 0:
      self.init(network: layer, classes: classes, shape: shape) { images, labels in
        let zeros = Tensor([Int](repeating: 0, count: images.size(0))).moved(to: images.device)
        return layer(images, labels: labels ?? zeros)
      }
    case .module(let layer as any Layer):
      self.init(layer, shape: shape)
    default:
      throw RunError.unsupported(
        "'\(type(of: recipe).card.name)' has no discriminator whose layers can be looked into")
    }
  }

  /// A network that scores images of `shape`.
  init(_ layer: any Layer, shape: DataShape) {
    self.init(network: layer, classes: 0, shape: shape) { images, _ in layer(images) }
  }

  private init(
    network: any Module, classes: Int, shape: DataShape,
    judge: @escaping (Tensor, Tensor?) -> Tensor
  ) {
    (self.network, self.classes, imageShape) = (network, classes, shape.imageShape)
    self.judge = judge
  }

  /// Scores images by the running statistics; conditional networks take class 0 without `labels`.
  func callAsFunction(_ images: Tensor, labels: Tensor? = nil) -> Tensor {
    withMode(.evaluation) { judge(images, labels) }
  }

  /// What the first layer's units look for, `[units, C, k, k]`; of a fully connected layer, `k` is
  /// the images' own size. `nil` for a network that begins in another way.
  public var firstFilters: Tensor? {
    var first: Tensor?
    network.forEachModule { module in
      if first == nil { first = (module as? any WeightLayer).flatMap { filters(of: $0) } }
    }
    return first
  }

  private func filters(of layer: any WeightLayer) -> Tensor? {
    let weight = layer.weight.value.detached()
    let pixels = imageShape.reduce(1, *)
    switch weight.rank {
    case 4 where weight.size(1) == imageShape[0]: return weight
    // Behind the pixels, a conditional network has columns for the class.
    case 2 where weight.size(1) >= pixels:
      return weight.narrowed(1, from: 0, length: pixels).contiguous()
        .reshaped(to: [-1] + imageShape)
    default: return nil
    }
  }

  /// The maps after every activation in order, `[N, maps, H, W]` or `[N, units]`.
  func maps(of images: Tensor, labels: Tensor? = nil) -> [Tensor] {
    var maps: [Tensor] = []
    withActivations(
      { activation in
        maps.append(activation.output)
        return activation.output
      }, { _ = self(images, labels: labels) })
    return maps
  }

  /// The maps of every activation, max-pooled to 4x4 where they have places, side by side: `[N, D]`
  /// (Radford et al. 2015, section 5.1). A conditional network is not told the class, which would be
  /// the answer: features are means over all classes.
  public func features(of images: Tensor) -> Tensor {
    withoutGradients {
      guard classes > 0 else { return pooled(maps(of: images)) }
      let each = (0..<classes).map { index in
        let labels = Tensor([Int](repeating: index, count: images.size(0)))
        return pooled(maps(of: images, labels: labels.moved(to: images.device)))
      }
      return each.dropFirst().reduce(each[0], +) / Double(classes)
    }
  }

  private func pooled(_ maps: [Tensor]) -> Tensor {
    .concatenated(
      maps.map { map in
        map.rank == 4
          ? map.maxPooled(toHeight: 4, width: 4).contiguous().flattened(from: 1) : map
      }, axis: 1)
  }
}
