import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

/// The critics of the fixtures (Scripts/goldens/penalties.py).
enum Critic: String, CaseIterable {
  case mlp
  case conv
  case convLayerNorm = "conv-layer-norm"

  func network() -> Sequential {
    switch self {
    case .mlp:
      Sequential {
        Flatten()
        Linear(128, 12)
        Tanh()
        Linear(12, 8)
        Tanh()
        Linear(8, 1)
        Flatten(from: 0)
      }
    case .conv, .convLayerNorm:
      Sequential {
        Conv2d(2, 4, kernel: 4, stride: 2, padding: 1)
        LeakyReLU(0.2)
        Conv2d(4, 8, kernel: 4, stride: 2, padding: 1)
        if self == .convLayerNorm { LayerNorm([8, 2, 2]) }
        LeakyReLU(0.2)
        Flatten()
        Linear(32, 1)
        Flatten(from: 0)
      }
    }
  }
}

enum Penalty: String, CaseIterable {
  case wassersteinGP = "wgan-gp"
  case dragan
  case oneSidedDRAGAN = "dragan-one-sided"
  case r1

  /// The tensors that the penalty draws, in order.
  var draws: [String] {
    switch self {
    case .wassersteinGP: ["epsilon"]
    case .dragan: ["noise"]
    case .oneSidedDRAGAN: ["noise", "alpha"]
    case .r1: []
    }
  }

  func callAsFunction(_ critic: (Tensor) -> Tensor, real: Tensor, fake: Tensor?) -> Tensor {
    switch self {
    case .wassersteinGP: GradientPenalty.wassersteinGP(critic, real: real, fake: fake ?? real)
    case .dragan: GradientPenalty.dragan(critic, real: real, .gaussian(variance: 1))
    case .oneSidedDRAGAN: GradientPenalty.dragan(critic, real: real, .oneSided)
    case .r1: GradientPenalty.r1(critic, real: real)
    }
  }
}

