import GANAnalysis
import GANKit
import GANTraining

/// What a system's codes have come to mean.
package struct CodeNumbers: Encodable {
  /// How well each categorical code sorts images.
  package let categorical: [CategorySorting]
  /// What each continuous code goes with.
  package let continuous: [CodeMeaning]

  /// Counts on the images of a run.
  ///
  /// - Parameters:
  ///   - images: how many training images at most say what the categories stand for.
  ///   - tests: how many test images at most.
  ///   - sweeps: how many sweeps of each continuous code are drawn.
  ///   - seed: decides the choice of images and the noise.
  package init(
    _ analysis: CodeAnalysis, of codes: [LatentCode], on images: RunImages, training: Int,
    tests: Int, sweeps: Int, seed: UInt64
  ) throws {
    categorical = try Self.sorting(analysis, codes, images, (training, tests), seed)
    continuous = analysis.meanings(sweeps: sweeps, seed: seed)
  }

  /// Nothing without categorical codes: then no image is needed.
  private static func sorting(
    _ analysis: CodeAnalysis, _ codes: [LatentCode], _ images: RunImages,
    _ counts: (training: Int, tests: Int), _ seed: UInt64
  ) throws -> [CategorySorting] {
    let isCategorical = { (code: LatentCode) in
      if case .categorical = code.kind { true } else { false }
    }
    guard codes.contains(where: isCategorical) else { return [] }
    let training = try images.split(.train)
    guard let heldOut = try images.heldOut() else {
      throw RunError.unsupported("'\(images.name)' has no test split to count on")
    }
    guard !training.labels.isEmpty, !heldOut.labels.isEmpty else {
      throw RunError.unsupported("'\(images.name)' has no classes to sort into")
    }
    return try analysis.sorting(
      training: (training, training.chosen(counts.training, seed: seed)),
      tests: (heldOut, heldOut.chosen(counts.tests, seed: seed)))
  }

  /// A line for each code.
  package var text: String {
    let sorted = categorical.map { code in
      let classes = code.classes.map { $0.map(String.init) ?? "-" }.joined(separator: " ")
      return "\(code.code): sorts \(code.tests) test images with "
        + "\(decimal(code.error * 100, 2))% error; categories stand for \(classes)"
    }
    let meanings = continuous.map { code in
      "\(code.code): correlation \(decimal(code.inferred, 3)) inferred with given, "
        + "\(decimal(code.slant, 3)) with slant, \(decimal(code.width, 3)) with width"
    }
    return (sorted + meanings).joined(separator: "\n")
  }
}

extension GeneratingRun {
  /// The codes of a system that has some.
  ///
  /// - Throws: `RunError` for one without.
  package func codedRecipe(_ path: String) throws -> any CodedRecipe {
    guard let recipe = generator as? any CodedRecipe else {
      throw RunError.unsupported(
        "\(path): '\(configuration.recipe)' has no codes; infogan has")
    }
    return recipe
  }
}
