import ArgumentParser
import Foundation
import GANAnalysis
import GANData
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `gan analyze arithmetic`
struct ArithmeticCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arithmetic", abstract: "Compute a - b + c with concepts made of latents.",
    discussion: """
      A concept is the mean of three or more latents that show the same thing (Radford et al. 2015, \
      section 6.3.2): numbers, of which `gan analyze latents` shows the pictures, or image files or \
      folders, whose latents are found as `gan analyze reconstruct` finds them. The picture has each \
      concept's mean and members, the means as a sum, and the result with eight neighbours.

      EXAMPLES:
        gan analyze arithmetic runs/dcgan-1 --a 3,17,40 --b 5,9,22 --c 8,31,77 --output sum.png
        gan analyze arithmetic runs/dcgan-1 --a bold/ --b thin/ --c 8,31,77 --output sum.png --json
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @Option(
    help: ArgumentHelp(
      "The first concept: latents such as 3,17,40, or images.", valueName: "seeds or paths"))
  var a: ConceptOption

  @Option(help: ArgumentHelp("The concept taken away.", valueName: "seeds or paths"))
  var b: ConceptOption

  @Option(help: ArgumentHelp("The concept added.", valueName: "seeds or paths"))
  var c: ConceptOption

  @Option(name: .customLong("class"), help: "The class (conditional systems only; default: 0).")
  var className: String?

  @Option(help: "Neighbours get uniform noise up to this.")
  var noise = 0.25

  @Option(help: "Updates of the noise in a reconstruction.")
  var steps = 500

  @Flag(help: "Print the means and the result as JSON.")
  var json = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    guard noise.isFinite, noise >= 0, noise <= 1000 else {
      throw RunError.field("noise", found: "\(noise)", expected: "a number from 0 to 1000")
    }
    try checkField("steps", steps, 1...1_000_000)
    for (name, option) in [("--a", a), ("--b", b), ("--c", c)] {
      guard case .seeds(let seeds) = option, seeds.count < 3 else { continue }
      throw RunError.field(
        name, found: "\(seeds.count)", expected: "three or more numbers of latents")
    }
    let run = try GeneratingRun(images: path)
    let classIndex = try className.map { try run.classIndex("class", $0) }
    let latents = SeededLatents(of: run.generator, on: run.device)
    let arithmetic = LatentArithmetic(
      latents, a: try concept("a", a, run, latents), b: try concept("b", b, run, latents),
      c: try concept("c", c, run, latents), class: classIndex ?? 0)
    try file.write(arithmetic.scene(noise: noise))
    if json { try Console.print(prettyJSON: arithmetic.numbers()) }
  }

  private func concept(
    _ name: String, _ option: ConceptOption, _ run: GeneratingRun, _ latents: SeededLatents
  ) throws -> Concept {
    switch option {
    case .seeds(let seeds): return Concept(name, seeds: seeds, latents)
    case .images(let paths):
      let images = try paths.flatMap { try NamedImage.all(of: $0, count: 64, seed: 1) }
      guard images.count >= 3 else {
        throw RunError.field(
          "--\(name)", found: "\(images.count)", expected: "three or more images")
      }
      let shape = run.dataShape
      let preparation = ImagePreparation(
        size: shape.size, channels: shape.channels, fit: run.configuration.data.fit ?? .crop)
      let prepared = images.map { preparation.prepared($0.image) }
      let originals = DecodedImage.tensor(prepared).moved(to: run.device)
      let label = try className.map { try run.classIndex("class", $0) } ?? 0
      let found = Reconstruction(
        of: originals, labels: try run.labels(images.map { _ in label }),
        by: run.generator, steps: steps)
      return Concept(
        name, of: found,
        members: images.map { URL(fileURLWithPath: $0.name).lastPathComponent })
    }
  }
}

/// A concept on the command line: numbers of latents, or paths with commas between them.
enum ConceptOption: ExpressibleByArgument {
  case seeds([UInt64])
  case images([String])

  init?(argument: String) {
    if let seeds = SeedList(argument: argument) {
      self = .seeds(seeds.numbers)
      return
    }
    let paths = argument.split(separator: ",").map(String.init)
    if paths.isEmpty { return nil }
    self = .images(paths)
  }
}
