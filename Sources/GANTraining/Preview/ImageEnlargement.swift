import GANData
import GANKit
import Torch
import TorchNN

/// Enlarges single images of any size. Large ones are put together from tiles, each of which sees as much
/// around it as decides what becomes of it, so that the result is that of the whole image, and memory
/// does not grow with the image.
public struct ImageEnlargement {
  private let recipe: any EnlargingRecipe
  private let channels: Int
  private let tile: Int
  private let device: Device

  /// An enlargement by a trained recipe.
  ///
  /// - Parameters:
  ///   - shape: what the recipe was trained on.
  ///   - tile: the longest side of an image that is enlarged at once, in its own pixels.
  /// - Throws: ``RunError`` for a tile that has no room beside its surroundings.
  public init(
    by recipe: any EnlargingRecipe, shape: DataShape, tile: Int, on device: Device
  ) throws {
    try checkField("tile", tile, (2 * recipe.reach + 16)...4096)
    (self.recipe, self.tile, self.device) = (recipe, tile, device)
    channels = shape.channels
  }

  /// The image, as many times as high and as wide as the recipe makes it.
  public func callAsFunction(_ image: DecodedImage) -> DecodedImage {
    let (height, width) = (image.height * recipe.scale, image.width * recipe.scale)
    let input = image.converted(toChannels: channels)
    let pixels = Tensor(
      imageBytes: input.planarPixels, shape: [1, channels, image.height, image.width], on: device)
    var result = [UInt8](repeating: 0, count: channels * height * width)
    forEachTile(of: pixels) { top, left, part in
      let (bytes, rows, columns) = (part.imageBytes, part.size(2), part.size(3))
      for line in 0..<channels * rows {
        let (channel, row) = (line / rows, line % rows)
        let start = (channel * height + top + row) * width + left
        result.replaceSubrange(
          start..<start + columns, with: bytes[line * columns..<(line + 1) * columns])
      }
    }
    return DecodedImage(planar: result, width: width, height: height, channels: channels)
  }

  /// Hands over what becomes of each tile of an image `[1, C, H, W]` in [-1, 1], with the row and the
  /// column of the result where it begins. Tiles lie side by side.
  func forEachTile(of image: Tensor, _ body: (_ top: Int, _ left: Int, _ part: Tensor) -> Void) {
    for row in spans(image.size(2)) {
      for column in spans(image.size(3)) {
        let seen = image.narrowed(2, from: row.seen.lowerBound, length: row.seen.count)
          .narrowed(3, from: column.seen.lowerBound, length: column.seen.count)
        let part = evaluating { recipe.enlarge(seen.contiguous(.channelsLast)) }
        let (top, left) = (row.own.lowerBound * recipe.scale, column.own.lowerBound * recipe.scale)
        let rows = row.own(of: part, along: 2, recipe.scale)
        body(top, left, column.own(of: rows, along: 3, recipe.scale))
      }
    }
  }

  /// A part of a side, and what of the side is looked at for it.
  private struct Span {
    let own, seen: Range<Int>

    /// The part itself of what became of all that was looked at.
    func own(of enlarged: Tensor, along axis: Int, _ scale: Int) -> Tensor {
      let start = (own.lowerBound - seen.lowerBound) * scale
      return enlarged.narrowed(axis, from: start, length: own.count * scale)
    }
  }

  private func spans(_ length: Int) -> [Span] {
    if length <= tile { return [Span(own: 0..<length, seen: 0..<length)] }
    let step = tile - 2 * recipe.reach
    return stride(from: 0, to: length, by: step).map { start in
      let own = start..<min(start + step, length)
      let seen =
        max(own.lowerBound - recipe.reach, 0)..<min(own.upperBound + recipe.reach, length)
      return Span(own: own, seen: seen)
    }
  }
}
