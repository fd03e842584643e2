import Foundation
import Torch

/// Resizing of images by Keys' cubic kernel with a = -0.5, as MATLAB's `imresize` does it: where images
/// shrink, the kernel is as much wider (antialiasing), and beyond the border they are mirrored, the
/// border's pixel first. Two matrix products, on the images' device.
public struct CubicResizing {
  /// `[H', H]` and `[W, W']`.
  private let (rows, columns): (Tensor, Tensor)

  /// From one size to another.
  public init(
    from old: (height: Int, width: Int), to new: (height: Int, width: Int), on device: Device = .cpu
  ) {
    rows = Self.matrix(from: old.height, to: new.height).moved(to: device)
    columns = Self.matrix(from: old.width, to: new.width).transposed().moved(to: device)
  }

  /// `[N, C, H, W] -> [N, C, H', W']` in float32; values near edges may lie a little outside of the images'
  /// range. An autocast does not reach it.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    withFullPrecision(on: images.device) {
      rows.matmul(images).matmul(columns).contiguous(.channelsLast)
    }
  }

  /// What each of the old samples counts for in each of the new, `[new, old]`.
  private static func matrix(from old: Int, to new: Int) -> Tensor {
    let factor = Double(new) / Double(old)
    let sharpness = min(factor, 1)
    let reach = 2 / sharpness
    var matrix = [Float](repeating: 0, count: new * old)
    for row in 0..<new {
      let center = (Double(row) + 0.5) / factor - 0.5
      let taps = (Int((center - reach).rounded(.down))...Int((center + reach).rounded(.up))).map {
        (place: $0, weight: kernel((center - Double($0)) * sharpness))
      }
      let total = taps.reduce(0) { $0 + $1.weight }
      for tap in taps {
        matrix[row * old + mirrored(tap.place, old)] += Float(tap.weight / total)
      }
    }
    return Tensor(matrix, shape: [new, old])
  }

  private static func kernel(_ position: Double) -> Double {
    let x = abs(position)
    if x <= 1 { return (1.5 * x - 2.5) * x * x + 1 }
    if x < 2 { return ((2.5 - 0.5 * x) * x - 4) * x + 2 }
    return 0
  }

  /// The sample that is seen at a place, which may lie beyond the border, however far.
  private static func mirrored(_ place: Int, _ count: Int) -> Int {
    let period = 2 * count
    let inside = ((place % period) + period) % period
    return inside < count ? inside : period - 1 - inside
  }
}

extension Tensor {
  /// Images `[N, C, H, W]`, `factor` times smaller by ``CubicResizing``.
  ///
  /// - Precondition: H and W are multiples of the factor.
  public func reducedCubically(by factor: Int) -> Tensor {
    let (height, width) = (size(2), size(3))
    precondition(
      height % factor == 0 && width % factor == 0, "\(height)x\(width) by \(factor)")
    return CubicResizing(
      from: (height, width), to: (height / factor, width / factor), on: device)(self)
  }

  /// Images `[N, C, H, W]`, `factor` times larger by ``CubicResizing``.
  public func enlargedCubically(by factor: Int) -> Tensor {
    let (height, width) = (size(2), size(3))
    return CubicResizing(
      from: (height, width), to: (height * factor, width * factor), on: device)(self)
  }
}
