import Foundation
import GANKit
import Torch

/// What a run takes of a disk at most.
struct RunSize: Equatable {
  /// Bytes of a checkpoint.
  let checkpoint: Int
  /// How many lie there at once: those that are kept, the one that is being written, and the best.
  let checkpoints: Int
  /// Bytes of all sample sheets, which TensorBoard's file has once more.
  let sheets: Int

  /// Of a run that has some checkpoints already.
  init(checkpoint: Int, checkpoints: Int, sheets: Int) {
    (self.checkpoint, self.checkpoints, self.sheets) = (checkpoint, checkpoints, sheets)
  }

  /// What a recipe's run is going to write.
  ///
  /// - Parameters:
  ///   - step: how far the run is.
  ///   - existing: checkpoints that it has and that give way to new ones.
  init(
    of recipe: some Recipe, _ configuration: RunConfiguration, _ shape: DataShape, from step: Int,
    existing: Int = 0, device: Device
  ) {
    let tensors = Checkpoint.parts(of: recipe, device: device).values.flatMap(\.values)
    checkpoint = tensors.reduce(0) { $0 + $1.count * $1.dtype.byteCount }
    let intervals = configuration.intervals
    let left = max(configuration.steps - step, 0)
    let written = left / intervals.checkpoints + 1
    let kept = intervals.keep + 1 + (configuration.evaluation == nil ? 0 : 1)
    checkpoints = max(min(kept, existing + written) - existing, 1)
    // Eight rows of at most sixteen images; PNG makes them smaller.
    let columns = shape.classes > 0 ? min(shape.classes, 16) : 8
    let image = shape.arePoints ? 65_536 / 64 : shape.imageShape.reduce(1, *)
    sheets = 2 * (left / intervals.samples + 1) * 8 * columns * image
  }

  /// Bytes in all.
  var total: Int { checkpoint * checkpoints + sheets }

  /// What to say of the disk where a run is going to be.
  ///
  /// - Throws: ``RunError`` where it cannot fit.
  func remark(in place: RunPlace) throws -> String? {
    let path =
      switch place {
      case .at(let path): path
      case .numbered(let folder, _): folder
      }
    return try remark(free: DiskSpace.free(at: path), at: path)
  }

  /// What to say where it takes more than half of what is free.
  ///
  /// - Throws: ``RunError`` where its checkpoints cannot fit.
  func remark(free: Int?, at path: String) throws -> String? {
    guard let free else { return nil }
    let words =
      "the run takes up to \(Self.size(total)) (\(checkpoints) checkpoints of "
      + "\(Self.size(checkpoint)), sheets \(Self.size(sheets))), and \(Self.size(free)) are free"
    // What sheets take is a bound that PNG files seldom come near: not for them is a run refused.
    guard checkpoint * checkpoints < free else {
      throw RunError.unsupported(
        "\(path): \(words); take a smaller --keep, a larger --sample-every or another --output")
    }
    return 2 * total > free ? "\(path): \(words)" : nil
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 1_000_000_000
      ? String(format: "%.1f MB", Double(bytes) / 1e6)
      : String(format: "%.2f GB", Double(bytes) / 1e9)
  }
}
