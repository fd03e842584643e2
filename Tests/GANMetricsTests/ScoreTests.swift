import Foundation
import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("Inception Score and accuracy", .reproducible)
struct ScoreTests {
  @Test("certain and balanced predictions reach the number of classes")
  func oneHot() throws {
    let labels = Tensor((0..<200).map { $0 % 10 })
    let score = try inceptionScore(logits: labels.oneHot(classes: 10) * 1000)
    expectNear(score.mean, 10, relative: 1e-12)
    expectNear(score.deviation, 0)
  }

  @Test("predictions that are all alike score 1")
  func uniform() throws {
    expectNear(try inceptionScore(logits: .zeros([50, 10])).mean, 1)
    let collapsed = Tensor(Array(repeating: 3, count: 50)).oneHot(classes: 10) * 1000
    expectNear(try inceptionScore(logits: collapsed).mean, 1)
  }

  /// Half of the samples are certain of class 0, half of class 1: every part scores 2.
  @Test("the score is taken over each part by itself")
  func splits() throws {
    let labels = Tensor((0..<40).map { $0 / 20 }).oneHot(classes: 2) * 1000
    expectNear(try inceptionScore(logits: labels, splits: 1).mean, 2, relative: 1e-12)
    expectNear(try inceptionScore(logits: labels, splits: 2).mean, 1, relative: 1e-12)
    let shuffled = try inceptionScore(logits: labels, splits: 2, shuffleSeed: 1).mean
    #expect(shuffled > 1.5 && shuffled <= 2)
  }

  @Test("refusals")
  func refusals() {
    #expect(throws: MetricError.self) { try inceptionScore(logits: .zeros([9, 10])) }
    #expect(throws: MetricError.self) { try inceptionScore(logits: .zeros([9]), splits: 1) }
    #expect(throws: MetricError.self) { try inceptionScore(logits: .zeros([9, 2]), splits: 0) }
    #expect(throws: MetricError.notFinite(what: "logits")) {
      try inceptionScore(logits: .full([20, 3], .nan))
    }
  }

  @Test("accuracy counts hits, also by class")
  func accuracy() throws {
    let logits = Tensor([0, 1, 1, 2]).oneHot(classes: 4)
    let accuracy = try classAccuracy(logits: logits, labels: [0, 1, 2, 2])
    #expect(accuracy.overall == 0.75)
    #expect(accuracy.perClass == [1, 1, 0.5, nil])
    #expect(throws: MetricError.self) { try classAccuracy(logits: logits, labels: [0, 1]) }
    let error = #expect(throws: MetricError.self) {
      try classAccuracy(logits: logits, labels: [0, 1, 2, 4])
    }
    expectLine(error, "label is 4", "0 to 3")
  }
}
