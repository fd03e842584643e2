import ArgumentParser
import GANTraining

/// What a new run starts from.
struct StartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Start from the weights of another run: all that fit by name and shape, with fresh optimizers.",
      valueName: "run"))
  var from: String?

  @Option(
    help: ArgumentHelp("Which checkpoint of --from (default: newest).", valueName: "step|best"))
  var fromStep: CheckpointChoice?

  func validate() throws {
    if fromStep != nil && from == nil {
      throw ValidationError("--from-step needs --from: the run whose checkpoint it is")
    }
  }

  var source: WeightSource? { from.map { WeightSource($0, step: fromStep ?? .newest) } }
}
