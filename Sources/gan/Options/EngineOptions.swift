import ArgumentParser
import GANTraining
import Torch

/// Where and how to compute.
struct EngineOptions: ParsableArguments {
  @Option(help: "Decides initial weights, noise and the order of the data.")
  var seed: UInt64 = 1

  @Option(help: "cpu, cuda, cuda:N or mps.")
  var device = "cpu"

  @Option(help: "Number format of products and convolutions.")
  var precision = Precision.float32

  @Option(
    help: ArgumentHelp(
      "Threads of one operation (default: one for each core). Runs are equal bit for bit only with "
        + "the same number."))
  var threads: Int?
}

extension Precision: ExpressibleByArgument {}
