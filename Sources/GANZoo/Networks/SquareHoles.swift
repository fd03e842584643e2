import Torch

/// Holes of images: a square in each, drawn where the images are.
struct SquareHoles {
  /// The sides that a hole may have, in pixels, all as often.
  let sizes: ClosedRange<Int>

  /// Which pixels of images `[N, C, H, W]` are missing: `[N, 1, H, W]`, `bool`. A square of a side lies
  /// at every place alike where it is inside the image, so that there is no pixel that is never missing.
  func drawn(like images: Tensor) -> Tensor {
    let (oneEach, device) = ([images.size(0), 1, 1, 1], images.device)
    let side =
      Tensor.randomIntegers(oneEach, below: sizes.count, on: device).cast(to: .float32)
      + Double(sizes.lowerBound)
    let rows = stretch(of: side, in: images.size(2), along: [1, 1, -1, 1])
    let columns = stretch(of: side, in: images.size(3), along: [1, 1, 1, -1])
    return rows.and(columns)
  }

  /// Which of so many places lie in a stretch of length `side` `[N, 1, 1, 1]` that begins anywhere it fits.
  private func stretch(of side: Tensor, in length: Int, along shape: [Int]) -> Tensor {
    let start = (Tensor.uniform(side.shape, on: side.device) * (Double(length + 1) - side)).floor()
    let places = Tensor.range(0..<length, on: side.device).cast(to: .float32)
    let distance = places.reshaped(to: shape) - start
    // Whole numbers.
    return (distance .> -1).and((distance - side) .< 0)
  }
}

/// The mean absolute error of the pixels inside of holes `[N, 1, H, W]` (`bool`) of images `[N, C, H, W]`
/// that were completed, and are unchanged outside.
func holeError(_ completed: Tensor, _ images: Tensor, _ holes: Tensor) -> Tensor {
  absoluteError(completed, images, reduction: .sum)
    / (holes.cast(to: .float32).sum() * Double(images.size(1)))
}
