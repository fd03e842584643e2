import GANData
import GANKit
import GANTraining
import Torch

/// Pictures that differ in one code alone: rows of one noise each, along which the code takes
/// several values (Chen et al. 2016, figure 2).
public struct CodeSweep {
  /// Which code.
  public let code: LatentCode
  /// Its values from left to right.
  public let values: [Double]

  /// A sweep over given values within the code's limits.
  public init(_ code: LatentCode, _ values: [Double]) { (self.code, self.values) = (code, values) }

  /// Every category, or `steps` values over a continuous code's range in training.
  public init(all code: LatentCode, steps: Int = 11) {
    switch code.kind {
    case .categorical(let count): self.init(code, (0..<count).map { Double($0) })
    case .continuous(let range): self.init(code, CodeSweep.values(over: range, steps: steps))
    }
  }

  /// Evenly spaced numbers, both ends included.
  public static func values(over range: ClosedRange<Double>, steps: Int) -> [Double] {
    let length = range.upperBound - range.lowerBound
    return (0..<steps).map { range.lowerBound + length * Double($0) / Double(max(steps - 1, 1)) }
  }

  /// Latents `[rows · values, D]`, row after row.
  ///
  /// - Parameters:
  ///   - latent: the noise of each row, `[rows, D]`.
  public func latent(_ latent: Tensor) -> Tensor {
    let rows = latent.size(0)
    return code.setting(
      latent.repeatedElements(values.count, axis: 0), to: (0..<rows).flatMap { _ in values })
  }

  /// The same with noise that the seed decides.
  func latent(
    of recipe: some GenerativeRecipe, rows: Int, seed: UInt64, on device: Device
  ) -> Tensor {
    latent(recipe.prior.rows(rows, seed: seed, on: device))
  }
}

extension CodeAnalysis {
  /// A sweep of every code as rows of pictures; under each picture stands the value.
  ///
  /// - Parameter notes: what to write under a category instead of its number.
  public func scene(rows: Int, seed: UInt64, notes: [CategorySorting] = []) -> Scene {
    let sheets = recipe.codes.flatMap { code -> [PictureRows.Row] in
      let sweep = CodeSweep(all: code)
      let latent = sweep.latent(of: recipe, rows: rows, seed: seed, on: device)
      let pictures = SampleSheet.pictures(of: recipe, latent: latent)
      let classes = notes.first { $0.code == code.name }?.classes
      let captions = sweep.values.enumerated().map { index, value in
        classes.map { $0[index].map(String.init) ?? "-" } ?? short(value, of: code)
      }
      return (0..<rows).map { row in
        let range = row * sweep.values.count..<(row + 1) * sweep.values.count
        return PictureRows.Row(
          row == 0 ? code.name : "", Array(pictures[range]),
          notes: row == rows - 1 ? captions : [])
      }
    }
    return PictureRows(title: "each row: one noise, one code changed", sheets).scene()
  }

  private func short(_ value: Double, of code: LatentCode) -> String {
    if case .categorical = code.kind { return "\(Int(value))" }
    return "\((value * 100).rounded() / 100)"
  }
}

extension SampleSheet {
  /// Pictures of an unconditional system, one for each row of `latent`.
  static func pictures(of recipe: some GenerativeRecipe, latent: Tensor) -> [DecodedImage] {
    let sheet = bytes(of: recipe, latent: latent, labels: nil)
    let each = sheet.shape[1] * sheet.shape[2] * sheet.shape[3]
    return stride(from: 0, to: sheet.pixels.count, by: each).map {
      DecodedImage(
        planar: sheet.pixels[$0..<$0 + each], width: sheet.shape[3], height: sheet.shape[2],
        channels: sheet.shape[1])
    }
  }
}
