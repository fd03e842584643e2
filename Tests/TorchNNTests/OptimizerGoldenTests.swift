import Goldens
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
  func steps(_ name: String) throws { try replay(name, .contiguous) }

  /// Convolution weights are laid out channels-last while gradients may come in row-major order;
  /// the fused kernels look at neither.
  @Test("five steps of channels-last parameters", arguments: optimizers)
  func stepsInOtherLayout(_ name: String) throws { try replay(name, .channelsLast) }

  private func replay(_ name: String, _ format: MemoryFormat) throws {
    let replay = GoldenReplay()
    try replay.replayOptimizer(name, format)
    #expect(replay.problems == [])
  }
}
