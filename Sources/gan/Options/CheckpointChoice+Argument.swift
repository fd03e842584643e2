import ArgumentParser
import GANTraining

extension CheckpointChoice: ExpressibleByArgument {
  /// `newest`, `best`, or the number of a step.
  public init?(argument: String) {
    switch argument {
    case "newest": self = .newest
    case "best": self = .best
    default:
      guard let step = Int(argument) else { return nil }
      self = .at(step)
    }
  }

  /// What help says about the option.
  static let help = ArgumentHelp(
    "A run's checkpoint: its step, newest, or best by the evaluations in training.",
    valueName: "step|best")
}
