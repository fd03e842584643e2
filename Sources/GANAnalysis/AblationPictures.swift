import GANData
import Torch

/// Samples with every map, without the maps found and without as many random ones, side by side.
public struct AblationPictures {
  private let before: [DecodedImage]
  private let after: [DecodedImage]
  private let random: [DecodedImage]
  private let boxes: [PixelBox?]
  private let names: [String]

  /// Images `[N, C, H, W]` of the same samples in [-1, 1], with a box and a name for each.
  public init(
    before: Tensor, after: Tensor, random: Tensor, boxes: [PixelBox?], names: [String]
  ) {
    self.before = DecodedImage.pictures(before)
    self.after = DecodedImage.pictures(after)
    self.random = DecodedImage.pictures(random)
    (self.boxes, self.names) = (boxes, names)
  }

  /// Three rows for every ten of at most 30 samples.
  public func scene() -> Scene {
    let count = min(before.count, 30)
    let rows = stride(from: 0, to: count, by: 10).flatMap { start in
      let range = start..<min(start + 10, count)
      return [
        PictureRows.Row("all maps", range.map { marked(before[$0], $0) }),
        PictureRows.Row("maps dropped", range.map { marked(after[$0], $0) }),
        PictureRows.Row(
          "as many random", range.map { marked(random[$0], $0) }, notes: range.map { names[$0] }),
      ]
    }
    return PictureRows(title: "samples without the maps that draw the boxes", rows).scene()
  }

  private func marked(_ picture: DecodedImage, _ index: Int) -> DecodedImage {
    picture.marked(boxes[index].map { [$0] } ?? [], scale: picture.displayScale)
  }
}
