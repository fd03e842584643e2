import ArgumentParser
import GANAnalysis
import GANData
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `gan analyze attributes`
struct AttributesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attributes", abstract: "Find directions of the noise that change an attribute.",
    discussion: """
      Images with known attributes are reconstructed, by the system's encoder where it has one; the \
      mean noise of those that have an attribute less that of those that do not is its vector (Larsen et al. 2016, \
      section 4.1). Half of the images make the vectors; the others show and measure them: each gets the attribute that it \
      lacks, or loses the one that it has; --output shows eight. The set needs \
      \(AttributeTable.fileName) in it or beside it.

      EXAMPLES:
        gan analyze attributes runs/dcgan-1 --attributes Smiling,Eyeglasses --output changed.png
        gan analyze attributes runs/dcgan-1 --data celeba.tar --attributes Male --count 500 --json
      """)

  @OptionGroup var options: ReconstructionOptions

  @Option(help: ArgumentHelp("Which, with commas between them.", valueName: "names"))
  var attributes: String

  @Option(help: "How many images.")
  var count = 200

  @Option(help: "Updates of the noise in a reconstruction without an encoder.")
  var steps = 500

  @Option(help: "How much of a vector is added in the picture.")
  var strength = 1.0

  func run() throws {
    let file = try options.drawing()
    try checkField("count", count, 4...10_000)
    try checkField("steps", steps, 1...1_000_000)
    guard strength.isFinite, abs(strength) <= 1000 else {
      throw RunError.field("strength", found: "\(strength)", expected: "a number up to 1000")
    }
    let run = try GeneratingRun(images: options.path)
    guard run.generator.classCount == 0 else {
      throw RunError.unsupported(
        "'\(run.configuration.recipe)' is conditional; attributes need one noise")
    }
    let known = try knownImages(for: run)
    let table = try AttributeTable(of: known.files)
    let images = try options.data.images(for: run, split: .all)
    let indices = images.chosen(count, seed: options.seed)
    let wanted = try attributes.split(separator: ",").map { attribute in
      let has = try table.values(of: String(attribute), in: known)
      return (name: String(attribute), has: indices.map { has[$0] })
    }
    let originals = try images.tensor(indices, on: run.device)
    let study = AttributeStudy(reconstructed(originals, by: run.generator), attributes: wanted)
    try check(study, wanted.map(\.name))
    try file?.write(
      study.scene(SeededLatents(of: run.generator, on: run.device), strength: strength))
    try report(study.numbers())
  }

  /// By the codes of an encoder where there is one; else by a search.
  private func reconstructed(
    _ originals: Tensor, by generator: any GenerativeRecipe
  ) -> Reconstruction {
    (generator as? any EncodingRecipe).map { Reconstruction(of: originals, by: $0) }
      ?? Reconstruction(of: originals, labels: nil, by: generator, steps: steps)
  }

  /// The files of the images, in whose folder or archive the table is.
  private func knownImages(for run: GeneratingRun) throws -> ImageFiles {
    let set = try options.data.configuration(of: run)
    guard let images = try DataSource.open(set, split: .all) as? ImageFiles else {
      throw RunError.unsupported(
        "\(set.source): expected a folder or archive of images with \(AttributeTable.fileName)")
    }
    return images
  }

  private func check(_ study: AttributeStudy, _ names: [String]) throws {
    guard !names.isEmpty else {
      throw RunError.field("attributes", found: "nothing", expected: "names of attributes")
    }
    if let missing = names.first(where: { name in !study.vectors.contains { $0.name == name } }) {
      throw RunError.field(
        "count", found: "\(count) images of which all or none have '\(missing)'",
        expected: "more images")
    }
  }

  private func report(_ numbers: [AttributeStudy.Numbers]) throws {
    if options.json { return try Console.print(prettyJSON: numbers) }
    Console.print("vectors from reconstructed images; separation of others, 0.5 is chance:")
    Console.print(
      textTable(
        numbers.map {
          [
            "  \($0.attribute)", "\($0.with) with, \($0.without) without",
            "length \(decimal($0.norm, 3))",
            "separation \($0.separation.map { decimal($0, 3) } ?? "unknown")",
          ]
        }))
  }
}
