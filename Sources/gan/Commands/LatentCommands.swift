import ArgumentParser
import GANAnalysis
import GANTraining

/// `gan analyze latents`
struct LatentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latents", abstract: "Show numbered latents, to be named to `arithmetic`.",
    discussion: """
      The picture with number N is what `gan sample RUN --seed N --count 1` draws.

      EXAMPLES:
        gan analyze latents runs/dcgan-1 --output latents.png
        gan analyze latents runs/dcgan-1 --seeds 200-299 --output more.png
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @Option(help: "Numbers with commas or as a range, such as 1-100.")
  var seeds = SeedList(1...100)

  @Option(name: .customLong("class"), help: "The class (conditional systems only; default: 0).")
  var classIndex: Int?

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    let run = try OpenedRun(images: path)
    if let classIndex { try run.check("--class", class: classIndex) }
    try run.check("--seeds", pictures: seeds.numbers.count)
    let latents = SeededLatents(of: run.generator, on: run.device)
    try file.write(latents.sheet(seeds.numbers, class: classIndex ?? 0))
  }
}

/// `gan analyze arithmetic`
struct ArithmeticCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arithmetic", abstract: "Compute a - b + c with concepts made of latents.",
    discussion: """
      A concept is the mean of three or more latents that show the same thing; `gan analyze latents` \
      shows which number shows what. The last row is the result and eight neighbours of it \
      (Radford et al. 2015, section 6.3.2).

      EXAMPLES:
        gan analyze arithmetic runs/dcgan-1 --a 3,17,40 --b 5,9,22 --c 8,31,77 --output sum.png
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @Option(help: ArgumentHelp("Latents of the first concept, such as 3,17,40.", valueName: "seeds"))
  var a: SeedList

  @Option(help: ArgumentHelp("Latents of the concept taken away.", valueName: "seeds"))
  var b: SeedList

  @Option(help: ArgumentHelp("Latents of the concept added.", valueName: "seeds"))
  var c: SeedList

  @Option(name: .customLong("class"), help: "The class (conditional systems only; default: 0).")
  var classIndex: Int?

  @Option(help: "Neighbours get uniform noise up to this.")
  var noise = 0.25

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    for (name, list) in [("--a", a), ("--b", b), ("--c", c)] where list.numbers.count < 3 {
      throw RunError.option(
        name, found: "\(list.numbers.count)", expected: "three or more numbers of latents")
    }
    guard noise.isFinite, noise >= 0, noise <= 1000 else {
      throw RunError.option("--noise", found: "\(noise)", expected: "a number from 0 to 1000")
    }
    let run = try OpenedRun(images: path)
    if let classIndex { try run.check("--class", class: classIndex) }
    let arithmetic = LatentArithmetic(
      SeededLatents(of: run.generator, on: run.device), a: a.numbers, b: b.numbers, c: c.numbers,
      class: classIndex ?? 0)
    try file.write(arithmetic.scene(noise: noise))
  }
}

/// Numbers with commas between them, or ranges of them: `1,5,10-12`. At most 1000.
struct SeedList: ExpressibleByArgument {
  let numbers: [UInt64]

  init(_ range: ClosedRange<UInt64>) { numbers = Array(range) }

  init?(argument: String) {
    var numbers: [UInt64] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil,
        first <= last, last - first < 1000, numbers.count < 1000
      else { return nil }
      numbers += Array(first...last)
    }
    guard numbers.count <= 1000 else { return nil }
    self.numbers = numbers
  }

  var defaultValueDescription: String { "\(numbers.first ?? 0)-\(numbers.last ?? 0)" }
}
