import GANData
import GANKit
import GANTraining
import Torch
import TorchNN

/// The plane of codes of two numbers: where the images of each class lie in it, and what the generator
/// makes of its points (Makhzani et al. 2015, figures 1 and 4).
public struct CodePlane {
  private let recipe: any EncodingRecipe
  private let device: Device
  /// How far it goes in each direction: as the prior does, but for one point in a hundred.
  public let reach: Double

  /// - Throws: ``GANTraining/RunError/unsupported(_:)`` for codes of another length.
  public init(of recipe: any EncodingRecipe, on device: Device) throws {
    guard recipe.prior.dimension == 2 else {
      throw RunError.unsupported(
        "codes have \(recipe.prior.dimension) numbers; a plane shows codes of 2")
    }
    (self.recipe, self.device) = (recipe, device)
    let drawn = recipe.prior.rows(2000, seed: 1).abs().maximum(axes: [1]).doubles.sorted()
    reach = 1.1 * drawn[drawn.count * 99 / 100]
  }

  /// Points of images on the left, the generator's images of a grid over the same plane on the right.
  ///
  /// - Parameters:
  ///   - images: `[N, C, H, W]`.
  ///   - labels: the class of each, or nothing.
  ///   - side: how many images of the grid in each direction.
  public func scene(
    of images: Tensor, labels: [Int], classNames: [String], side: Int = 20
  ) -> Scene {
    let sheet = manifold(side)
    let margin = 50.0
    let size = Double(max(sheet.width, sheet.height))
    let legend = Legend(labels.isEmpty ? [] : classNames, from: margin, width: 2 * size + margin)
    let top = 40 + legend.height
    var scene = Scene(
      width: Int(2 * size + 3 * margin), height: Int(size + top + margin))
    scene.write("codes of \(images.size(0)) images", at: Place(margin, top - 9), size: 9)
    let axes = Axes(frame: (margin, top, size, size), x: -reach...reach, y: -reach...reach)
    axes.draw(in: &scene)
    legend.draw(in: &scene, top: 6, sign: .dot)
    let codes = Reconstruction(of: images, by: recipe).latents.doubles
    for index in 0..<images.size(0) {
      let (x, y) = (codes[2 * index], codes[2 * index + 1])
      guard abs(x) <= reach, abs(y) <= reach else { continue }
      Style(labels.isEmpty ? 0 : labels[index]).mark(axes.place(x, y), radius: 2, in: &scene)
    }
    let right = 2 * margin + size
    scene.add(.picture(sheet, Place(right, top), scale: 1))
    scene.write("what the decoder makes of the same plane", at: Place(right, top - 9), size: 9)
    return scene
  }

  /// The generator's images of evenly spaced points, the largest second number above.
  func manifold(_ side: Int) -> DecodedImage {
    let values = (0..<side).map { reach * (2 * (Double($0) + 0.5) / Double(side) - 1) }
    let points = values.reversed().flatMap { y in values.flatMap { [Float($0), Float(y)] } }
    let latent = Tensor(points, shape: [side * side, 2]).moved(to: device)
    let drawn = SampleSheet.bytes(of: recipe, latent: latent, labels: nil)
    return ImageGrid.tiled(
      planar: drawn.pixels, channels: drawn.shape[1], height: drawn.shape[2],
      width: drawn.shape[3], columns: side, border: 0)
  }
}
