import Foundation
import Torch

/// A mean over repetitions and their standard deviation (divided by the number of repetitions, as
/// NumPy's `std`, which all published values use).
public struct MeanAndDeviation: Sendable, Equatable, Codable {
  /// The mean.
  public let mean: Double
  /// The standard deviation.
  public let deviation: Double

  init(_ values: [Double]) {
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = (squares / Double(values.count)).squareRoot()
  }
}

/// The Inception Score exp(E KL(p(y|x) ‖ p(y))) (Salimans et al. 2016, section 4), from 1 to the
/// number of classes.
///
/// - Parameters:
///   - logits: `[N, classes]`.
///   - splits: The score is computed on so many consecutive parts; papers use 10 parts of 5,000.
///   - shuffleSeed: Shuffles before splitting, with NumPy's permutation of this seed; torch-fidelity
///     does so with 2020. `nil` keeps the order.
/// - Throws: ``MetricError`` for fewer samples than splits, other shapes, or NaN.
public func inceptionScore(
  logits: Tensor, splits: Int = 10, shuffleSeed: UInt32? = nil
) throws -> MeanAndDeviation {
  try check("splits", splits, atLeast: 1)
  var rows = try logits.checkedRows("logits")
  let count = rows.size(0)
  try checkSamples("inception score", count, atLeast: splits, advice: "use fewer splits")
  if let shuffleSeed {
    var generator = NumPyRandom(seed: shuffleSeed)
    rows = rows.gathered(Tensor(generator.permutation(count)).moved(to: rows.device))
  }
  let scores = (0..<splits).map { split in
    score(ofLogits: rows[split * count / splits..<(split + 1) * count / splits])
  }
  return MeanAndDeviation(scores)
}

private func score(ofLogits logits: Tensor) -> Double {
  let logs = logits.logSoftmax(axis: 1)
  // The logarithm of the marginal, without forming probabilities that underflow.
  let marginal = logs.logSumExp(axis: 0, keepingDimensions: true) - log(Double(logits.size(0)))
  return exp((logs.exp() * (logs - marginal)).sum(axes: [1]).mean().item())
}

/// How many of `labels` the largest logit finds, overall and for each class: a measure of whether a
/// conditional generator draws what it was asked for.
public struct ClassAccuracy: Sendable, Equatable, Codable {
  /// The fraction over all samples.
  public let overall: Double
  /// The fraction for each class; `nil` where a class has no sample.
  public let perClass: [Double?]
}

/// The accuracy of a classifier's logits `[N, classes]` on the labels that were asked for.
///
/// - Throws: ``MetricError`` for another number of labels, labels outside the classes, or NaN.
public func classAccuracy(logits: Tensor, labels: [Int]) throws -> ClassAccuracy {
  let rows = try logits.checkedRows("logits")
  try checkLabels(labels, count: rows.size(0), classes: rows.size(1))
  try checkSamples("class accuracy", labels.count, atLeast: 1, advice: "add samples")
  let predictions = rows.argmax(axis: 1).integers
  var (right, all) = (
    [Int](repeating: 0, count: rows.size(1)), [Int](repeating: 0, count: rows.size(1))
  )
  for (prediction, label) in zip(predictions, labels) {
    all[label] += 1
    if prediction == label { right[label] += 1 }
  }
  return ClassAccuracy(
    overall: Double(right.reduce(0, +)) / Double(labels.count),
    perClass: zip(right, all).map { $1 == 0 ? nil : Double($0) / Double($1) })
}

/// Throws unless there is a label within the classes for every sample.
func checkLabels(_ labels: [Int], count: Int, classes: Int) throws {
  guard labels.count == count else {
    throw MetricError.shape(what: "labels", found: [labels.count], expected: "[\(count)]")
  }
  if let wrong = labels.first(where: { !(0..<classes).contains($0) }) {
    throw MetricError.setting(name: "a label", value: wrong, expected: "from 0 to \(classes - 1)")
  }
}
