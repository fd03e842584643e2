import Torch

extension Tensor {
  /// A part of each of these images `[N, C, H, W]`: `[N, C, height, width]`.
  ///
  /// - Parameters:
  ///   - rows: where the part begins, whole numbers `[N, 1, 1, 1]`; it must lie inside the image.
  ///   - columns: likewise.
  func parts(height: Int, width: Int, rows: Tensor, columns: Tensor) -> Tensor {
    let (count, channels, area) = (size(0), size(1), size(2) * size(3))
    func whole(_ number: Int) -> Tensor {
      .scalar(Double(number), dtype: .int64, on: device)
    }
    func axis(_ length: Int, _ shape: [Int], times factor: Int = 1) -> Tensor {
      (Tensor.range(0..<length, on: device) * whole(factor)).reshaped(to: shape)
    }
    // Where each pixel lies among those of all images.
    let planes =
      axis(count, [count, 1, 1, 1], times: channels * area)
      + axis(channels, [1, channels, 1, 1], times: area)
    let y = (rows + axis(height, [1, 1, height, 1])) * whole(size(3))
    let x = columns + axis(width, [1, 1, 1, width])
    return contiguous().reshaped(to: [-1]).gathered((planes + y + x).reshaped(to: [-1]))
      .reshaped(to: [count, channels, height, width]).settled(.channelsLast)
  }
}
