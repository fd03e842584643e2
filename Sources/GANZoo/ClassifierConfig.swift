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

  /// How the rate goes.
  public enum Course: String, ConfigChoice {
    /// Halved again and again.
    case halving
    /// In a straight line up, then down to 0 (Smith and Topin 2018).
    case triangle
  }

  /// What may be changed.
  public struct Config: RecipeConfig {
    @Setting(.choice("digits (grey), or residual (colour or grey)"))
    public var architecture = Architecture.digits
    @Setting(.count("channels of the residual network's first convolution")) public var width = 24
    @Setting(.choice("adam, or nesterov (gradient descent with momentum 0.9)"))
    public var optimizer = Descent.adam
    @Setting(.rate("the highest rate")) public var learningRate = 2e-3
    @Setting(.choice("halving (every halfLife), or triangle (up, then down to 0 at the end)"))
    public var schedule = Course.halving
    @Setting(.count("updates after which a halving rate is half", in: 1...1_000_000))
    public var halfLife = 400
    @Setting(.fraction("share of the run in which a triangle rises")) public var warmup = 0.0
    @Setting(.weightDecay) public var weightDecay = 0.0
    @Setting(.fraction("share of the target that all classes have alike"))
    public var labelSmoothing = 0.0
    @Setting(.count("pixels by which a picture is moved at most, in either direction", in: 0...8))
    public var shift = 2

    /// The default values.
    public init() {}

    /// The values that go with this architecture; those of the residual network are for twelve passes
    /// over 50,000 images in minibatches of 128.
    public var defaults: Config {
      var config = Config()
      config.architecture = architecture
      guard architecture == .residual else { return config }
      (config.optimizer, config.learningRate, config.shift) = (.nesterov, 0.2, 4)
      (config.schedule, config.warmup) = (.triangle, 0.2)
      (config.weightDecay, config.labelSmoothing) = (5e-4, 0.1)
      return config
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

  func optimizer(of parameters: [Parameter], _ run: RunShape) -> any Optimizer {
    let schedule = schedule(of: run)
    switch optimizer {
    case .adam:
      return Adam(parameters, learningRate: schedule, weightDecay: weightDecay)
    case .nesterov:
      return SGD(
        parameters, learningRate: schedule, momentum: .constant(0.9), nesterov: true,
        weightDecay: weightDecay)
    }
  }

  private func schedule(of run: RunShape) -> Schedule {
    switch schedule {
    case .halving:
      .exponential(
        learningRate, factor: exp2(-1 / Double(halfLife)), minimum: learningRate / 1000)
    case .triangle:
      run.steps.map { .oneCycle(learningRate, warmup: Int(Double($0) * warmup), end: $0) }
        ?? .constant(learningRate)
    }
  }
}
