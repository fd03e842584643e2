import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch

/// What one evaluation found: a line of `evaluation.jsonl`.
public struct Evaluation: Codable, Sendable {
  /// What was evaluated.
  public let subject: String
  /// The checkpoint, for a run.
  public var step: Int?
  /// What decided the noise, for a run.
  public var seed: UInt64?
  /// True for an evaluation during training.
  public var training: Bool?
  /// The reference images.
  public let against: String
  /// The numbers, each with its convention.
  public let results: [MetricResult]

  /// What was found.
  package init(
    subject: String, step: Int? = nil, seed: UInt64? = nil, training: Bool? = nil,
    against: String, results: [MetricResult]
  ) {
    (self.subject, self.step, self.seed, self.training) = (subject, step, seed, training)
    (self.against, self.results) = (against, results)
  }

  /// The value of a number by its name, such as `fid[digits]`.
  public subscript(name: String) -> Double? { results.first { $0.name == name }?.value }

  /// A title, then one line for each number and one for its classes.
  public var text: String {
    let place = step.map { " at step \($0)" } ?? ""
    return (["\(subject)\(place) against \(against)"] + results.flatMap(Self.lines))
      .joined(separator: "\n")
  }

  private static func lines(of result: MetricResult) -> [String] {
    let line = "\(result.name)=" + result.description.dropFirst(result.name.count + 1)
    guard let perClass = result.perClass else { return [line] }
    let parts = perClass.sorted { $0.key.localizedStandardCompare($1.key) == .orderedAscending }
      .map { "\($0.key): \(String(format: "%.4g", $0.value))" }
    return [line, "  by class: \(parts.joined(separator: ", "))"]
  }
}
