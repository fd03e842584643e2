import GANKit
import GANMetrics
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("The classifier", .reproducible)
struct ClassifierTests {
  /// Every pixel tells where it was: 1 + its place in the batch, scaled into (0, 1).
  private func numbered(_ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor.range(1..<count + 1).cast(to: .float32).reshaped(to: shape) / Double(count + 1)
  }

  @Test("moves each picture by whole pixels of its own, all channels alike")
  func shifted() throws {
    let images = numbered([64, 3, 6, 5]).settled(.channelsLast)
    let moved = Classifier.shifted(images, by: 2, on: .cpu)
    #expect(moved.shape == images.shape)
    // With a border of black around it, a moved picture is one of 25 windows of the original.
    let padded = images.padded(2, with: .constant(-1))
    var found: Set<[Int]> = []
    for index in 0..<64 {
      let windows = (0..<25).filter { window in
        let view = padded[index].narrowed(1, from: window / 5, length: 6)
          .narrowed(2, from: window % 5, length: 5)
        return (view - moved[index]).abs().maximum().item() < 1e-6
      }
      #expect(windows.count == 1, "picture \(index) is \(windows.count) windows of its original")
      found.insert(windows)
    }
    // 64 draws of 25 windows: fewer than 15 different ones would be no chance.
    #expect(found.count > 15)
    #expect(found.contains { $0[0] / 5 != 2 } && found.contains { $0[0] % 5 != 2 })
  }

  @Test("draws every distance from -shift to shift alike, along both axes")
  func distances() {
    // One bright pixel in the middle of each picture shows where it went.
    let count = 4000
    let images = Tensor.ones([1, 1, 1, 1]).padded(4).expanded(to: [count, 1, 9, 9])
    let places = Classifier.shifted(images, by: 2, on: .cpu).flattened(from: 1).argmax(axis: 1)
    let rows = places.integers.map { $0 / 9 - 4 }
    let columns = places.integers.map { $0 % 9 - 4 }
    for steps in [rows, columns] {
      for step in -2...2 {
        let share = Double(steps.filter { $0 == step }.count) / Double(count)
        #expect(abs(share - 0.2) < 0.03, "\(step): \(share)")
      }
    }
    let agreeing = zip(rows, columns).filter { $0 == $1 }.count
    #expect(abs(Double(agreeing) / Double(count) - 0.2) < 0.03, "the axes are independent")
  }

  @Test("a shift of 0 draws nothing and changes nothing")
  func still() {
    let images = numbered([2, 1, 4, 4])
    let state = Randomness.state(of: .cpu)
    expectEqual(Classifier.shifted(images, by: 0, on: .cpu), images)
    expectEqual(Randomness.state(of: .cpu), state)
  }

  @Test("choices bring their own settings")
  func settings() throws {
    let digits = Classifier.Config()
    let residual = try digits.setting([("architecture", "residual")])
    #expect(
      residual == Classifier.Config.with { $0.architecture = .residual }
        && residual.learningRate == 0.2)
    #expect(digits.schedule == .halving && digits.labelSmoothing == 0 && digits.optimizer == .adam)
    let own = try digits.setting([("architecture", "residual"), ("learningRate", "0.1")])
    #expect(own.learningRate == 0.1 && own.optimizer == .nesterov)
    for (field, value) in [
      ("width", "0"), ("warmup", "1"), ("labelSmoothing", "1"),
      ("weightDecay", "-1"), ("shift", "9"), ("halfLife", "0"), ("learningRate", "0"),
    ] {
      let wrong = try residual.setting([(field, value)])
      #expect(throws: ConfigError.self, "\(field)") { try wrong.validate() }
    }
  }

  @Test("asks for pictures that its network can read")
  func data() throws {
    let grey = DataShape(channels: 1, height: 32, width: 32, classes: 10)
    let colour = DataShape(channels: 3, height: 32, width: 32, classes: 10)
    try Classifier.validate(.with { $0.architecture = .digits }, for: grey)
    try Classifier.validate(.with { $0.architecture = .residual }, for: grey)
    try Classifier.validate(.with { $0.architecture = .residual }, for: colour)
    let error = #expect(throws: ConfigError.self) {
      try Classifier.validate(.with { $0.architecture = .digits }, for: colour)
    }
    #expect(error?.description.contains("needs grey images") == true)
    var few = grey
    few.classes = 1
    #expect(throws: ConfigError.self) {
      try Classifier.validate(.with { $0.architecture = .residual }, for: few)
    }
    let large = DataShape(channels: 3, height: 64, width: 32, classes: 10)
    #expect(throws: ConfigError.self) {
      try Classifier.validate(.with { $0.architecture = .residual }, for: large)
    }
  }

  @Test("learns", arguments: [Classifier.Architecture.digits, .residual])
  func learning(_ architecture: Classifier.Architecture) throws {
    var config = Classifier.Config.with { $0.architecture = architecture }
    (config.width, config.shift, config.warmup) = (4, 1, 0.02)
    let shape = DataShape(channels: 1, height: 32, width: 32, classes: 2)
    var recipe = Classifier(config, for: RunShape(data: shape, steps: 100), on: .cpu)
    #expect((recipe.classifier is ResidualClassifier) == (architecture == .residual))
    // Bright pictures and dark ones.
    let labels = Tensor((0..<16).map { $0 % 2 })
    let images =
      labels.cast(to: .float32).reshaped(to: [16, 1, 1, 1]) - 0.5
      + Tensor.uniform([16, 1, 32, 32], -0.2, 0.2)
    var losses: [Double] = []
    for _ in 0..<12 {
      let report = recipe.step(LabeledBatch(images: images, labels: labels))
      losses.append(try #require(report["loss/C"]).item())
    }
    // Smoothed targets keep the loss above their entropy, 0.199 at 0.1 of two classes.
    #expect(losses[0] > 0.5 && (losses.last ?? 1) < 0.45, "\(losses)")
  }
}
