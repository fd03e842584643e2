import GANData
import Torch
import TorchNN

/// What in an image excites a discriminator's last maps: gradients with respect to the image in
/// which rectifiers pass on only what is positive, both forwards and backwards (Springenberg et al.
/// 2015), shown for the strongest responses of each map (Radford et al. 2015, figure 5).
public struct GuidedBackpropagation {
  private let discriminator: LayeredDiscriminator

  /// For one discriminator, by its running statistics.
  public init(_ discriminator: LayeredDiscriminator) { self.discriminator = discriminator }

  /// For each of the first `maps` maps of the last layer, the `each` images with the strongest
  /// responses.
  ///
  /// - Returns: For each map the images' positions in `images` `[N, C, H, W]` and the gradients
  ///   `[each, C, H, W]` of their responses.
  public func strongest(
    in images: Tensor, maps: Int, each: Int
  ) -> [(indices: [Int], gradients: Tensor)] {
    let last = withoutGradients { discriminator.maps(of: images).last } ?? images
    let responses = last.contiguous().flattened(from: 2).maximum(axes: [2])  // [N, maps]
    return (0..<min(maps, last.size(1))).map { map in
      let top = responses.selected(1, map).top(
        min(each, images.size(0)), axis: 0, largest: true)
      return (top.indices.integers, gradients(of: map, at: images.gathered(top.indices)))
    }
  }

  /// The guided gradient of a map's strongest response in each image, `[N, C, H, W]`.
  func gradients(of map: Int, at images: Tensor) -> Tensor {
    withMode(.evaluation) {
      var tape: [(layer: any Layer, input: Tensor)] = []
      var result = images
      let last = discriminator.layers.lastIndex { $0.isRectifier } ?? 0
      withoutGradients {
        for layer in discriminator.layers[...last] {
          tape.append((layer, result))
          result = layer(result)
        }
      }
      var gradient = GuidedBackpropagation.peak(of: map, in: result)
      for (layer, input) in tape.reversed() { gradient = passed(gradient, back: layer, at: input) }
      return gradient.detached()
    }
  }

  /// 1 where the map is strongest in each image, 0 elsewhere: `[N, maps, H, W]`.
  private static func peak(of map: Int, in maps: Tensor) -> Tensor {
    let area = maps.size(2) * maps.size(3)
    let position = maps.selected(1, map).contiguous().flattened(from: 1).argmax(axis: 1)
    let one = position.oneHot(classes: area).cast(to: .float32)
      .reshaped(to: [maps.size(0), 1, maps.size(2), maps.size(3)])
    let channel = Tensor([map]).moved(to: maps.device).oneHot(classes: maps.size(1))
      .cast(to: .float32).reshaped(to: [1, maps.size(1), 1, 1])
    return one * channel
  }

  private func passed(_ gradient: Tensor, back layer: any Layer, at input: Tensor) -> Tensor {
    if layer.isRectifier { return gradient.relu() * (input .> 0).cast(to: .float32) }
    let leaf = input.trackingGradient()
    let output = withGradients { layer(leaf) }
    return gradients(of: output, withRespectTo: [leaf], cotangent: gradient)
  }

  private func gradients(
    of output: Tensor, withRespectTo inputs: [Tensor], cotangent: Tensor
  ) -> Tensor {
    Torch.gradients(of: output, withRespectTo: inputs, cotangent: cotangent)[0]
  }
}

/// A discriminator's filters and what excites its last maps, trained beside random.
public struct FilterPictures {
  private let trained: LayeredDiscriminator
  private let random: LayeredDiscriminator

  /// Two discriminators of one shape.
  public init(trained: LayeredDiscriminator, random: LayeredDiscriminator) {
    (self.trained, self.random) = (trained, random)
  }

  /// The filters of the first layers, sixteen in a row, at most 64 of each, every one stretched to
  /// the whole range of grey.
  public func filters() -> Scene {
    PictureRows(
      title: "first layer's filters",
      [("trained", trained), ("random", random)].flatMap { name, network in
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
  public func responses(to images: Tensor, maps: Int = 6, each: Int = 8) -> Scene {
    PictureRows(
      title: "strongest responses of the last maps, guided backpropagation",
      [("trained", trained), ("random", random)].flatMap { name, network in
        let found = GuidedBackpropagation(network).strongest(in: images, maps: maps, each: each)
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

  /// Filters of many channels as grey ones: their mean.
  private func shown(_ weights: Tensor) -> Tensor {
    [1, 3].contains(weights.size(1))
      ? weights : weights.mean(axes: [1], keepingDimensions: true)
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