@Suite("Gradient penalties", .reproducible)
struct PenaltyTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var penalty: Penalty
    var critic: Critic
    var isDouble: Bool
    var testDescription: String {
      "\(penalty.rawValue)-\(critic.rawValue)" + (isDouble ? "-float64" : "")
    }
  }

  static let cases = Penalty.allCases.flatMap { penalty in
    Critic.allCases.flatMap { critic in
      [false, true].map { Case(penalty: penalty, critic: critic, isDouble: $0) }
    }
  }

  @Test("every file is compared")
  func coverage() throws {
    #expect(
      try Fixture.names(of: "penalties") == Self.cases.map(\.testDescription).sorted())
  }

  @Test("values and gradients equal PyTorch's", arguments: cases)
  func agrees(_ test: Case) throws {
    let problem = try Problem(test)
    let value = problem.value()
    expectClose(
      value, try problem.fixture("value"), relative: test.isDouble ? 1e-12 : 1e-5, "value")
    let found = gradients(of: value, withRespectTo: problem.critic.parameters.map(\.value))
    #expect(found.count == problem.fixture.group("grad/").count)
    for ((key, _), gradient) in zip(problem.critic.namedParameters, found) {
      expectClose(
        gradient, try problem.fixture("grad/\(key)"), relative: test.isDouble ? 1e-10 : 1e-4, key)
    }
  }

  @Test("second-order finite differences in float64", arguments: cases.filter(\.isDouble))
  func differences(_ test: Case) throws {
    let problem = try Problem(test)
    let small = problem.critic.namedParameters.filter { $0.parameter.value.count <= 100 }
    let found = gradients(
      of: problem.value(), withRespectTo: small.map(\.parameter.value))
    for ((key, parameter), gradient) in zip(small, found) {
      expectFiniteDifferences(
        gradient, at: parameter.value.detached().cloned(), key, move: { parameter.assign($0) },
        value: { problem.value().item() })
    }
  }

  /// Also through a critic and images of 16 bits, and with its gradient taken inside.
  @Test("full precision inside an autocast", arguments: Critic.allCases)
  func fullPrecision(_ kind: Critic) throws {
    for penalty in Penalty.allCases {
      let problem = try Problem(Case(penalty: penalty, critic: kind, isDouble: false))
      let parameters = problem.critic.parameters.map(\.value)
      let expected = problem.value()
      let expectedGradients = gradients(of: expected, withRespectTo: parameters)
      withAutocast(to: .bfloat16, on: .cpu) {
        let found = problem.value()
        expectEqual(found.detached(), expected.detached(), "\(penalty)")
        for (a, b) in zip(gradients(of: found, withRespectTo: parameters), expectedGradients) {
          expectEqual(a, b, "\(penalty)")
        }
        let narrow = Tensor.randn([4, 2, 8, 8]).cast(to: .bfloat16)
        let ofNarrow = penalty({ problem.critic($0) }, real: narrow, fake: narrow)
        #expect(ofNarrow.dtype == .float32 && ofNarrow.item().isFinite)
      }
    }
  }

  /// The root of the norm has no derivative at 0, and one dead critic must not make NaN of all.
  @Test("a critic that does not depend on its input has a finite gradient")
  func flatCritic() {
    let layer = Linear(4, 1)
    layer.weight.assign(.zeros([1, 4]))
    for penalty in Penalty.allCases {
      let images = Tensor.randn([3, 4])
      let value = penalty({ layer($0).relu() }, real: images, fake: images)
      #expect(value.item() == (penalty == .r1 ? 0 : 1))
      let gradient = gradients(of: value, withRespectTo: [layer.weight.value])[0]
      #expect(gradient.floats.allSatisfy { $0.isFinite }, "\(penalty)")
    }
  }

  /// Where a critic is asked for its slope.
  private func points(_ real: Tensor, _ perturbation: GradientPenalty.Perturbation) -> Tensor {
    var points = real
    _ = GradientPenalty.dragan(
      {
        points = $0.detached()
        return $0.sum(axes: [1])
      }, real: real, perturbation)
    return points
  }

  @Test("Gaussian noise has the variance asked for, in both directions")
  func gaussianPerturbation() {
    let noise = points(.zeros([100, 400]), .gaussian(variance: 10))
    #expect(abs(noise.mean().item()) < 0.08 && abs(noise.variance().item() - 10) < 0.3)
  }

  /// Up to ½σ of the minibatch and never below, the mean a quarter of that; each image has a place of
  /// its own on its line.
  @Test("the authors' perturbation goes up to half the minibatch's deviation")
  func oneSidedPerturbation() {
    let real = Tensor.randn([200, 300]) * 3 + 1
    let distances = points(real, .oneSided) - real
    let half = 0.5 * real.variance(unbiased: false).item().squareRoot()
    #expect(distances.minimum().item() > -1e-5 && distances.maximum().item() < half + 1e-5)
    #expect(abs(distances.mean().item() / half - 0.25) < 0.04)
    let means = (distances.mean(axes: [1]) / half).floats
    #expect((means.min() ?? 1) < 0.02 && (means.max() ?? 0) > 0.47)
  }

  @Test("one epsilon and one norm for each image")
  func perImage() {
    let slopes = Tensor([1, 2, 3] as [Float], shape: [3, 1, 1, 1])
    var points: [Tensor] = []
    let value = GradientPenalty.wassersteinGP(
      {
        points.append($0.detached())
        return ($0 * slopes).sum(axes: [1, 2, 3])
      }, real: .ones([3, 2, 2, 2]), fake: .zeros([3, 2, 2, 2]))
    // Eight pixels of slope s: the norm is s·√8.
    let expected = [1.0, 2, 3].map { ($0 * 8.0.squareRoot() - 1) * ($0 * 8.0.squareRoot() - 1) }
    expectClose(value, .scalar(expected.reduce(0, +) / 3))
    let rows = points[0].flattened(from: 1)
    expectEqual(rows.selected(1, 0).unsqueezed(1).expanded(to: rows.shape).contiguous(), rows)
    #expect(Set(rows.selected(1, 0).floats).count == 3)
  }
}

/// A critic with a fixture's weights, and the penalty's inputs.
private struct Problem {
  let fixture: Fixture
  let critic: Sequential
  private let penalty: Penalty
  private let real: Tensor
  private let fake: Tensor?
  private let draws: [Tensor]

  init(_ test: PenaltyTests.Case) throws {
    let fixture = try Fixture("penalties/\(test.testDescription)")
    (self.fixture, penalty) = (fixture, test.penalty)
    critic = test.critic.network().cast(to: test.isDouble ? .float64 : .float32)
    try critic.load(fixture.group("weight/"))
    (real, fake) = (try fixture("real"), fixture.tensors["fake"])
    draws = try test.penalty.draws.map { try fixture($0) }
  }

  func value() -> Tensor {
    RandomTape.replay(draws) { penalty({ critic($0) }, real: real, fake: fake) }
  }
}
