import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Optimizers", .reproducible)
struct OptimizerTests {
  typealias Make = @Sendable ([Parameter]) -> any Optimizer

  static let kinds: [String: Make] = [
    "Adam": { Adam($0, learningRate: 0.01, betas: (0.5, 0.999), weightDecay: 0.1) },
    "RMSProp": { RMSProp($0, learningRate: 0.01) },
    "SGD": { SGD($0, learningRate: 0.01, momentum: .init(from: 0, to: 0.9, over: 3)) },
    "Nesterov": {
      SGD(
        $0, learningRate: 0.01, momentum: .constant(0.9), nesterov: true, weightDecay: 0.01)
    },
  ]

  /// No bias stands right in front of the batch norm, where it would have no gradient.
  private func network() -> Sequential {
    Sequential {
      UpsampleConv2d(2, 3)
      Tanh()
      BatchNorm(3)
      LeakyReLU(0.2)
      Conv2d(3, 4, kernel: 3)
      SelfAttention(4)
      Flatten()
      Linear(4 * 36, 1)
    }.placed(on: .cpu)
  }

  private func optimizer(_ kind: String, _ network: Sequential) throws -> any Optimizer {
    let make = try #require(Self.kinds[kind])
    return make(network.parameters)
  }

  private func loss(_ network: Sequential) -> Tensor {
    network(Tensor.randn([3, 2, 4, 4]).contiguous(.channelsLast)).squared().mean()
  }

  @Test("a step changes all of the network's parameters and no other's", arguments: kinds.keys)
  func scope(_ kind: String) throws {
    let (own, other) = (network(), network())
    for layer in own.namedParameters where layer.key.hasSuffix("gamma") {
      layer.parameter.assign(.scalar(0.5))
    }
    let before = own.parameters.map { $0.value.doubles }
    let optimizer = try optimizer(kind, own)
    let outside = other.parameters.map { $0.value.doubles }
    optimizer.minimize(loss(own) + loss(other))
    for (parameter, old) in zip(own.namedParameters, before) {
      #expect(parameter.parameter.value.doubles != old, "\(parameter.key)")
      #expect(parameter.parameter.value.requiresGradient)
    }
    #expect(other.parameters.map { $0.value.doubles } == outside)
    #expect(optimizer.updates.value == 1)
  }

  @Test("many steps lower a loss", arguments: kinds.keys)
  func descends(_ kind: String) throws {
    let layer = Linear(3, 1)
    let make = try #require(Self.kinds[kind])
    let optimizer = make(layer.parameters)
    let inputs = Tensor.randn([32, 3])
    let targets = inputs.sum(axes: [1], keepingDimensions: true)
    func loss() -> Tensor { meanSquaredError(layer(inputs), targets) }
    let first = loss().item()
    for _ in 0..<300 { optimizer.minimize(loss()) }
    #expect(loss().item() < 0.2 * first)
  }

  @Test("what minimize returns is the loss, outside the graph")
  func returned() {
    let layer = Linear(2, 1)
    let loss = layer(.ones([1, 2])).sum()
    let value = SGD(layer.parameters, learningRate: 0.1).minimize(loss)
    #expect(!value.requiresGradient)
    #expect(value.item() == loss.item())
  }

  /// The generator's step goes through the critic, whose weights it must neither need nor touch:
  /// here they cannot be differentiated at all.
  @Test("a step through another network does not need its weight gradients")
  func passingThrough() {
    let generator = Linear(2, 4)
    let critic = Linear(4, 1)
    let frozen = critic.weight.value.detached()
    let player = Adam(generator, learningRate: 0.01)
    let before = generator.weight.value.floats
    player.minimize(generator(.ones([3, 2])).linear(frozen).mean())
    #expect(generator.weight.value.floats != before)
    let critics = critic.parameters.map { $0.value.floats }
    player.minimize(critic(generator(.ones([3, 2]))).mean())
    #expect(critic.parameters.map { $0.value.floats } == critics)
    #expect(player.gradients(of: critic(generator(.ones([3, 2]))).mean()).count == 2)
  }

