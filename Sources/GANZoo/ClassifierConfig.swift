import Foundation
import GANKit
import GANMetrics
import Torch
import TorchNN

extension Classifier {
  /// The networks.
  public enum Architecture: String, ConfigChoice {
    /// `DigitsClassifier`, for grey pictures.
    case digits
    /// `ResidualClassifier`, for colour or grey ones.
    case residual
  }

  /// How the network learns.
  public enum Descent: String, ConfigChoice {
    /// Adam.
    case adam
    /// Gradient descent with Nesterov's momentum of 0.9.
    case nesterov
  }

  /// What may be changed.
  public struct Config: RecipeConfig {
    /// Which network.
    public let architecture: Architecture
    /// Channels of the residual network's first convolution.
    public var width = 24
    /// Which optimizer.
    public var optimizer: Descent
    /// The highest rate.
    public var learningRate: Double
    /// Updates after which the rate is half of what it was, where `decayUpdates` is 0.
    public var halfLife = 400
    /// Updates over which the rate rises to the highest, where `decayUpdates` is not 0.
    public var warmupUpdates: Int
    /// Updates after which the rate has fallen in a straight line to 0; 0 halves it instead.
    public var decayUpdates: Int
    /// How much of each weight is added to its gradient.
    public var weightDecay: Double
    /// The share of the target that all classes have alike.
    public var labelSmoothing: Double
    /// Pixels by which a picture is moved at most, in either direction.
    public var shift: Int

    /// The default values.
    public init() { self.init(.digits) }

    /// The values that go with an architecture; those of the residual network are for twelve passes
    /// over 50,000 images in minibatches of 128.
    public init(_ architecture: Architecture) {
      self.architecture = architecture
      switch architecture {
      case .digits:
        (optimizer, learningRate, shift) = (.adam, 2e-3, 2)
        (warmupUpdates, decayUpdates, weightDecay, labelSmoothing) = (0, 0, 0, 0)
      case .residual:
        (optimizer, learningRate, shift) = (.nesterov, 0.2, 4)
        (warmupUpdates, decayUpdates, weightDecay, labelSmoothing) = (936, 4680, 5e-4, 0.1)
      }
    }

    /// The values that go with this architecture.
    public var defaults: Config { Config(architecture) }

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .choice(\.architecture, "architecture", "digits (grey), or residual (colour or grey)"),
      .count(\.width, "width", "channels of the residual network's first convolution"),
      .choice(
        \.optimizer, "optimizer", "adam, or nesterov (gradient descent with momentum 0.9)"),
      .rate(\.learningRate, "learningRate", "the highest rate"),
      .count(
        \.halfLife, "halfLife", "updates after which the rate is half, with decayUpdates 0",
        in: 1...1_000_000),
      .count(
        \.warmupUpdates, "warmupUpdates",
        "updates over which the rate rises first, with decayUpdates", in: 0...1_000_000),
      .count(
        \.decayUpdates, "decayUpdates",
        "updates after which the rate has fallen to 0; 0 halves it", in: 0...1_000_000),
      .weight(\.weightDecay, "weightDecay", "how much of each weight is added to its gradient"),
      .fraction(
        \.labelSmoothing, "labelSmoothing", "the share of the target that all classes have alike"),
      .count(
        \.shift, "shift", "pixels by which a picture is moved at most, in either direction",
        in: 0...8),
    ]

    /// The rate rises before it falls.
    public func checkTogether() throws {
      try ConfigError.check(
        decayUpdates == 0 || warmupUpdates < decayUpdates, "warmupUpdates", warmupUpdates,
        "less than decayUpdates, \(decayUpdates)")
    }
  }
}

extension Classifier.Config {
  func network(for data: DataShape) -> any ImageClassifier {
    switch architecture {
    case .digits: DigitsClassifier(classes: data.classes)
    case .residual:
      ResidualClassifier(channels: data.channels, classes: data.classes, width: width)
    }
  }

  func optimizer(of parameters: [Parameter]) -> any Optimizer {
    switch optimizer {
    case .adam: Adam(parameters, learningRate: schedule, weightDecay: weightDecay)
    case .nesterov:
      SGD(
        parameters, learningRate: schedule, momentum: .constant(0.9), nesterov: true,
        weightDecay: weightDecay)
    }
  }

  private var schedule: Schedule {
    decayUpdates > 0
      ? .oneCycle(learningRate, warmup: warmupUpdates, end: decayUpdates)
      : .exponential(
        learningRate, factor: exp2(-1 / Double(halfLife)), minimum: learningRate / 1000)
  }
}
