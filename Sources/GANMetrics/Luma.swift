import Torch

extension Tensor {
  /// The luma of ITU-R BT.601 as MATLAB's `rgb2ycbcr` computes it, 16 to 235, of images `[N, 3, H, W]` in
  /// [0, 1]: `[N, 1, H, W]`, not rounded. Grey images `[N, 1, H, W]` become 0 to 255.
  public func luma601() -> Tensor {
    guard size(1) == 3 else { return self * 255 }
    let weights = Tensor([Float(65.481), 128.553, 24.966], shape: [1, 3, 1, 1]).moved(to: device)
    return (self * weights).sum(axes: [1], keepingDimensions: true) + 16
  }

  /// Images `[N, C, H, W]` without so many pixels at each side.
  public func withoutBorder(_ width: Int) -> Tensor {
    narrowed(2, from: width, length: size(2) - 2 * width)
      .narrowed(3, from: width, length: size(3) - 2 * width)
  }
}