  @Test("restored state continues with the same bits", arguments: kinds.keys)
  func continues(_ kind: String) throws {
    let (network, copy) = (network(), network())
    let (optimizer, second) = try (optimizer(kind, network), optimizer(kind, copy))
    for _ in 0..<4 { optimizer.minimize(loss(network)) }
    copy.copyValues(from: network)
    let file = SafetensorsFile(tensors: optimizer.stateDictionary)
    try second.load(SafetensorsFile(try file.encoded(), path: "memory").tensors)
    #expect(second.updates.value == 4)
    let state = Randomness.state(of: .cpu)
    for _ in 0..<3 { optimizer.minimize(loss(network)) }
    try Randomness.restore(state, of: .cpu)
    for _ in 0..<3 { second.minimize(loss(copy)) }
    for (a, b) in zip(network.parameters, copy.parameters) { expectEqual(a.value, b.value) }
    let found = second.stateDictionary
    for (key, tensor) in optimizer.stateDictionary {
      expectEqual(try #require(found[key]), tensor, key)
    }
  }

  @Test("state keys")
  func keys() {
    let layer = Linear(2, 1)
    #expect(
      Adam(layer, learningRate: 1.0).leaves.map(\.key) == [
        "updates.count", "step.0", "first.0", "first.1", "second.0", "second.1",
      ])
    #expect(
      SGD(layer.parameters, learningRate: 1.0).leaves.map(\.key) == [
        "updates.count", "momenta.0", "momenta.1",
      ])
    #expect(Adam(layer, learningRate: 1.0).parameterCount == 0)
  }

  @Test("the rate follows the schedule")
  func scheduled() {
    let parameter = Parameter(.zeros([1]))
    let optimizer = SGD([parameter], learningRate: .step(1, factor: 0.1, interval: 2))
    for _ in 0..<4 { optimizer.apply([.ones([1])]) }
    expectClose(parameter.value, Tensor([-2.2] as [Float]))
  }

  @Test("schedules at their ends")
  func schedules() {
    let linear = Schedule.linearDecay(1, start: 10, end: 20)
    #expect([0, 10, 15, 20, 99].map { linear.rate(after: $0) } == [1, 1, 0.5, 0, 0])
    let falling = Schedule.exponential(1, factor: 0.5, minimum: 0.2)
    #expect([0, 1, 2, 3, 9].map { falling.rate(after: $0) } == [1, 0.5, 0.25, 0.2, 0.2])
    let constant: Schedule = 0.5
    #expect(constant == .constant(0.5))
  }

  /// m ← μm + g with μ = 0, 0.45, 0.9, 0.9: also the gradient of the step with μ = 0 is remembered.
  @Test("a momentum that rises from 0")
  func ramp() {
    let parameter = Parameter(.zeros([1]))
    let optimizer = SGD(
      [parameter], learningRate: 1.0, momentum: .init(from: 0, to: 0.9, over: 2))
    var (momentum, expected) = (0.0, 0.0)
    for (factor, gradient) in [(0, 1.0), (0.45, 2), (0.9, -1), (0.9, 3)] {
      momentum = factor * momentum + gradient
      expected -= momentum
      optimizer.apply([.full([1], gradient)])
      expectClose(parameter.value, .full([1], expected))
    }
  }

  /// θ = 1, gradients 2 and 1, rate 0.1, μ 0.5, decay 0.1, by hand: g₁ = 2.1, m₁ = 2.1,
  /// θ₁ = 1 - 0.1·(2.1 + 1.05) = 0.685; g₂ = 1.0685, m₂ = 1.05 + 1.0685,
  /// θ₂ = 0.685 - 0.1·(1.0685 + 0.5·2.1185).
  @Test("Nesterov's momentum looks ahead")
  func nesterov() {
    let parameter = Parameter(Tensor([Float(1)]))
    let descent = SGD(
      [parameter], learningRate: 0.1, momentum: .constant(0.5), nesterov: true, weightDecay: 0.1)
    descent.apply([Tensor([Float(2)])])
    expectClose(parameter.value, Tensor([Float(0.685)]), relative: 1e-6)
    descent.apply([Tensor([Float(1)])])
    expectClose(parameter.value, Tensor([Float(0.472225)]), relative: 1e-6)
  }

  @Test("one cycle rises, falls and ends")
  func oneCycle() {
    let cycle = Schedule.oneCycle(0.4, warmup: 4, end: 20)
    let rates = [0, 1, 3, 4, 12, 19, 20, 30].map { cycle.rate(after: $0) }
    let expected = [0.1, 0.2, 0.4, 0.4, 0.2, 0.025, 0, 0]
    for (rate, value) in zip(rates, expected) { #expect(abs(rate - value) < 1e-12) }
    #expect(Schedule.oneCycle(1, warmup: 0, end: 2).rate(after: 0) == 1)
  }

  @Test("a rate of pieces changes at its borders")
  func piecewise() {
    let pieces = Schedule.piecewise([3, 2, 1], borders: [4, 6])
    #expect([0, 3, 4, 5, 6, 100].map { pieces.rate(after: $0) } == [3, 3, 2, 2, 1, 1])
    // A piece of no updates is passed over.
    #expect(Schedule.piecewise([3, 2], borders: [0]).rate(after: 0) == 2)
  }

  @Test("reset forgets the moments, and the schedule goes on")
  func reset() {
    let parameter = Parameter(.zeros([3]))
    let adam = Adam([parameter], learningRate: .step(0.1, factor: 0.5, interval: 1))
    adam.apply([.ones([3])])
    adam.reset()
    let moments = adam.stateDictionary.filter { $0.key != "updates.count" }
    #expect(moments.values.allSatisfy { $0.abs().maximum().item() == 0 })
    #expect(adam.updates.value == 1)
    adam.apply([.ones([3])])
    expectClose(parameter.value, .full([3], -0.15))
  }

  /// The gradient of each parameter is its coefficient: (3, 4) and 12, together 13 long.
  private func clippingStep(
    _ minimize: (SGD, Tensor) -> Tensor
  ) -> (first: Tensor, second: Tensor, loss: Float) {
    let (first, second) = (Parameter(.zeros([2])), Parameter(.ones([1])))
    let sgd = SGD([first, second], learningRate: 1.0)
    let loss = (first.value * Tensor([3, 4] as [Float])).sum() + (second.value * 12).sum()
    let returned = minimize(sgd, loss)
    #expect(sgd.updates.value == 1)
    return (first.value, second.value - 1, Float(returned.item()))
  }

  @Test("gradients together at most so long", arguments: [0, 2.6, 13.5, 100])
  func clippedTogether(_ limit: Double) {
    let step = clippingStep { $0.minimize($1, maxGradientNorm: limit) }
    let factor = limit == 0 ? 1 : min(limit / 13, 1)
    expectClose(step.first, Tensor([-3, -4] as [Float]) * factor, relative: 1e-6)
    expectClose(step.second, Tensor([-12] as [Float]) * factor, relative: 1e-6)
    #expect(step.loss == 12)
  }

  @Test("each parameter's gradient at most so long", arguments: [0, 2.5, 6, 100])
  func clippedEach(_ limit: Double) {
    let step = clippingStep { $0.minimize($1, maxNormPerParameter: limit) }
    func factor(_ length: Double) -> Double { limit == 0 ? 1 : min(limit / length, 1) }
    expectClose(step.first, Tensor([-3, -4] as [Float]) * factor(5), relative: 1e-6)
    expectClose(step.second, Tensor([-12] as [Float]) * factor(12), relative: 1e-6)
    #expect(step.loss == 12)
  }

  @Test("short gradients keep their bits, those of length 0 too, and one that stands for two")
  func shortGradients() {
    let gradients = [Tensor.randn([4, 3]), .zeros([5]), .full([2, 2], 1e-3)]
    for (a, b) in zip(GradientClipping.each(gradients, to: 100), gradients) { expectEqual(a, b) }
    for (a, b) in zip(GradientClipping.together(gradients, to: 100), gradients) {
      expectEqual(a, b)
    }
    let twice = GradientClipping.each([gradients[0], gradients[0]], to: 0.5)
    for tensor in twice { #expect(abs(tensor.norm().item() - 0.5) < 1e-6) }
  }

  @Test("gradients in another order of memory or too few")
  func gradientLists() async {
    let parameter = Parameter(Tensor.zeros([2, 3, 2, 2]).contiguous(.channelsLast))
    let gradient = Tensor.range(0..<24).cast(to: .float32).reshaped(to: [2, 3, 2, 2])
    SGD([parameter], learningRate: 1.0).apply([gradient])
    #expect(parameter.value.floats == gradient.floats.map { -$0 })
    await #expect(processExitsWith: .failure) {
      let parameters = [Parameter(.zeros([1])), Parameter(.zeros([1]))]
      Adam(parameters, learningRate: 1.0).apply([.zeros([1])])
    }
  }

  @Test("an optimizer made before its network was placed is refused")
  func misplaced() async {
    await #expect(processExitsWith: .failure) {
      let layer = Conv2d(2, 3, kernel: 3)
      let adam = Adam(layer, learningRate: 1.0)
      _ = layer.placed(on: .cpu)
      adam.minimize(layer(.ones([1, 2, 4, 4])).sum())
    }
  }

  @Test("a probe records gradients and takes plain steps")
  func probe() {
    let parameter = Parameter(.ones([1]))
    let adam = Adam([parameter], learningRate: 5.0)
    let recorded = GradientProbe.record(descendingAt: 0.5) {
      for _ in 0..<2 { adam.minimize(parameter.value.squared().sum()) }
    }
    #expect(recorded.map { $0.map(\.floats) } == [[[2]], [[0]]])
    #expect(parameter.value.floats == [0])
    #expect(adam.updates.value == 2)
  }

  @Test("a probe inside another gives way to it again")
  func nestedProbes() {
    let parameter = Parameter(.ones([1]))
    let adam = Adam([parameter], learningRate: 5.0)
    func update() { adam.apply([.ones([1])]) }
    var inner: [[Tensor]] = []
    let outer = GradientProbe.record(descendingAt: 0.5) {
      update()
      inner = GradientProbe.record(descendingAt: 0) { update() }
      update()
    }
    #expect(outer.count == 2 && inner.count == 1)
    #expect(parameter.value.floats == [0])
  }
}
