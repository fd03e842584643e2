import ArgumentParser
import GANAnalysis
import GANTraining
import Torch
import SwiftGAN

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

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @Option(help: "Numbers with commas or as a range, such as 1-100.")
  var seeds = SeedList(1...100)

  @Option(name: .customLong("class"), help: "The class (conditional systems only; default: 0).")
  var className: String?

  @Flag(help: "Print the latents as JSON.")
  var json = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    let run = try GeneratingRun(images: path)
    let classIndex = try className.map { try run.classIndex("class", $0) }
    try run.check("seeds", pictures: seeds.numbers.count)
    let latents = SeededLatents(of: run.generator, on: run.device)
    try file.write(latents.sheet(seeds.numbers, class: classIndex ?? 0))
    if json {
      try Console.print(
        prettyJSON: seeds.numbers.map { LatentNumbers(seed: $0, latent: latents([$0]).doubles) })
    }
  }
}

/// What `gan analyze latents` prints of one latent.
struct LatentNumbers: Encodable {
  let seed: UInt64
  let latent: [Double]
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

  var defaultValueDescription: String {
    let (first, last) = (numbers.first ?? 0, numbers.last ?? 0)
    return first == last ? "\(first)" : "\(first)-\(last)"
  }
}
