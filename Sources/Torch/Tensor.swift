import CTorch

/// An n-dimensional array on a device, with LibTorch's storage, kernels and automatic
/// differentiation behind it.
///
/// A tensor is a value: no public operation changes one in place (only optimizers and buffers do,
/// outside any graph). Images are `[N, C, H, W]`. Operations trap when shapes, types or devices do
/// not fit, naming the operation and the shapes.
public struct Tensor {
  let handle: TensorHandle

  init(adopting pointer: CTTensor) { handle = TensorHandle(pointer) }
}

@available(*, unavailable, message: "a tensor stays with the task that made it")
extension Tensor: Sendable {}

extension Tensor {
  /// The number of axes; 0 for a scalar.
  public var rank: Int { withExtendedLifetime(handle) { Int(ct_rank(handle.pointer)) } }

  /// The length of every axis.
  public var shape: [Int] {
    withExtendedLifetime(handle) {
      let rank = Int(ct_rank(handle.pointer))
      return withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(rank, 1)) { buffer in
        ct_shape(handle.pointer, buffer.baseAddress)
        return (0..<rank).map { Int(buffer[$0]) }
      }
    }
  }

  /// The length of one axis; negative axes count from the end.
  public func size(_ axis: Int) -> Int {
    let shape = shape
    return shape[axis < 0 ? axis + shape.count : axis]
  }

  /// The number of elements.
  public var count: Int { withExtendedLifetime(handle) { Int(ct_count(handle.pointer)) } }

  /// The element type.
  public var dtype: DType {
    withExtendedLifetime(handle) { DType(code: ct_dtype(handle.pointer)) }
  }

  /// Where the elements live.
  public var device: Device {
    withExtendedLifetime(handle) {
      Device(
        type: ct_device_type(handle.pointer), index: Int(ct_device_index(handle.pointer)))
    }
  }

  /// Whether gradients with respect to this tensor can be asked for.
  public var requiresGradient: Bool {
    withExtendedLifetime(handle) { ct_requires_grad(handle.pointer) }
  }

  /// Whether the elements lie densely in the order of `format`.
  public func isContiguous(_ format: MemoryFormat = .contiguous) -> Bool {
    withExtendedLifetime(handle) { ct_is_contiguous(handle.pointer, format.code) }
  }
}

/// The order of an image tensor's elements in memory; its shape stays `[N, C, H, W]`.
public enum MemoryFormat: Sendable {
  /// Channels outside rows and columns: NCHW.
  case contiguous
  /// Channels innermost: NHWC, the layout in which convolutions are fastest.
  case channelsLast

  var code: Int32 { self == .channelsLast ? 1 : 0 }
}

// MARK: - Reading elements

extension Tensor {
  /// The one element of a scalar tensor. Waits for the device: this is a synchronisation point.
  public func item() -> Double {
    var value = 0.0
    require("item", [self], withExtendedLifetime(handle) { ct_item_double(handle.pointer, &value) })
    return value
  }

  /// The elements in row-major order, as 32-bit floats. Waits for the device.
  public var floats: [Float] { elements(as: .float32, zero: Float(0)) }

  /// The elements in row-major order, as 64-bit floats. Waits for the device.
  public var doubles: [Double] { elements(as: .float64, zero: 0.0) }

  /// The elements in row-major order, as 64-bit integers. Waits for the device.
  public var integers: [Int] { elements(as: .int64, zero: Int64(0)).map { Int($0) } }

  /// The elements in row-major order, as bytes. Waits for the device.
  public var bytes: [UInt8] { elements(as: .uint8, zero: UInt8(0)) }

  private func elements<Element>(as dtype: DType, zero: Element) -> [Element] {
    let converted = cast(to: dtype)
    var result = [Element](repeating: zero, count: converted.count)
    let status = result.withUnsafeMutableBytes { bytes in
      withExtendedLifetime(converted.handle) {
        ct_copy_out(converted.handle.pointer, bytes.baseAddress, Int64(bytes.count))
      }
    }
    require("elements", [self], status)
    return result
  }

  /// The elements' bytes in row-major order, in this tensor's own type. Waits for the device.
  public var rawBytes: [UInt8] {
    var result = [UInt8](repeating: 0, count: count * dtype.byteCount)
    let status = result.withUnsafeMutableBytes { bytes in
      withExtendedLifetime(handle) {
        ct_copy_out(handle.pointer, bytes.baseAddress, Int64(bytes.count))
      }
    }
    require("rawBytes", [self], status)
    return result
  }
}

// MARK: - Conversion

extension Tensor {
  /// The same values with another element type; differentiable between floating types.
  public func cast(to dtype: DType) -> Tensor {
    if dtype == self.dtype { return self }
    return native("cast", self) { ct_to_dtype($0, dtype.code) }
  }

  /// In float32 if this is one of the 16-bit types, else itself: what losses compute in.
  public func atLeastFloat32() -> Tensor {
    switch dtype {
    case .bfloat16, .float16: cast(to: .float32)
    default: self
    }
  }

  /// The same values on another device.
  public func moved(to device: Device) -> Tensor {
    if device == self.device { return self }
    // Only uploads to CUDA may go on in the background: they have left the source when the call
    // returns, whereas a download could be read before it has arrived.
    let isUpload = self.device == .cpu && device != .mps
    return native("moved", self) {
      ct_to_device($0, device.type, Int32(device.index), isUpload)
    }
  }

  /// The same values, laid out densely in the order of `format`.
  public func contiguous(_ format: MemoryFormat = .contiguous) -> Tensor {
    native("contiguous", self) { ct_contiguous($0, format.code) }
  }

  /// As ``contiguous(_:)``, with strides that name the format even where, as with one channel, both
  /// formats hold the same bytes. For tensors that convolutions meet first: images and weights.
  public func settled(_ format: MemoryFormat) -> Tensor {
    native("settled", self) { ct_with_strides_of($0, format.code) }
  }

  /// A copy with storage of its own.
  public func cloned() -> Tensor { native("cloned", self) { ct_clone($0) } }

  /// The same values outside the graph: no gradient flows through the result.
  public func detached() -> Tensor { native("detached", self) { ct_detach($0) } }
}

extension Tensor: CustomStringConvertible {
  /// Shape, type and device, and the values of a small tensor.
  public var description: String {
    let facts = "Tensor(shape: \(shape), \(dtype), \(device))"
    return count <= 16 ? "\(facts) \(doubles)" : facts
  }
}
