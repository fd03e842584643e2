/// Images in an array of NumPy's, held in memory: bytes, bool, whole or real numbers, `[N, H, W]`,
/// `[N, H, W, C]` or `[N, C, H, W]`, in C's or Fortran's order, grey, RGB or RGBA.
///
/// Real numbers are 0 to 1, -1 to 1 or 0 to 255, which all of them together decide; whole numbers are 0
/// to 255 or, above that, 16-bit samples.
public struct ArrayImages: ImageSource {
  /// The numbers that occur as labels, empty if there are none.
  public let classNames: [String]
  private let array: NumberArray
  private let layout: ArrayLayout
  private let scale: ArrayScale
  private let labels: [Int]
  private var options = DecodingOptions()

  /// Reads a `.npy` file, with the labels that lie beside it in `NAME.labels.npy`.
  public init(npy path: String) throws {
    let array = try NumberArray(OpenFile.contents(of: path), path: path)
    let beside = (path.hasSuffix(".npy") ? String(path.dropLast(4)) : path) + ".labels.npy"
    let bytes = try? OpenFile.contents(of: beside)
    try self.init(array, labels: bytes.map { try NumberArray($0, path: beside) })
  }

  /// - Parameter classes: Numbers that are classes although these labels may lack them, as those of the
  ///   other splits.
  init(_ array: NumberArray, labels: NumberArray?, classes: Set<Int> = []) throws {
    guard let layout = ArrayLayout(array.shape) else {
      throw DataError.mismatch(
        path: array.path, problem: "not an array of images", expected: ArrayLayout.expected,
        found: "\(array.shape)")
    }
    (self.array, self.layout, scale) = (array, layout, try ArrayScale(array))
    let values = try labels.map { try Self.checked($0, count: layout.count, array.path) } ?? []
    let present = values.isEmpty ? [] : classes.union(values).sorted()
    classNames = present.map(String.init)
    let numbers = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, $0) })
    self.labels = values.compactMap { numbers[$0] }
  }

  private static func checked(
    _ labels: NumberArray, count: Int, _ images: String
  ) throws -> [Int] {
    guard labels.element.isWhole else {
      throw DataError.mismatch(
        path: labels.path, problem: "wrong elements for labels",
        expected: "whole numbers such as int64",
        found: labels.element.name)
    }
    guard labels.shape == [count] || labels.shape == [count, 1] else {
      throw DataError.mismatch(
        path: labels.path, problem: "labels that do not fit the images of \(images)",
        expected: "shape [\(count)]", found: "\(labels.shape)")
    }
    let values = labels.wholeNumbers()
    if let index = values.firstIndex(where: { !(0..<65_536).contains($0) }) {
      throw DataError.mismatch(
        path: labels.path, problem: "a wrong label of image \(index)",
        expected: "a class, 0 or more", found: "\(values[index])")
    }
    return values
  }

  /// Number of images.
  public var count: Int { layout.count }

  /// The label of an image.
  public func label(at index: Int) -> Int? { labels.isEmpty ? nil : labels[index] }

  /// The array and the image's number in it.
  public func name(at index: Int) -> String { "\(array.path)#\(index)" }

  /// What all images have in common.
  public func header(at index: Int) -> ImageHeader {
    ImageHeader(
      width: layout.width, height: layout.height, channels: layout.channels == 1 ? 1 : 3,
      mode: "\(array.element.name), \(scale.words)", isDeep: scale == .deep)
  }

  /// An image.
  public func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    let values = try samples(at: index)
    let hasAlpha = layout.channels == 4
    let stored = StoredSamples(
      width: layout.width, height: layout.height, channels: hasAlpha ? 3 : layout.channels,
      hasAlpha: hasAlpha, values: values)
    let flat = hasAlpha ? stored.composited(over: options.background) : stored
    let image = DecodedImage(
      width: layout.width, height: layout.height, channels: flat.channels, pixels: flat.values)
    return (image, header(at: index))
  }

  /// The size that all images have.
  public func facts() -> ImageFacts { ImageFacts(header(at: 0)) }

  /// The same images before another background, or of so many bits.
  public func decoding(_ options: DecodingOptions) -> any ImageSource {
    var copy = self
    copy.options = options
    return copy
  }

  /// The largest value of an image of 16-bit samples.
  public func largestSample(at index: Int) -> Int? {
    guard scale == .deep else { return nil }
    var largest = 0.0
    forEachValue(of: index) { largest = max(largest, $0) }
    return Int(largest)
  }

  private func samples(at index: Int) throws -> [UInt8] {
    let most = Double(options.largestSample)
    var samples: [UInt8] = []
    samples.reserveCapacity(layout.height * layout.width * layout.channels)
    var largest = 0.0
    forEachValue(of: index) { value in
      largest = max(largest, value)
      samples.append(scale.sample(value, most: most))
    }
    guard scale != .deep || largest <= most else {
      throw DataError.mismatch(
        path: name(at: index),
        problem: "a sample needs more than the \(options.bits ?? 16) bits in use",
        expected: "at most \(Int(most))", found: "\(Int(largest))")
    }
    return samples
  }

  /// In the order of rows, columns and channels.
  private func forEachValue(of index: Int, _ body: (Double) -> Void) {
    let steps = layout.steps(array.strides)
    array.bytes.withUnsafeBufferPointer { bytes in
      for y in 0..<layout.height {
        for x in 0..<layout.width {
          let pixel = index * steps.image + y * steps.row + x * steps.column
          for channel in 0..<layout.channels {
            let place = (pixel + channel * steps.channel) * array.element.byteCount
            body(array.element.value(bytes, at: place))
          }
        }
      }
    }
  }
}
