import ArgumentParser
import GANTraining
import Torch

/// Where and how to compute.
struct EngineOptions: ParsableArguments {
  @Option(help: "Decides initial weights, noise and the order of the data.")
  var seed: UInt64 = 1

  @Option(help: "cpu, cuda, cuda:N or mps.")
  var device = "cpu"

  @Option(
    help: ArgumentHelp(
      "Number format of products and convolutions; auto takes bfloat16 where the system's claims "
        + "hold in it and steps, measured here, are clearly faster. The run keeps it.",
      valueName: "float32|bfloat16|auto"))
  var precision = PrecisionChoice(precision: .float32)

  @Option(
    help: ArgumentHelp(
      "Threads of one operation (default: one for each core; fewer where a short measurement finds "
        + "them faster because others use the cores). Runs are equal bit for bit only with the same "
        + "number."))
  var threads: Int?

  @Flag(
    help: ArgumentHelp(
      "Of several processes: take the statistics of batch normalisation from the minibatches of all, not "
        + "from each one's own."))
  var syncBatchNorm = false
}

extension Precision: ExpressibleByArgument {}

/// A number format, or the choice of one.
struct PrecisionChoice: ExpressibleByArgument, CustomStringConvertible {
  /// `nil` where it is to be chosen.
  let precision: Precision?

  init(precision: Precision?) { self.precision = precision }

  init?(argument: String) {
    guard argument != "auto" else {
      precision = nil
      return
    }
    guard let named = Precision(rawValue: argument) else { return nil }
    precision = named
  }

  static let allValueStrings = Precision.allCases.map(\.rawValue) + ["auto"]

  var description: String { precision?.rawValue ?? "auto" }
}
