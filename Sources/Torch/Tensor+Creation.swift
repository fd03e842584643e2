import CTorch

extension Tensor {
  /// A tensor of `shape` filled with `value`.
  public static func full(
    _ shape: [Int], _ value: Double, dtype: DType = .float32, on device: Device = .cpu
  ) -> Tensor {
    native("full") {
      shape.withInt64 {
        ct_full($0, $1, value, dtype.code, device.type, Int32(device.index))
      }
    }
  }

  /// Zeros.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, on device: Device = .cpu
  ) -> Tensor { full(shape, 0, dtype: dtype, on: device) }

  /// Ones.
  public static func ones(
    _ shape: [Int], dtype: DType = .float32, on device: Device = .cpu
  ) -> Tensor { full(shape, 1, dtype: dtype, on: device) }

  /// A tensor of `shape` with unspecified contents.
  public static func empty(
    _ shape: [Int], dtype: DType = .float32, on device: Device = .cpu
  ) -> Tensor {
    native("empty") {
      shape.withInt64 { ct_empty($0, $1, dtype.code, device.type, Int32(device.index)) }
    }
  }

  /// A scalar.
  public static func scalar(
    _ value: Double, dtype: DType = .float32, on device: Device = .cpu
  ) -> Tensor { full([], value, dtype: dtype, on: device) }

  /// The integers of a range as `int64`.
  public static func range(_ range: Range<Int>, on device: Device = .cpu) -> Tensor {
    native("range") {
      ct_arange(
        Int64(range.lowerBound), Int64(range.upperBound), 1, DType.int64.code, device.type,
        Int32(device.index))
    }
  }

  /// `count` evenly spaced values from `start` to `end`, both included.
  public static func linspace(
    _ start: Double, _ end: Double, count: Int, dtype: DType = .float32, on device: Device = .cpu
  ) -> Tensor {
    native("linspace") {
      ct_linspace(start, end, Int64(count), dtype.code, device.type, Int32(device.index))
    }
  }

  /// The identity matrix `[n, n]`.
  public static func identity(
    _ n: Int, dtype: DType = .float32, on device: Device = .cpu
  ) -> Tensor {
    native("identity") { ct_eye(Int64(n), dtype.code, device.type, Int32(device.index)) }
  }

  /// 32-bit floats in row-major order.
  public init(_ values: [Float], shape: [Int]? = nil) {
    self.init(elements: values, shape: shape, dtype: .float32)
  }

  /// 64-bit floats in row-major order, kept as `float64`.
  public init(doubles values: [Double], shape: [Int]? = nil) {
    self.init(elements: values, shape: shape, dtype: .float64)
  }

  /// Integers in row-major order, as `int64`.
  public init(_ values: [Int], shape: [Int]? = nil) {
    self.init(elements: values.map { Int64($0) }, shape: shape, dtype: .int64)
  }

  /// Bytes in row-major order, as `uint8`.
  public init(bytes values: [UInt8], shape: [Int]? = nil) {
    self.init(elements: values, shape: shape, dtype: .uint8)
  }

  /// Elements of any type from their bytes in row-major order and the machine's byte order.
  ///
  /// - Precondition: `bytes` holds exactly the elements of `shape`.
  public init(rawBytes bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
    let expected = shape.reduce(dtype.byteCount, *)
    precondition(bytes.count == expected, "\(bytes.count) bytes for shape \(shape) of \(dtype)")
    self = native("init") {
      shape.withInt64 { ct_from_bytes(bytes.baseAddress, $0, $1, dtype.code) }
    }
  }

  private init<Element>(elements: [Element], shape: [Int]?, dtype: DType) {
    self = elements.withUnsafeBytes {
      Tensor(rawBytes: $0, shape: shape ?? [elements.count], dtype: dtype)
    }
  }
}
