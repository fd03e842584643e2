import Torch

/// Mirrors the image over its border: `[N, C, H, W] -> [N, C, H + 2p, W + 2p]`.
public struct ReflectionPad2d: Layer {
  private let width: Int
  /// A border of `width` pixels, less than H and W.
  public init(_ width: Int) { self.width = width }
  /// Larger by twice the border.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.padded(width, with: .reflection) }
}

/// Zeros around the image: `[N, C, H, W] -> [N, C, H + 2p, W + 2p]`.
public struct ZeroPad2d: Layer {
  private let width: Int
  /// A border of `width` pixels.
  public init(_ width: Int) { self.width = width }
  /// Larger by twice the border.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.padded(width) }
}

/// The border pixel repeated: `[N, C, H, W] -> [N, C, H + 2p, W + 2p]`.
public struct ReplicationPad2d: Layer {
  private let width: Int
  /// A border of `width` pixels.
  public init(_ width: Int) { self.width = width }
  /// Larger by twice the border.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.padded(width, with: .replication) }
}

/// `[N, C·f², H, W] -> [N, C, H·f, W·f]` (Shi et al. 2016).
public struct PixelShuffle: Layer {
  private let factor: Int
  /// Enlarges by `factor`.
  public init(_ factor: Int) { self.factor = factor }
  /// `[N, C·f², H, W] -> [N, C, H·f, W·f]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.pixelShuffled(factor) }
}

/// Enlarges images by a factor.
public struct Upsample: Layer {
  private let factor: Int
  private let method: Tensor.Interpolation
  /// Enlarges by `factor`.
  public init(_ factor: Int = 2, by method: Tensor.Interpolation = .nearest) {
    (self.factor, self.method) = (factor, method)
  }
  /// `[N, C, H, W] -> [N, C, H·f, W·f]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.resized(height: input.size(2) * factor, width: input.size(3) * factor, by: method)
  }
}

/// The means of k x k windows: `[N, C, H, W] -> [N, C, H/k, W/k]`.
public struct AvgPool2d: Layer {
  private let kernel: Int
  /// Windows of `kernel` pixels side by side.
  public init(_ kernel: Int = 2) { self.kernel = kernel }
  /// `[N, C, H, W] -> [N, C, H/k, W/k]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.averagePooled(kernel) }
}

/// The maxima of k x k windows: `[N, C, H, W] -> [N, C, H/k, W/k]`.
public struct MaxPool2d: Layer {
  private let kernel: Int
  /// Windows of `kernel` pixels side by side.
  public init(_ kernel: Int = 2) { self.kernel = kernel }
  /// `[N, C, H, W] -> [N, C, H/k, W/k]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.maxPooled(kernel) }
}

/// The mean of every channel: `[N, C, H, W] -> [N, C]`.
public struct GlobalAveragePool: Layer {
  /// The layer.
  public init() {}
  /// `[N, C, H, W] -> [N, C]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.mean(axes: [2, 3]) }
}
