import ArgumentParser
import GANExport
import GANTraining
import SwiftGAN

/// `gan import`
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a run of weights that others have trained.",
    discussion: """
      The run translates, draws or enlarges, and new runs start from it with --from; it cannot be \
      resumed. FILE is a safetensors file of a PyTorch state dictionary, which this makes of a .pth \
      file:

        python Scripts/convert_weights.py state-dict --from FILE.pth --out FILE.safetensors

      cyclegan: generators of pytorch-CycleGAN-and-pix2pix with instance normalisation, residual ones \
      or U-Nets. pix2pix: its U-Nets. dcgan: the generator of PyTorch's DCGAN example. srgan: \
      SRResNet, from images between 0 and 1 to images between -1 and 1. How large the networks are \
      follows from the weights.

      EXAMPLES:
        gan import --from pytorch zebras.safetensors --into cyclegan --output runs/zebras
        gan translate runs/zebras horse.png --output zebra.png
        gan import facades.safetensors --into pix2pix --output runs/facades
      """)

  /// Programs whose weights are understood.
  enum Source: String, CaseIterable, ExpressibleByArgument {
    case pytorch
  }

  @Argument(help: ArgumentHelp("The weights.", valueName: "FILE.safetensors"))
  var file: String

  @Option(help: ArgumentHelp("Whose keys and layouts the weights have.", valueName: "pytorch"))
  var from = Source.pytorch

  @Option(
    help: ArgumentHelp(
      "The system that is to use them.", valueName: "cyclegan|pix2pix|dcgan|srgan"))
  var into: ImportedSystem

  @Option(
    help: ArgumentHelp(
      "For cyclegan: the generator of the other direction (default: initial values).",
      valueName: "FILE.safetensors"))
  var back: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change a field of the configuration (`gan show NAME` lists them); may be repeated.",
      valueName: "field=value"))
  var assignments: [Assignment] = []

  @Option(name: .shortAndLong, help: "The run directory, new or empty.")
  var output: String

  func run() throws {
    let run = try Run.importing(
      file, back: back, into: into, setting: assignments.map { ($0.field, $0.value) }, in: output)
    let networks = run.configuration.imported?.networks.joined(separator: ", ") ?? ""
    Console.print(
      "\(output): \(networks) of \(into.rawValue); all other networks have initial values")
  }
}

extension ImportedSystem: ExpressibleByArgument {}
