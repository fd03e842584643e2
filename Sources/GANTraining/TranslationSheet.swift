import Foundation
import GANData
import GANKit
import Torch
import TorchNN

/// The images whose translations a run shows again and again: held-out ones where the data has a
/// test split, else the first of the training images.
///
/// A row of inputs, one of outputs, and one of targets (pairs) or of the way back (two domains); for
/// systems that translate both ways the same again from B; for an adaptation, target images last.
struct TranslationSheet {
  private let parts: [Tensor]
  private let kind: DataKind
  private let seed: UInt64
  private let device: Device
  private static let columns = 8

  /// - Parameter shape: what the run's images look like.
  init(
    _ data: DataConfiguration, _ kind: DataKind, shape: DataShape, seed: UInt64, on device: Device
  ) throws {
    (self.kind, self.seed, self.device) = (kind, seed, device)
    let sources = try TranslationSheet.examples(data, kind, seed)
    let channels = [shape.inputShape[0], shape.channels]
    parts = try zip(sources, channels).map { source, channels in
      let count = min(source.count, TranslationSheet.columns)
      let images = try PackedImages(
        SubsetSource(source, Array(0..<count)), size: shape.height, channels: channels,
        fit: source.preferredFit, policy: data.skipBroken ? .skipBroken : .fail)
      let pixels = Tensor(
        bytes: images.pixels, shape: [images.count, channels, shape.height, shape.height])
      return (pixels.moved(to: device).cast(to: .float32) * (2.0 / 255) - 1)
        .settled(.channelsLast)
    }
  }

  private static func examples(
    _ data: DataConfiguration, _ kind: DataKind, _ seed: UInt64
  ) throws -> [any ImageSource] {
    if let held = try? ImageSets.open(data, kind: kind, split: .test, seed: seed),
      held.allSatisfy({ $0.count > 0 })
    {
      return held
    }
    return try ImageSets.open(data, kind: kind, seed: seed)
  }

  /// The sheet; the generators' state stays as it was.
  func picture(of recipe: some TranslatingRecipe) -> DecodedImage {
    let rows: [Tensor] = Randomness.isolated(seed: seed, on: device) {
      withMode(.evaluation) { withoutGradients { self.rows(of: recipe) } }
    }
    let channels = rows.map { $0.size(1) }.max() ?? 1
    let side = parts[0].size(2)
    let pixels = rows.flatMap { row in
      let colour = row.size(1) == channels ? row : .concatenated([row, row, row], axis: 1)
      let missing = TranslationSheet.columns - row.size(0)
      let blank = [UInt8](repeating: 0, count: missing * channels * side * side)
      return SampleSheet.quantized(colour).bytes + blank
    }
    return ImageGrid.tiled(
      planar: pixels, channels: channels, height: side, width: side,
      columns: TranslationSheet.columns)
  }

  private func rows(of recipe: some TranslatingRecipe) -> [Tensor] {
    let output = recipe.translate(parts[0], .ab)
    guard recipe.directions.contains(.ba) else { return [parts[0], output, parts[1]] }
    let back = recipe.translate(parts[1], .ba)
    return [
      parts[0], output, recipe.translate(output, .ba),
      parts[1], back, recipe.translate(back, .ab),
    ]
  }
}
