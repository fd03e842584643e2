import ArgumentParser
import GANAnalysis
import GANData
import GANKit
import GANTraining

/// `gan analyze codes`
struct CodesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codes", abstract: "Find out what a system's codes have come to mean.",
    discussion: """
      For systems with codes, such as infogan. A category stands for the class that most of its \
      training images have; the error is counted on the test split. A continuous code is followed \
      over pictures that differ in nothing else: the correlation of the inferred code with the one \
      given, with the pictures' slant and with their width (Chen et al. 2016, section 7).

      EXAMPLES:
        gan analyze codes runs/infogan-1 --output codes.png
        gan analyze codes runs/infogan-1 --images 2000 --json
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "How many training images at most say what the categories stand for.")
  var images = 10_000

  @Option(help: "How many test images at most.")
  var tests = 10_000

  @Option(help: "How many sweeps of each continuous code are drawn.")
  var sweeps = 200

  @Option(help: "Decides the choice of images and the noise.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to draw a sweep of each code.", valueName: "FILE.png|FILE.svg"))
  var output: String?

  func run() throws {
    let found = try found()
    if json { return try Console.print(prettyJSON: found) }
    Console.print(found.text)
  }

  /// The numbers; the picture is drawn where one is wanted.
  func found() throws -> CodeNumbers {
    let file = try output.map { try DrawingFile($0) }
    try checkOption("--images", images, 1...1_000_000)
    try checkOption("--tests", tests, 1...1_000_000)
    try checkOption("--sweeps", sweeps, 1...10_000)
    let run = try OpenedRun(images: path)
    guard let recipe = run.generator as? any CodedRecipe else {
      throw RunError.unsupported(
        "\(path): '\(run.configuration.recipe)' has no codes; infogan has")
    }
    let analysis = CodeAnalysis(of: recipe, on: run.device)
    let found = CodeNumbers(
      categorical: try sorting(analysis, recipe, run),
      continuous: analysis.meanings(sweeps: sweeps, seed: seed))
    try file?.write(analysis.scene(rows: 4, seed: seed, notes: found.categorical))
    return found
  }

  /// Nothing without categorical codes: then no image is needed.
  private func sorting(
    _ analysis: CodeAnalysis, _ recipe: any CodedRecipe, _ run: OpenedRun
  ) throws -> [CategorySorting] {
    let isCategorical = { (code: LatentCode) in
      if case .categorical = code.kind { true } else { false }
    }
    guard recipe.codes.contains(where: isCategorical) else { return [] }
    let name = data.data ?? run.configuration.data.source
    let training = try data.images(for: run, split: .train)
    guard let heldOut = try data.heldOut(for: run) else {
      throw RunError.unsupported("'\(name)' has no test split to count on")
    }
    guard !training.labels.isEmpty, !heldOut.labels.isEmpty else {
      throw RunError.unsupported("'\(name)' has no classes to sort into")
    }
    return try analysis.sorting(
      training: (training, training.chosen(images, seed: seed)),
      tests: (heldOut, heldOut.chosen(tests, seed: seed)))
  }
}

/// What `gan analyze codes` prints.
struct CodeNumbers: Encodable {
  let categorical: [CategorySorting]
  let continuous: [CodeMeaning]

  var text: String {
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
