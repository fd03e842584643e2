import GANAnalysis
import GANData
import GANKit
import GANTraining
import SwiftGAN
import Torch
import TorchNN

/// A run that stays open, with what was found out about it.
final class OpenedRun {
  let run: Run
  /// Codes of so many images make the vectors of attributes.
  private static let mostImages = 1000
  private var vectors: [AttributeVector]?

  init(_ run: Run) { self.run = run }

  /// What codes can be moved along, where the run's data is still there: the attributes that a table of the images
  /// tells, or else their classes.
  private(set) lazy var attributeNames: [String] = {
    guard let encoder = run.recipe as? any EncodingRecipe, encoder.classCount == 0,
      let set = try? RunImages(GeneratingRun(run), nil).configuration(),
      let source = try? DataSource.open(set, split: .train)
    else { return [] }
    return table(of: source)?.names ?? source.classNames
  }()

  private func table(of source: any ImageSource) -> AttributeTable? {
    guard let files = source as? ImageFiles, AttributeTable.exists(for: files.files) else {
      return nil
    }
    return try? AttributeTable(of: files.files)
  }

  /// The direction of one.
  ///
  /// - Throws: `RunError` where there is none of that name.
  func attribute(_ name: String) throws -> AttributeVector {
    let known = try vectors ?? found()
    vectors = known
    guard let vector = known.first(where: { $0.name == name }) else {
      throw RunError.field(
        "attribute", found: "'\(name)'",
        expected: known.isEmpty
          ? "none, for the run's images have no classes"
          : "one of \(known.map(\.name).joined(separator: ", "))")
    }
    return vector
  }

  /// What the generator makes of a picture's code after it was moved.
  func reconstruct(
    _ picture: DecodedImage, moved vector: AttributeVector, by amount: Double
  ) throws -> DecodedImage {
    let code = try run.encode([picture]) + vector.vector * amount
    let drawn = run.inUse(seed: 1) {
      (run.recipe as? any EncodingRecipe)?.generate(code, labels: nil)
    }
    guard let drawn else { throw RunError.unsupported("\(run.path): does not encode images") }
    return DecodedImage(
      planar: drawn.imageBytes, width: run.shape.width, height: run.shape.height,
      channels: run.shape.channels)
  }

  /// The mean code of the images that have an attribute less that of the others (Larsen et al. 2016,
  /// section 4.1). One that all or none of the images have, has no direction.
  private func found() throws -> [AttributeVector] {
    guard !attributeNames.isEmpty, let encoder = run.recipe as? any EncodingRecipe else {
      return []
    }
    let set = try RunImages(GeneratingRun(run), nil)
    let images = try set.split(.train)
    let indices = images.chosen(Self.mostImages, seed: 1)
    let originals = try images.tensor(indices, on: run.device)
    let codes = run.inUse(seed: 1) { Reconstruction(of: originals, by: encoder).latents }
    let source = try DataSource.open(set.configuration(), split: .train)
    if let table = table(of: source), let files = source as? ImageFiles {
      return try table.names.compactMap { name in
        let has = try table.values(of: name, in: files)
        return AttributeVector(name, latents: codes, has: indices.map { has[$0] })
      }
    }
    return images.classNames.indices.compactMap { index in
      AttributeVector(
        images.classNames[index], latents: codes, has: indices.map { images.labels[$0] == index })
    }
  }
}
