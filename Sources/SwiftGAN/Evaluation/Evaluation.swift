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
  /// What else a reader has to know: images that were resized, metrics that were left out.
  public var notes: [String]?

  /// What was found.
  package init(
    subject: String, step: Int? = nil, seed: UInt64? = nil, training: Bool? = nil,
    against: String, results: [MetricResult], notes: [String] = []
  ) {
    (self.subject, self.step, self.seed, self.training) = (subject, step, seed, training)
    (self.against, self.results) = (against, results)
    self.notes = notes.isEmpty ? nil : notes
  }

  /// The value of a number by its name, such as `fid[digits]`.
  public subscript(name: String) -> Double? { results.first { $0.name == name }?.value }
}
