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

  /// For each of the first `maps` maps (or units) of the last activation, the `each` images with the
  /// strongest responses.
  ///
  /// - Parameter labels: The class of each image, for a conditional discriminator.
  /// - Returns: For each map the images' positions in `images` `[N, C, H, W]` and the gradients
  ///   `[each, C, H, W]` of their responses.
  public func strongest(
    in images: Tensor, labels: Tensor? = nil, maps: Int, each: Int
  ) -> [(indices: [Int], gradients: Tensor)] {
    let all = withoutGradients { discriminator.maps(of: images, labels: labels) }
    guard let last = all.last else { return [] }
    let responses =
      last.rank == 4 ? last.contiguous().flattened(from: 2).maximum(axes: [2]) : last
    return (0..<min(maps, last.size(1))).map { map in
      let top = responses.selected(1, map).top(
        min(each, images.size(0)), axis: 0, largest: true)
      let own = labels.map { $0.gathered(top.indices) }
      return (
        top.indices.integers, gradients(of: map, at: images.gathered(top.indices), labels: own)
      )
    }
  }

  /// The guided gradient of a map's strongest response in each image, `[N, C, H, W]`.
  func gradients(of map: Int, at images: Tensor, labels: Tensor? = nil) -> Tensor {
    withGradients {
      let tape = Tape(images)
      withActivations(tape.visit) { _ = discriminator(tape.images, labels: labels) }
      return tape.gradient { GuidedBackpropagation.peak(of: map, in: $0) }
    }
  }

  /// 1 where the map is strongest in each image, 0 elsewhere: of the shape of `maps`.
  private static func peak(of map: Int, in maps: Tensor) -> Tensor {
    let channel = Tensor([map]).moved(to: maps.device).oneHot(classes: maps.size(1))
      .cast(to: .float32)
    guard maps.rank == 4 else { return channel.expanded(to: maps.shape) }
    let area = maps.size(2) * maps.size(3)
    let position = maps.selected(1, map).contiguous().flattened(from: 1).argmax(axis: 1)
    let one = position.oneHot(classes: area).cast(to: .float32)
      .reshaped(to: [maps.size(0), 1, maps.size(2), maps.size(3)])
    return one * channel.reshaped(to: [1, maps.size(1), 1, 1])
  }
}

/// A network's graph cut at every rectifier, so that what passes back through each can be changed.
private final class Tape {
  let images: Tensor
  private var cuts: [(input: Tensor, output: Tensor)] = []
  private var last: Tensor?

  init(_ images: Tensor) { self.images = images.trackingGradient() }

  /// Cuts behind a rectifier; other activations are passed as usual.
  func visit(_ activation: Activation) -> Tensor {
    last = activation.output
    guard activation.isRectifier else { return activation.output }
    let output = activation.output.trackingGradient()
    cuts.append((activation.input, output))
    last = output
    return output
  }

  /// The guided gradient at the images of `cotangent` of the last activation.
  func gradient(_ cotangent: (Tensor) -> Tensor) -> Tensor {
    guard let last else { return images.zerosAlike() }
    let leaves = [images] + cuts.map(\.output)
    // The last activation may be a leaf itself, whose gradient is the cotangent.
    var collected = gradients(
      of: last, withRespectTo: leaves, cotangent: cotangent(last.detached()), retainGraph: true)
    for index in cuts.indices.reversed() {
      let (input, output) = cuts[index]
      let passed = collected[index + 1].relu() * (output.detached() .> 0).cast(to: .float32)
      // Every path from here back to the images meets only earlier cuts.
      let earlier = gradients(
        of: input, withRespectTo: Array(leaves[...index]), cotangent: passed, retainGraph: true)
      for place in earlier.indices { collected[place] = collected[place] + earlier[place] }
    }
    return collected[0].detached()
  }
}
