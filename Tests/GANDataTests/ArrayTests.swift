import Foundation
import Testing

@testable import GANData

@Suite("Arrays of images")
struct ArrayTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A file as NumPy writes it.
  private func npy(_ description: String, _ shape: [Int], _ bytes: [UInt8], fortran: Bool = false)
    -> [UInt8]
  {
    let lengths = shape.map { "\($0)," }.joined(separator: " ")
    let order = fortran ? "True" : "False"
    let header = "{'descr': '\(description)', 'fortran_order': \(order), 'shape': (\(lengths)), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.utf8.count, 2)
      + Array(header.utf8) + bytes
  }

  private func floats(_ values: [Float]) -> [UInt8] {
    values.flatMap { little(Int($0.bitPattern), 4) }
  }

  private func open(_ file: [UInt8]) throws -> any ImageSource {
    try DataSet.open(folder.write(file, to: "x.npy"))
  }

  private func pixels(_ file: [UInt8]) throws -> [[UInt8]] {
    let source = try open(file)
    return try (0..<source.count).map { try source.image(at: $0).pixels }
  }

  private func problem(_ file: [UInt8]) -> String {
    message { _ = try open(file) }.replacingOccurrences(of: folder.path + "/", with: "")
  }

  @Test("Grey, channels last and first, Fortran's order, opacity")
  func layouts() throws {
    let values: [UInt8] = Array(0..<12)
    #expect(try pixels(npy("|u1", [2, 2, 3], values)) == [Array(0..<6), Array(6..<12)])
    #expect(try pixels(npy("|u1", [2, 2, 3, 1], values)) == [Array(0..<6), Array(6..<12)])
    #expect(try pixels(npy("|u1", [2, 1, 2, 3], values)) == [Array(0..<6), Array(6..<12)])
    // One image of three planes of two rows and two columns.
    #expect(
      try pixels(npy("|u1", [1, 3, 2, 2], values)) == [[0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]])
    // The first axis runs fastest: [n][y][x] stands at n + 2y + 4x.
    #expect(
      try pixels(npy("|u1", [2, 2, 3], values, fortran: true))
        == [[0, 4, 8, 2, 6, 10], [1, 5, 9, 3, 7, 11]])
    let clear = npy("|u1", [1, 1, 2, 4], [10, 20, 30, 255, 10, 20, 30, 0])
    #expect(try pixels(clear) == [[10, 20, 30, 255, 255, 255]])
    let black = try open(clear).decoding(DecodingOptions(background: .black))
    #expect(try black.image(at: 0).pixels == [10, 20, 30, 0, 0, 0])
  }

  @Test("Elements of all kinds, and both byte orders")
  func elements() throws {
    func row(_ description: String, _ bytes: [UInt8]) throws -> [UInt8] {
      let size = try #require(description.last?.wholeNumberValue)
      return try pixels(npy(description, [1, 1, bytes.count / size], bytes))[0]
    }
    #expect(try row("|b1", [0, 1]) == [0, 255])
    #expect(try row("<i8", little(7, 8) + little(255, 8)) == [7, 255])
    #expect(try row(">i4", little(9, 4).reversed()) == [9])
    #expect(try row("<u2", little(200, 2)) == [200])
    // Above 255 they are 16-bit samples.
    #expect(try row("<u2", little(4095, 2) + little(65535, 2)) == [16, 255])
    #expect(try row("<f4", floats([0, 0.5, 1])) == [0, 128, 255])
    #expect(try row("<f4", floats([-1, 0, 1])) == [0, 128, 255])
    #expect(try row("<f4", floats([0, 99.6, 255])) == [0, 100, 255])
    #expect(try row("<f8", little(Int(bitPattern: UInt(0.2.bitPattern)), 8)) == [51])
    // 1.0 and 0.25 of 16 bits.
    #expect(try row("<f2", little(0x3C00, 2) + little(0x3400, 2)) == [255, 64])
  }

  @Test("Bits in use of 16-bit arrays")
  func bits() throws {
    let source = try open(npy("<u2", [1, 1, 2], little(4095, 2) + little(0, 2)))
    #expect(SampleSurvey(of: source).range?.bits == 12)
    #expect(try source.decoding(DecodingOptions(bits: 12)).image(at: 0).pixels == [255, 0])
    let narrow = source.decoding(DecodingOptions(bits: 8))
    #expect(message { _ = try narrow.image(at: 0) }.contains("more than the 8 bits in use"))
  }

  @Test("Wrong ranges, shapes and elements are refused with advice")
  func refused() {
    #expect(
      problem(npy("<f4", [1, 1, 2], floats([-2.5, 2])))
        == "x.npy: wrong values for float32 images (expected 0 to 1, -1 to 1 or 0 to 255; "
        + "scale the array, found -2.5 to 2.0)")
    #expect(problem(npy("<f4", [1, 1, 2], floats([0, 3]))).contains("wrong values"))
    #expect(problem(npy("<f4", [1, 1, 2], floats([0, 256]))).contains("wrong values"))
    #expect(problem(npy("<i4", [1, 1, 1], little(-1, 4))).contains("wrong values for int32"))
    #expect(
      problem(npy("<f4", [2, 1, 1], floats([0, .nan])))
        == "x.npy: image 1 holds NaN or an infinite value")
    #expect(
      problem(npy("|u1", [2, 784], [UInt8](repeating: 0, count: 1568)))
        == "x.npy: not an array of images (expected [N, H, W], [N, H, W, C] or [N, C, H, W] with "
        + "1, 3 or 4 channels, found [2, 784])")
    #expect(problem(npy("|O", [1, 1, 1], [0])).contains("unsupported elements"))
    #expect(problem(npy("|u1", [2, 2, 2], [1, 2])).contains("does not fit the 2 bytes"))
  }

  @Test("Labels beside an array")
  func labels() throws {
    let file = npy("|u1", [3, 1, 1], [1, 2, 3])
    try folder.write(
      npy("<i8", [3], little(2, 8) + little(0, 8) + little(2, 8)), to: "x.labels.npy")
    let source = try open(file)
    #expect(source.classNames == ["0", "2"])
    #expect((0..<3).map { source.label(at: $0) } == [1, 0, 1])
    try folder.write(npy("<i8", [2], little(0, 16)), to: "x.labels.npy")
    #expect(problem(file).hasPrefix("x.labels.npy: labels that do not fit the images of"))
  }

  private func npz(_ arrays: [String: [UInt8]]) throws -> String {
    var zip = ZipBuilder()
    for (name, file) in arrays { zip.add(name + ".npy", file) }
    return try folder.write(zip.finished(), to: "a.npz")
  }

  @Test("An archive of arrays: the only images, those of a split, or those of a name")
  func archives() throws {
    let lone = try npz([
      "arr_0": npy("|u1", [2, 1, 1], [5, 6]), "mean": npy("<f4", [1], floats([0])),
    ])
    #expect(try DataSet.open(lone).image(at: 1).pixels == [6])

    let digits = try npz([
      "x_train": npy("|u1", [2, 1, 1], [1, 2]), "y_train": npy("|u1", [2], [0, 1]),
      "x_test": npy("|u1", [1, 1, 1], [3]), "y_test": npy("|u1", [1], [1]),
    ])
    let train = try DataSet.open(digits, split: .train)
    #expect(train.count == 2 && train.label(at: 1) == 1 && train.classNames == ["0", "1"])
    #expect(train.name(at: 1) == digits + "/x_train#1")
    #expect(try DataSet.open(digits, split: .test).image(at: 0).pixels == [3])
    #expect(try DataSet.open(digits, split: .all).count == 3)
    #expect(try DataSet.open(digits + ":x_test").count == 1)
    #expect(
      message { _ = try DataSet.open(digits + ":x_val") }.hasPrefix(
        "\(digits): has no array 'x_val'; it holds x_test [1, 1, 1], x_train [2, 1, 1], "))

    let several = try npz(["a": npy("|u1", [1, 1, 1], [1]), "b": npy("|u1", [1, 1, 1], [2])])
    #expect(
      message { _ = try DataSet.open(several) }
        == "\(several): several arrays may be the images: a, b; name one, as in \(several):a")
    #expect(try DataSet.open(several + ":b").image(at: 0).pixels == [2])
  }

  @Test("Validation images serve where there are no test images, as in MedMNIST")
  func validation() throws {
    let path = try npz([
      "train_images": npy("|u1", [1, 1, 1], [1]), "train_labels": npy("|u1", [1, 1], [0]),
      "val_images": npy("|u1", [2, 1, 1], [2, 3]), "val_labels": npy("|u1", [2, 1], [4, 5]),
      "test_images": npy("|u1", [2, 1, 1], [6, 7]), "test_labels": npy("|u1", [2, 1], [8, 9]),
    ])
    let test = try DataSet.open(path, split: .test)
    #expect(try test.image(at: 0).pixels == [6] && test.label(at: 1) == 4)
    // Classes are numbered over all splits.
    #expect(test.classNames == ["0", "4", "5", "8", "9"])
    #expect(try DataSet.open(path, split: .train).label(at: 0) == 0)
    #expect(try DataSet.open(path, split: .all).count == 5)
  }
}
