import Foundation
import Testing

@testable import GANData

@Suite("IDX files")
struct IDXTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func images(_ bytes: [UInt8]) throws -> String {
    let path = try folder.write(bytes, to: "images")
    let text = message { _ = try IDXImages(contentsOf: path) }
    return text.replacingOccurrences(of: path, with: "images")
  }

  @Test("Plain and compressed files give the same", arguments: [false, true])
  func reading(compressed: Bool) throws {
    let file = idx([2, 2, 3], Array(1...12))
    let path = try folder.write(compressed ? gzip(file) : file, to: "whatever-name")
    let images = try IDXImages(contentsOf: path)
    #expect((images.count, images.height, images.width) == (2, 2, 3))
    #expect(images.pixels == Array(1...12))
    let classes = idx([3], [7, 8, 9])
    let labels = try folder.write(compressed ? gzip(classes) : classes, to: "labels")
    #expect(try IDXLabels(contentsOf: labels).values == [7, 8, 9])
  }

  @Test("A cut gzip file says what was expected and found")
  func cutGzip() throws {
    var generator = SplitMix64(seed: 3)
    let noise = (0..<3000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let file = gzip(idx([3, 20, 50], noise))
    let text = try images(Array(file.prefix(file.count / 2)))
    #expect(text.hasPrefix("images: compressed data ends early (expected 3016 bytes, found 1"))
    #expect(try images(Array(file.prefix(15))).hasPrefix("images: the IDX header ends early"))
    // Only the trailing check sum is missing.
    #expect(
      try images(file.dropLast(5))
        == "images: compressed data ends early (expected 3016 bytes, found 3016)")
  }

  @Test("A damaged check sum is found")
  func checksum() throws {
    var file = gzip(idx([1, 2, 2], [1, 2, 3, 4]))
    file[file.count - 6] ^= 0xFF
    #expect(try images(file) == "images: damaged compressed data: incorrect data check")
  }

  @Test("Headers that lie are refused", arguments: [false, true])
  func lyingHeaders(compressed: Bool) throws {
    func text(_ file: [UInt8]) throws -> String { try images(compressed ? gzip(file) : file) }
    #expect(
      try text(idx([5, 2, 2], [1, 2, 3, 4]))
        == "images: the data ends early (expected 36 bytes, found 20)")
    #expect(
      try text(idx([.max, 28, 28], [1]))
        == "images: the data ends early (expected 3367254359296 bytes, found 17)")
    #expect(
      try text(idx([.max, .max, .max], [1])).contains(
        "announces 4294967295x4294967295x4294967295 values, which no file can hold"))
    #expect(
      try text(idx([1, 2, 2], [1, 2, 3, 4, 5])).hasPrefix(
        "images: there is more data than the header says (expected 20 bytes, found "))
    #expect(try text(idx([0, 28, 28], [])) == "images: no images: its header says 0 images")
    #expect(try text(idx([2, 0, 28], [])).contains("the images have no pixels"))
  }

  @Test("Other kinds of IDX file are refused by their magic number")
  func magic() throws {
    #expect(
      try images(idx([4], [1, 2, 3, 4]))
        == "images: not an IDX file of images (expected magic number 2051, found 2049)")
    #expect(try images([0, 0]) == "images: the IDX header ends early (expected 16 bytes, found 2)")
  }

  @Test("Labels must be as many as images")
  func counts() throws {
    let images = try folder.write(idx([2, 1, 1], [1, 2]), to: "train-images-idx3-ubyte")
    let labels = try folder.write(idx([3], [1, 2, 3]), to: "train-labels-idx1-ubyte")
    #expect(
      message { _ = try DataSet.open(images) }
        == "\(labels): the number of labels differs from that of the images "
        + "(expected 2, found 3)")
  }

  @Test("A folder of IDX files opens by split, with labels found by name")
  func folderOfFiles() throws {
    try folder.write(gzip(idx([2, 1, 1], [1, 2])), to: "train-images-idx3-ubyte.gz")
    try folder.write(idx([2], [0, 3]), to: "train-labels-idx1-ubyte")
    try folder.write(idx([1, 1, 1], [9]), to: "t10k-images-idx3-ubyte")
    let train = try DataSet.open(folder.path, split: .train)
    #expect(train.count == 2)
    // Only what occurs is a class.
    #expect(train.classNames == ["0", "3"])
    #expect(train.label(at: 1) == 1)
    let test = try DataSet.open(folder.path, split: .test)
    #expect(test.count == 1)
    #expect(test.classNames.isEmpty && test.label(at: 0) == nil)
    #expect(try test.image(at: 0).pixels == [9])
    let all = try DataSet.open(folder.path, split: .all)
    #expect(try (0..<all.count).map { try all.image(at: $0).pixels[0] } == [9, 1, 2])
  }

  @Test("Labels that begin with 1 make no class 0, and splits number classes alike")
  func classesFromOne() throws {
    try folder.write(idx([3, 1, 1], [1, 2, 3]), to: "train-images-idx3-ubyte")
    try folder.write(idx([3], [1, 3, 10]), to: "train-labels-idx1-ubyte")
    try folder.write(idx([2, 1, 1], [4, 5]), to: "test-images-idx3-ubyte")
    try folder.write(idx([2], [10, 2]), to: "test-labels-idx1-ubyte")
    let path = folder.path
    for split in Split.allCases {
      #expect(try DataSet.open(path, split: split).classNames == ["1", "2", "3", "10"])
    }
    let test = try DataSet.open(path, split: .test)
    #expect([test.label(at: 0), test.label(at: 1)] == [3, 1])
    let file = try DataSet.open(path + "/train-images-idx3-ubyte")
    #expect(file.classNames == ["1", "3", "10"] && file.classCounts == [1, 1, 1])
    // Parts of a joined set are labelled by the names of their classes.
    let all = JoinedSource([file, try DataSet.open(path + "/test-images-idx3-ubyte")])
    #expect(all.classNames == ["1", "2", "3", "10"])
    #expect((0..<5).map { all.label(at: $0) } == [0, 2, 3, 3, 1])
  }

  @Test("The digits in the package are complete")
  func mnist() throws {
    let train = try DataSet.open("mnist")
    #expect(train.count == 60000)
    #expect(train.classNames.count == 10)
    #expect(try train.facts().nativeSize == ImageSize(height: 28, width: 28))
    var counts = [Int](repeating: 0, count: 10)
    for index in 0..<train.count { counts[try #require(train.label(at: index))] += 1 }
    #expect(counts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    #expect(try DataSet.open("MNIST", split: .test).count == 10000)
  }
}
