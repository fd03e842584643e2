import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("The energy coefficient", .reproducible)
struct EnergyTests {
  @Test("is near 0 for equal distributions, on either side")
  func equal() throws {
    let values = try (0..<20).map { _ in
      try energyCoefficient(.randn([200, 3]), .randn([200, 3]))
    }
    #expect(abs(values.reduce(0, +) / 20) < 0.005)
    #expect(values.contains { $0 < 0 } && values.contains { $0 > 0 })
  }

  @Test("is 1 for two single points, whatever their distance")
  func points() throws {
    for distance in [0.5, 100] {
      let found = try energyCoefficient(.zeros([7, 2]), .full([5, 2], distance))
      expectNear(found, 1, relative: 1e-9)
    }
    #expect(try energyCoefficient(.zeros([7, 2]), .zeros([5, 2])) == 0)
  }

  @Test("is that of the distances, pair by pair")
  func pairs() throws {
    let (a, b) = (Tensor.randn([5, 3], dtype: .float64), Tensor.randn([4, 3], dtype: .float64))
    func sum(_ x: Tensor, _ y: Tensor) -> Double {
      (0..<x.size(0)).reduce(0) { total, i in
        (0..<y.size(0)).reduce(total) { $0 + (x[i] - y[$1]).norm().item() }
      }
    }
    let between = 2 * sum(a, b) / 20
    let expected = (between - sum(a, a) / 20 - sum(b, b) / 12) / between
    expectNear(try energyCoefficient(a, b), expected, relative: 1e-6)
  }

  /// The first three moments of both are equal, as no kernel of third degree can tell.
  @Test("sees what moments do not")
  func shape() throws {
    let signs = Tensor.randomIntegers([4000, 1], below: 2).cast(to: .float32) * 2 - 1
    #expect(try energyCoefficient(signs, .randn([4000, 1])) > 0.05)
  }

  @Test("of unequal lengths or a single row is refused")
  func refused() {
    #expect(throws: MetricError.self) { try energyCoefficient(.zeros([3, 2]), .zeros([3, 1])) }
    #expect(throws: MetricError.self) { try energyCoefficient(.zeros([1, 2]), .zeros([3, 2])) }
  }
}
