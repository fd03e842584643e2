import Torch

extension Tensor {
  /// Bytes in the order `[N, C, H, W]` as images in [-1, 1], channels innermost.
  public init(imageBytes bytes: [UInt8], shape: [Int], on device: Device = .cpu) {
    self = Tensor(bytes: bytes, shape: shape).moved(to: device).asImages
  }

  /// Bytes `[N, C, H, W]` (`uint8`) as numbers in [-1, 1], channels innermost.
  var asImages: Tensor { (cast(to: .float32) * (2.0 / 255) - 1).settled(.channelsLast) }

  /// Images in [-1, 1] as bytes 0 to 255, rounded, in the order `[N, C, H, W]`.
  public var imageBytes: [UInt8] {
    (cast(to: .float32).contiguous() * 127.5 + 127.5).clamped(to: 0...255).rounded()
      .cast(to: .uint8).bytes
  }
}
