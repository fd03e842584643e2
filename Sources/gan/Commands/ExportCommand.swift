import ArgumentParser
import Foundation
import GANExport
import GANTraining
import SwiftGAN
import Torch

/// `gan export`
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a network of a run for other programs.",
    discussion: """
      onnx: what ONNX Runtime and many others run. torchscript: what torch.jit.load opens. \
      safetensors: the weights alone, by the keys of a PyTorch state dictionary. The network is \
      written as it is in use, by averaged weights where the run keeps them; minibatches may have any \
      length, images of translators and enlargers any size. The file says how images are to be \
      prepared.

      Without --network it is what people use the run for. Others are called as the part of the \
      checkpoint that they are, such as discriminator; --list names all.

      EXAMPLES:
        gan export runs/dcgan-1 --output faces.onnx
        gan export runs/cyclegan-1 --network generator_ba --format torchscript
        gan export runs/dcgan-1 --network discriminator --format safetensors
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @Option(
    help: ArgumentHelp(
      "How it is written (default: what --output ends in, or onnx).",
      valueName: "onnx|torchscript|safetensors"))
  var format: ExportFormat?

  @Option(help: ArgumentHelp("Which network of the run.", valueName: "name"))
  var network: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to (default: RUN-NETWORK with the format's ending, in this folder).",
      valueName: "FILE"))
  var output: String?

  @Option(help: CheckpointChoice.help)
  var step = CheckpointChoice.newest

  @Flag(help: "Name the networks that can be written, the usual one first.")
  var list = false

  func run() throws {
    let run = try Run.open(path, step: step)
    if list {
      Console.print(run.exportableNetworks.joined(separator: "\n"))
      return
    }
    let written = try run.export(
      network, as: format ?? output.flatMap(ExportFormat.init(of:)) ?? .onnx, to: target(run))
    Console.print(
      "\(written.path): \(written.network) of \(run.configuration.recipe) at step \(run.step)")
    for (key, value) in written.facts.sorted(by: { $0.key < $1.key })
    where key.hasPrefix("input.") || key == "output" {
      Console.print("  \(key.replacing("input.", with: "")): \(value)")
    }
  }

  private func target(_ run: Run) throws -> String {
    if let output {
      guard !output.isEmpty else {
        throw RunError.field("output", found: "nothing", expected: "the path of a file")
      }
      return output
    }
    let name = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
    let network = network ?? run.exportableNetworks.first ?? "network"
    return "\(name)-\(network).\((format ?? .onnx).fileExtension)"
  }
}

extension ExportFormat: ExpressibleByArgument {}
