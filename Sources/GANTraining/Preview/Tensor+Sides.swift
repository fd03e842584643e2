import Torch

extension Tensor {
  /// Images mirrored at the right and the bottom up to sides that are multiples of a number and not so short
  /// that a network which mirrors borders itself has nothing to mirror; the border pixel repeated where
  /// there is too little to mirror here.
  func extended(toMultiplesOf multiple: Int) -> Tensor {
    let (height, width) = (size(2), size(3))
    func missing(_ length: Int) -> Int {
      (max(length, 8) + multiple - 1) / multiple * multiple - length
    }
    let (bottom, right) = (missing(height), missing(width))
    if bottom == 0 && right == 0 { return self }
    let fits = bottom < height && right < width
    return padded(
      left: 0, right: right, top: 0, bottom: bottom, with: fits ? .reflection : .replication)
  }

  /// The upper left part of images, as large as others.
  func cut(like images: Tensor) -> Tensor {
    narrowed(2, from: 0, length: images.size(2)).narrowed(3, from: 0, length: images.size(3))
  }
}
