import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Initial values", .reproducible)
struct InitializerTests {
  private struct Statistics: Decodable {
    var count: Int
    var min: Double
    var max: Double
    var mean: Double
    var std: Double
  }

  private struct Reference: Decodable {
    var layer: String
    var bound: Double?
    var weight: Statistics
    var bias: Statistics?
  }

  static let layers: [String: @Sendable () -> any Module] = [
    "Linear(256, 2048)": { Linear(256, 2048) },
    "Conv2d(64, 1024, 5)": { Conv2d(64, 1024, kernel: 5) },
    "ConvTranspose2d(64, 1024, 4)": { ConvTranspose2d(64, 1024, kernel: 4) },
    "Embedding(1000, 256)": { Embedding(1000, 256) },
  ]

  @Test("have PyTorch's statistics")
  func standard() throws {
    let data = try Data(contentsOf: Fixture.folder.appendingPathComponent("initial/initial.json"))
    let references = try JSONDecoder().decode([String: Reference].self, from: data)
    #expect(Set(references.values.map(\.layer)) == Set(Self.layers.keys))
    for reference in references.values {
      let make = try #require(Self.layers[reference.layer])
      for (key, parameter) in make().namedParameters {
        let expected = try #require(key == "weight" ? reference.weight : reference.bias)
        compare(parameter.value, expected, bound: reference.bound, "\(reference.layer).\(key)")
      }
    }
  }

  /// Both are samples: means and deviations agree to five standard errors.
  private func compare(
    _ values: Tensor, _ expected: Statistics, bound: Double?, _ comment: Comment
  ) {
    let count = Double(expected.count)
    let (mean, deviation) = (values.mean().item(), values.variance().item().squareRoot())
    #expect(values.count == expected.count, comment)
    #expect(abs(mean - expected.mean) < 5 * expected.std * (2 / count).squareRoot(), comment)
    #expect(abs(deviation / expected.std - 1) < 5 / count.squareRoot(), comment)
    guard let bound else { return }
    let largest = values.abs().maximum().item()
    #expect(largest <= bound * (1 + 1e-6) && largest > bound * 0.98, comment)
  }

  @Test(
    "orthogonal rows or columns",
    arguments: [[5, 5], [3, 7], [7, 3], [4, 2, 3, 3], [32, 2, 3, 3], [1, 6]])
  func orthogonal(_ shape: [Int]) {
    let gain = 1.5
    let matrix = Initializer.orthogonal(gain: gain)(shape).reshaped(to: [shape[0], -1])
    let isTall = matrix.size(0) > matrix.size(1)
    let gram = isTall ? matrix.transposed().matmul(matrix) : matrix.matmul(matrix.transposed())
    expectClose(gram, .identity(gram.size(0)) * (gain * gain), absolute: 1e-5)
  }

  @Test("Xavier's and Kaiming's variances", arguments: [[400, 300], [60, 50, 3, 3]])
  func variances(_ shape: [Int]) {
    let receptive = shape.dropFirst(2).reduce(1, *)
    let (fanIn, fanOut) = (Double(shape[1] * receptive), Double(shape[0] * receptive))
    let cases: [(Initializer, Double)] = [
      (.xavierUniform(), 2 / (fanIn + fanOut)), (.xavierNormal(gain: 2), 8 / (fanIn + fanOut)),
      (.kaimingNormal, 2 / fanIn), (.kaimingUniform, 2 / fanIn), (.standard, 1 / (3 * fanIn)),
      (.normal(mean: 0.5, deviation: 0.02), 4e-4), (.uniform(bound: 3), 3),
    ]
    for (rule, variance) in cases {
      let values = rule(shape)
      #expect(values.shape == shape)
      #expect(abs(values.variance().item() / variance - 1) < 0.05, "\(rule)")
    }
    #expect(Initializer.constant(4)(shape).mean().item() == 4)
  }

  @Test("weights that start elsewhere")
  func layersWithRules() {
    let equalized = EqualizedLinear(300, 200).parameters[0].value
    expectClose(equalized.variance(), .scalar(1), relative: 0.05)
    #expect(SelfAttention(8).stateDictionary["gamma"]?.item() == 0)
    #expect(PReLU(3).weight.value.floats == [0.25, 0.25, 0.25])
    #expect(TPReLU(2).slope.value.floats == [0.25, 0.25])
    #expect(TPReLU(2).threshold.value.floats == [0, 0])
    let norm = BatchNorm(2).stateDictionary
    #expect(norm["weight"]?.floats == [1, 1] && norm["bias"]?.floats == [0, 0])
    #expect(norm["running_mean"]?.floats == [0, 0] && norm["running_var"]?.floats == [1, 1])
    let normalized = WeightNormLinear(4, 3).stateDictionary
    if let gain = normalized["weight_g"], let direction = normalized["weight_v"] {
      expectClose(gain, direction.norm(axes: [1], keepingDimensions: true))
    }
  }

  @Test("a network drawn anew by DCGAN's rule")
  func initialized() {
    let network = Sequential {
      ConvTranspose2d(50, 40, kernel: 4)
      BatchNorm(4000)
      Linear(30, 2)
    }.initialized(.normal(deviation: 0.02), gain: .normal(mean: 1, deviation: 0.02))
    let state = network.stateDictionary
    for key in ["0.weight", "1.weight"] {
      let variance = state[key]?.variance().item() ?? 0
      #expect(abs(variance.squareRoot() / 0.02 - 1) < 0.1, "\(key)")
    }
    #expect(abs((state["1.weight"]?.mean().item() ?? 0) - 1) < 0.005)
    for key in ["0.bias", "1.bias", "2.bias"] {
      #expect(state[key]?.abs().maximum().item() == 0, "\(key)")
    }
  }
}
