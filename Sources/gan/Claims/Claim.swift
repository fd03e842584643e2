import ArgumentParser
import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining

/// What a system must achieve, and the commands that show whether it does.
struct Claim: Sendable {
  /// What `gan reproduce` calls it; begins with the system's name.
  let name: String
  /// The system.
  let system: String
  /// What is claimed, with its number: the words of the card, where the claim is the card's.
  let statement: String
  /// What the paper reports, where it reports such a thing.
  let paper: String
  /// Arguments of `gan train` behind the system's name.
  let training: String
  /// More such arguments for the paper's own size, for a GPU.
  var fullSize = ""
  /// Further runs that the claim compares with, by what is put behind the run's path.
  var companions: [Companion] = []
  /// What was found in the trained runs.
  let measure: @Sendable (ClaimRun) throws -> Finding

  /// A run to compare with.
  struct Companion: Sendable {
    let suffix: String
    let system: String
    let training: String
  }
}

/// What a claim's measurement found.
struct Finding: Codable, Equatable {
  /// The numbers, in words.
  let figure: String
  /// What the number has to be compared with: real images, a baseline.
  let floor: String
  /// Whether the claim holds.
  let isMet: Bool
}

/// A claim's trained run.
struct ClaimRun {
  let path: String

  /// The run of a companion.
  func companion(_ suffix: String) -> ClaimRun { ClaimRun(path: "\(path)-\(suffix)") }

  /// What `gan evaluate` finds in it.
  func evaluated(_ arguments: String...) throws -> [String: MetricResult] {
    let command = try EvaluateCommand.parse([path] + arguments)
    let results = try command.evaluation().results
    return Dictionary(results.map { ($0.name, $0) }) { $1 }
  }

  /// The share of a set's test images that the run's classifier reads as what they are.
  func accuracy(on set: String) throws -> Double {
    let opened = try OpenedRecipe(path)
    guard let recipe = opened.recipe as? any ClassifyingRecipe else {
      throw CommandError("\(path): '\(opened.configuration.recipe)' has no classifier")
    }
    let classifier = ClassifierEvaluation(
      recipe, opened.configuration, RunDirectory(path), step: opened.step, on: opened.device)
    return try classifier.accuracy(on: NamedSet(set, otherwise: .test), count: nil).value
  }
}

extension [String: MetricResult] {
  /// The value of the metric whose name begins so, whatever network it was computed with.
  func first(_ prefix: String) throws -> Double {
    try value(keys.filter { $0.hasPrefix(prefix) }.min() ?? prefix)
  }

  /// The value of a metric that must be there.
  func value(_ name: String) throws -> Double {
    guard let result = self[name] else {
      throw CommandError("no metric '\(name)' among \(keys.sorted().joined(separator: ", "))")
    }
    return result.value
  }
}

/// A claim that was put to the test: what stands in `claim.json` beside the run.
struct TestedClaim: Codable {
  let name: String
  let statement: String
  let command: String
  let seed: UInt64
  let finding: Finding
  let paper: String
  /// Seconds of training and measuring.
  let seconds: Double
}
