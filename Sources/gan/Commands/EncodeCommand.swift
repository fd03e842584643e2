import ArgumentParser
import GANData
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `gan encode`
struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Turn images into codes with a trained run.",
    discussion: """
      For systems with an encoder, such as aae. Images are prepared as those that the run was trained \
      on. FILE.npy holds their codes as float32 [N, D], in the order of the images, those of a folder \
      or an archive sorted by their paths. `gan sample --noise FILE.npy` draws them again.

      EXAMPLES:
        gan encode runs/aae-1 digit.png --output z.npy
        gan sample runs/aae-1 --noise z.npy --output again.png
        gan encode runs/aae-1 photos/ more.tar --output z.npy
      """)

  /// Images that are encoded at once.
  private static let block = 128

  @OptionGroup var images: ImagesOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.npy"))
  var output: String

  func run() throws {
    guard output.lowercased().hasSuffix(".npy") else {
      throw RunError.field("output", found: "'\(output)'", expected: "FILE.npy")
    }
    let run = try images.openRun()
    _ = try run.encoder()  // before any image is read
    let codes = try encoded(images.files(for: run), by: run)
    try AtomicFile.write(NPYFile(codes.floats, shape: codes.shape).encoded(), to: output)
  }

  /// The codes of all images, `[N, D]`.
  private func encoded(_ files: InputImages, by run: Run) throws -> Tensor {
    var (parts, waiting): ([Tensor], [DecodedImage]) = ([], [])
    try files.forEach(images.policy) { _, input in
      waiting.append(input.image)
      guard waiting.count == Self.block else { return }
      parts.append(try run.encode(waiting))
      waiting = []
    }
    if !waiting.isEmpty { parts.append(try run.encode(waiting)) }
    return .concatenated(parts)
  }
}
