/// An array of numbers as NumPy writes it: any whole or real elements, either byte order, in C's or
/// Fortran's order.
struct NumberArray {
  /// What to call it in a message.
  let path: String
  let element: ArrayElement
  let shape: [Int]
  /// Elements to go on for the next index of each axis.
  let strides: [Int]
  /// The elements.
  let bytes: [UInt8]

  /// Reads a whole `.npy` file.
  init(_ file: [UInt8], path: String) throws {
    let (header, start) = try NPYHeader.reading(file, path: path)
    guard let element = ArrayElement(header.description) else {
      throw DataError.mismatch(
        path: path, problem: "unsupported elements", expected: "bool, whole or real numbers",
        found: "'\(header.description)'")
    }
    guard let size = Self.byteCount(element, header.shape), size == file.count - start else {
      throw DataError.malformed(
        path: path,
        problem: "its shape \(header.shape) of \(element.name) does not fit the "
          + "\(file.count - start) bytes of elements")
    }
    (self.path, self.element, shape) = (path, element, header.shape)
    strides = Self.strides(of: header.shape, isFortran: header.isFortran)
    bytes = Array(file[start...])
  }

  private static func byteCount(_ element: ArrayElement, _ shape: [Int]) -> Int? {
    shape.reduce(element.byteCount) { count, length in
      guard let count else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      return overflow ? nil : product
    }
  }

  private static func strides(of shape: [Int], isFortran: Bool) -> [Int] {
    var (strides, step) = ([Int](repeating: 0, count: shape.count), 1)
    for axis in isFortran ? Array(shape.indices) : shape.indices.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    return strides
  }

  /// The smallest and the largest element.
  ///
  /// - Throws: `DataError` for NaN or an infinite number.
  func range() throws -> ClosedRange<Double> {
    let size = element.byteCount
    return try bytes.withUnsafeBufferPointer { bytes in
      var (least, most) = (Double.infinity, -Double.infinity)
      for offset in stride(from: 0, to: bytes.count, by: size) {
        let value = element.value(bytes, at: offset)
        guard value.isFinite else {
          let image = strides.first.map { $0 > 0 ? offset / size / $0 : 0 } ?? 0
          let place = strides.first == strides.max() ? "image \(image)" : "an image"
          throw DataError.malformed(path: path, problem: "\(place) holds NaN or an infinite value")
        }
        (least, most) = (min(least, value), max(most, value))
      }
      return least...max(least, most)
    }
  }

  /// All elements of an array of one axis, or of one axis and others of length 1, as whole numbers.
  func wholeNumbers() -> [Int] {
    bytes.withUnsafeBufferPointer { bytes in
      stride(from: 0, to: bytes.count, by: element.byteCount).map {
        let value = element.value(bytes, at: $0)
        return abs(value) < 0x1p53 ? Int(value) : -1
      }
    }
  }
}
