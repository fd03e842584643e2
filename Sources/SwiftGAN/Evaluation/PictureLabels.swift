import GANData

/// The classes of an array of images, as `gan sample` writes them beside it: `FILE.labels.npy` with
/// whole numbers `[N]`.
package enum PictureLabels {
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
