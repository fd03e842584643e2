import GANKit
import Torch
import TorchNN

/// How well a categorical code sorts the images of a data set although it never saw a class.
public struct CategorySorting: Encodable, Equatable {
  /// The code's name.
  public let code: String
  /// For each category the class that most of its training images have; `nil` for one without any.
  public let classes: [Int?]
  /// The share of test images whose category stands for another class, from 0 to 1.
  public let error: Double
  /// The same where a category stands for the class of the one training image that is in it most
  /// surely (Makhzani et al. 2015, section 6).
  public let confidentError: Double
  /// Training and test images looked at.
  public let training, tests: Int

  /// Counts categories and classes.
  ///
  /// - Parameters:
  ///   - training: category, its probability and class of images that say what the categories stand for.
  ///   - tests: category and class of images that are counted.
  public init(
    _ code: String, categories count: Int,
    training: (categories: [Int], certainties: [Double], labels: [Int]),
    tests: (categories: [Int], labels: [Int])
  ) {
    var votes = [[Int: Int]](repeating: [:], count: count)
    for (category, label) in zip(training.categories, training.labels) {
      votes[category][label, default: 0] += 1
    }
    // Of equally frequent classes the first: a dictionary has no order.
    let classes = votes.map { counts in
      counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
    }
    var surest = [(certainty: Double, label: Int)?](repeating: nil, count: count)
    for (index, category) in training.categories.enumerated()
    where training.certainties[index] > surest[category]?.certainty ?? -1 {
      surest[category] = (training.certainties[index], training.labels[index])
    }
    func error(_ classes: [Int?]) -> Double {
      let wrong = zip(tests.categories, tests.labels).filter { classes[$0] != $1 }.count
      return Double(wrong) / Double(max(tests.labels.count, 1))
    }
    (self.code, self.classes) = (code, classes)
    (self.error, confidentError) = (error(classes), error(surest.map { $0?.label }))
    (self.training, self.tests) = (training.labels.count, tests.labels.count)
  }
}

/// What a continuous code does to pictures: correlations within sweeps, that is of pictures which
/// differ in this code alone, from -1 to 1.
public struct CodeMeaning: Encodable {
  /// The code's name.
  public let code: String
  /// Between the code that a picture was made with and the one inferred from it.
  public let inferred: Double
  /// Between the inferred code and the picture's slant (``ImageMoments/slant``).
  public let slant: Double
  /// Between the inferred code and the picture's width (``ImageMoments/width``).
  public let width: Double

  /// Numbers of sweeps lying one behind the other.
  ///
  /// - Parameters:
  ///   - values: what the pictures were made with, what was inferred, slant and width, each `[N]`.
  ///   - length: pictures of each sweep; divides N.
  init(
    _ code: String, length: Int, given: Tensor, inferred: Tensor, moments: ImageMoments
  ) {
    self.code = code
    self.inferred = correlation(given, inferred, within: length)
    slant = correlation(inferred, moments.slant, within: length)
    width = correlation(inferred, moments.width, within: length)
  }
}

/// Pearson's correlation of what deviates from the means of groups of `length`; 0 where nothing does.
func correlation(_ a: Tensor, _ b: Tensor, within length: Int) -> Double {
  func deviations(_ values: Tensor) -> Tensor {
    let rows = values.cast(to: .float64).reshaped(to: [-1, length])
    return rows - rows.mean(axes: [1], keepingDimensions: true)
  }
  let (a, b) = (deviations(a), deviations(b))
  let scale = (a.squared().sum().item() * b.squared().sum().item()).squareRoot()
  return scale > 0 ? (a * b).sum().item() / scale : 0
}

/// What the codes of a trained system have come to mean.
public struct CodeAnalysis {
  let recipe: any CodedRecipe
  let device: Device

  /// The codes of `recipe`, by its running statistics.
  public init(of recipe: any CodedRecipe, on device: Device) {
    (self.recipe, self.device) = (recipe, device)
  }

  /// Sorts images by each categorical code.
  ///
  /// - Parameters:
  ///   - training: labelled images and which of them say what the categories stand for.
  ///   - tests: labelled images and which of them are counted.
  /// - Throws: errors of reading images.
  public func sorting(
    training: (images: PreparedImages, indices: [Int]),
    tests: (images: PreparedImages, indices: [Int])
  ) throws -> [CategorySorting] {
    let (known, asked) = (try categories(training), try categories(tests))
    return categorical.map { index, count in
      CategorySorting(
        recipe.codes[index].name, categories: count,
        training: (
          known.map { $0[index].category }, known.map { $0[index].certainty },
          training.indices.map { training.images.labels[$0] }
        ),
        tests: (
          asked.map { $0[index].category }, tests.indices.map { tests.images.labels[$0] }
        ))
    }
  }

  /// For each image the likeliest category of every code and its probability; 0 for a continuous one.
  private func categories(
    _ set: (images: PreparedImages, indices: [Int])
  ) throws -> [[(category: Int, certainty: Double)]] {
    let (codes, block) = (recipe.codes, 256)
    return try stride(from: 0, to: set.indices.count, by: block).flatMap { start in
      let indices = Array(set.indices[start..<min(start + block, set.indices.count)])
      let images = try set.images.tensor(indices, on: device)
      let inferred = inferred(from: images)
      let columns = codes.indices.map { code in
        let probabilities = inferred[code].softmax(axis: 1)
        return Array(
          zip(
            probabilities.argmax(axis: 1).integers, probabilities.maximum(axes: [1]).doubles))
      }
      return indices.indices.map { row in
        columns.map { (category: $0[row].0, certainty: $0[row].1) }
      }
    }
  }

  private var categorical: [(index: Int, count: Int)] {
    recipe.codes.enumerated().compactMap { index, code in
      if case .categorical(let count) = code.kind { (index, count) } else { nil }
    }
  }

  private func inferred(from images: Tensor) -> [Tensor] {
    evaluating { recipe.inferCodes(images) }
  }

  /// Draws `sweeps` sweeps of each continuous code over its range in training and correlates.
  public func meanings(sweeps: Int, seed: UInt64, steps: Int = 11) -> [CodeMeaning] {
    recipe.codes.indices.compactMap { index -> CodeMeaning? in
      let code = recipe.codes[index]
      guard case .continuous(let range) = code.kind else { return nil }
      let values = CodeSweep.values(over: range, steps: steps)
      let latent = CodeSweep(code, values).latent(
        of: recipe, rows: sweeps, seed: seed, on: device)
      let (pictures, codes) = drawn(latent)
      return CodeMeaning(
        code.name, length: steps, given: latent.selected(1, code.columns.lowerBound),
        inferred: codes[index].flattened(), moments: ImageMoments(of: pictures))
    }
  }

  /// Pictures for rows of the latent, and the codes inferred from them.
  private func drawn(_ latent: Tensor, block: Int = 250) -> (Tensor, [Tensor]) {
    let blocks = stride(from: 0, to: latent.size(0), by: block).map { start in
      let rows = latent[start..<min(start + block, latent.size(0))]
      let images = evaluating { recipe.generate(rows, labels: nil) }
      return (images, inferred(from: images))
    }
    return (
      .concatenated(blocks.map(\.0)),
      recipe.codes.indices.map { code in .concatenated(blocks.map { $0.1[code] }) }
    )
  }
}
