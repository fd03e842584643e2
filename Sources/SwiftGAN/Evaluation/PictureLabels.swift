import Foundation
import GANData

/// The classes of an array of images, as `gan sample` writes them beside it: `FILE.labels.npy` with
/// whole numbers `[N]`.
package struct PictureLabels {
  /// Where they were read from.
  package let path: String
  /// A class for every image, at least 0.
  package let values: [Int]

  /// The labels beside an array of `count` images; `nil` where there are none.
  ///
  /// - Throws: `DataError` in one line, naming the file of labels.
  package init?(beside images: String, count: Int) throws {
    path = Self.path(beside: images)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file = try NPYFile(readingFrom: path)
    guard file.element == .int64 || file.element == .uint8 else {
      throw DataError.mismatch(
        path: path, problem: "wrong elements for labels", expected: "int64 or uint8",
        found: "float32")
    }
    guard file.shape == [count] else {
      throw DataError.mismatch(
        path: path, problem: "labels that do not fit the images of \(images)",
        expected: "shape [\(count)]", found: "\(file.shape)")
    }
    values = file.wholeNumbers
    if let index = values.firstIndex(where: { $0 < 0 }) {
      throw DataError.mismatch(
        path: path, problem: "a wrong label of image \(index)", expected: "a class, 0 or more",
        found: "\(values[index])")
    }
  }

  /// `name.labels.npy` for `name.npy`.
  package static func path(beside images: String) -> String { images.dropLast(4) + ".labels.npy" }

  /// Throws unless every label is one of the classes that a network tells apart.
  package static func check(_ labels: [Int], of images: String, classes: Int, network: String)
    throws
  {
    guard let index = labels.firstIndex(where: { $0 >= classes }) else { return }
    throw DataError.mismatch(
      path: path(beside: images), problem: "a wrong label of image \(index)",
      expected: "one of the \(classes) classes of \(network), 0 to \(classes - 1)",
      found: "\(labels[index])")
  }
}
