import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Optimizers against PyTorch", .reproducible)
struct OptimizerGoldenTests {
  private static let total = 20

  /// Schedules by file; the other files describe themselves.
  static let schedules: [String: Schedule] = [
    "schedule-constant": .constant(2e-4),
    "schedule-linear": .linearDecay(2e-4, start: 12, end: total),
    "schedule-step": .step(2e-4, factor: 0.1, interval: 6),
    "schedule-exponential": .exponential(2e-4, factor: 0.95),
  ]

  static let optimizers = [
    "adam-0-0.9", "adam-0-0.99", "adam-0.5-0.999", "adam-decay", "adam-strong-decay",
    "rmsprop-0.9", "rmsprop-0.99", "sgd", "sgd-decay", "sgd-momentum",
  ]

  @Test("every fixture is compared")
  func tableIsComplete() throws {
    let known = Self.optimizers + Self.schedules.keys
    #expect(try Fixture.names(of: "optimizers") == known.sorted())
  }

  @Test("rates", arguments: schedules.keys.sorted())
  func rates(_ name: String) throws {
    let schedule = try #require(Self.schedules[name])
    let expected = try Fixture("optimizers/\(name)")("rates")
    let rates = (0...Self.total).map { schedule.rate(after: $0) }
    expectClose(Tensor(doubles: rates), expected, relative: 1e-12, absolute: 1e-18)
  }

  @Test("five steps", arguments: optimizers)
  func steps(_ name: String) throws { try compare(name) { $0 } }

  /// Convolution weights are laid out channels-last while gradients may come in row-major order;
  /// the fused kernels look at neither.
  @Test("five steps of channels-last parameters", arguments: optimizers)
  func stepsInOtherLayout(_ name: String) throws {
    try compare(name) { $0.rank == 4 ? $0.contiguous(.channelsLast) : $0 }
  }

  private func compare(_ name: String, laidOut: (Tensor) -> Tensor) throws {
    let fixture = try Fixture("optimizers/\(name)")
    let parameters = fixture.list("start/").map { Parameter(laidOut($0)) }
    let optimizer = try #require(make(fixture, parameters))
    for step in 0..<5 {
      optimizer.apply(fixture.list("grad/\(step)/"))
      for (index, parameter) in parameters.enumerated() {
        let expected = try fixture("after/\(step)/\(index)")
        expectClose(parameter.value, expected, relative: 1e-6, "step \(step), \(index)")
      }
    }
    #expect(optimizer.updates.value == 5)
  }

  private func make(_ fixture: Fixture, _ parameters: [Parameter]) -> (any Optimizer)? {
    let rate = Schedule.constant(fixture.number("lr") ?? 0)
    let decay = fixture.number("weight_decay") ?? 0
    let epsilon = fixture.number("eps") ?? 0
    switch fixture.text("optimizer") {
    case "Adam":
      let betas = fixture.numbers("betas")
      return Adam(
        parameters, learningRate: rate, betas: (betas[0], betas[1]), epsilon: epsilon,
        weightDecay: decay)
    case "RMSprop":
      return RMSProp(
        parameters, learningRate: rate, alpha: fixture.number("alpha") ?? 0, epsilon: epsilon)
    case "SGD":
      let momentum = SGD.Ramp.constant(fixture.number("momentum") ?? 0)
      return SGD(parameters, learningRate: rate, momentum: momentum, weightDecay: decay)
    default: return nil
    }
  }
}
