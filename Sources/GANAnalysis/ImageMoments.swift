import Torch

/// Slant and width of what is drawn bright on dark, from the moments of its brightness.
public struct ImageMoments {
  /// The correlation of a bright point's row and column, in [-1, 1], `[N]`: 0 for an upright or lying
  /// figure, positive for one that leans to the left (rows count downwards).
  public let slant: Tensor
  /// The deviation of a bright point's column from the mean one, in pixels, `[N]`.
  public let width: Tensor

  /// Moments of images `[N, C, H, W]` in [-1, 1]; channels are added up. Both are 0 for a picture
  /// without anything bright.
  public init(of images: Tensor) {
    let (height, width) = (images.size(2), images.size(3))
    let light = ((images.cast(to: .float32) + 1) / 2).sum(axes: [1])  // [N, H, W]
    let share = light / light.sum(axes: [1, 2], keepingDimensions: true).clamped(to: 1e-6...1e9)
    let y = Tensor((0..<height).map { Float($0) }, shape: [1, height, 1]).moved(to: images.device)
    let x = Tensor((0..<width).map { Float($0) }, shape: [1, 1, width]).moved(to: images.device)
    func mean(_ values: Tensor) -> Tensor {
      (share * values).sum(axes: [1, 2], keepingDimensions: true)
    }
    let (fromY, fromX) = (y - mean(y), x - mean(x))
    let (yy, xx, xy) = (mean(fromY * fromY), mean(fromX * fromX), mean(fromY * fromX))
    slant = (xy / (yy * xx).sqrt().clamped(to: 1e-6...1e9)).flattened()
    self.width = xx.clamped(to: 0...1e9).sqrt().flattened()
  }
}
