import FixtureFiles
import Torch
import TorchNN

extension GoldenReplay {
  /// Five updates of an optimizer.
  ///
  /// - Parameter format: how images and weights lie in memory.
  package func replayOptimizer(_ name: String, _ format: MemoryFormat = .channelsLast) throws {
    let fixture = try Fixture("optimizers/\(name)", in: folder)
    let parameters = fixture.list("start/").map { value -> Parameter in
      let moved = value.moved(to: device)
      return Parameter(value.rank == 4 ? moved.settled(format) : moved)
    }
    guard let optimizer = optimizer(fixture, parameters) else {
      return report("no optimizer for \(name)")
    }
    for step in 0..<5 {
      optimizer.apply(fixture.list("grad/\(step)/").map { $0.moved(to: device) })
      for (index, parameter) in parameters.enumerated() {
        let expected = try fixture("after/\(step)/\(index)")
        compare("step \(step), \(index)", parameter.value, expected, relative: 1e-6)
      }
    }
    require(optimizer.updates.value == 5, "\(optimizer.updates.value) updates are counted")
  }

  private func optimizer(_ fixture: Fixture, _ parameters: [Parameter]) -> (any Optimizer)? {
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
