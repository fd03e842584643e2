import Torch
import TorchNN

/// A history of generated images for the discriminator (Shrivastava et al. 2017, section 2.3): once
/// full, half of the time an image is exchanged for an earlier one.
public struct ImagePool: Module {
  private let images: Buffer
  private let filled = Counter()
  private let capacity: Int

  /// A pool of `capacity` images of `shape` `[C, H, W]`; with capacity 0 images pass through.
  public init(capacity: Int, shape: [Int], on device: Device) {
    images = Buffer(.zeros([capacity] + shape, on: device))
    self.capacity = capacity
  }

  /// Images to show in place of `fresh` `[N, C, H, W]`, of the same shape and without gradient.
  public func exchange(_ fresh: Tensor) -> Tensor {
    let fresh = fresh.detached().cast(to: images.value.dtype)
    if capacity == 0 { return fresh }
    let shown = fresh.cloned()
    StepRecorder.update { [self] in
      for index in 0..<shown.size(0) { exchangeOne(shown[index..<(index + 1)]) }
    }
    return shown
  }

  /// Overwrites an image with an earlier one, or leaves it as it is.
  private func exchangeOne(_ image: Tensor) {
    if filled.value < capacity {
      put(image, at: filled.value)
      filled.advance()
      return
    }
    guard Tensor.uniform([]).item() > 0.5 else { return }
    let position = Int(Tensor.randomIntegers([], below: capacity).item())
    let old = images.value[position..<(position + 1)].cloned()
    put(image, at: position)
    InPlace.copy(old, into: image)
  }

  private func put(_ image: Tensor, at position: Int) {
    let index = Tensor([position]).moved(to: image.device)
    InPlace.replaceRows(index, of: images.value, with: image)
  }
}
