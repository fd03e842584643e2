import Foundation
import Testing

@testable import GANData

@Suite("Densities on a line")
struct PointTests {
  private func table(_ text: String) throws -> DensityTable {
    try DensityTable(text, path: "t.csv")
  }

  private func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
    abs(a - b) <= tolerance
  }

  @Test("The inverse distribution functions of tables are their closed forms")
  func closedForms() throws {
    let triangle = try table("x,density\n0,0\n1,6\n")
    let box = try table("2,1\n4,1\n")
    // A roof: rises on [0, 1], falls on [1, 2].
    let roof = try table("0, 0\r\n1, 5\r\n\r\n2, 0\r\n")
    for mass in stride(from: 0, through: 1, by: 1 / 16.0) {
      #expect(isClose(triangle.quantile(mass), mass.squareRoot()))
      #expect(isClose(box.quantile(mass), 2 + 2 * mass))
      let expected = mass < 0.5 ? (2 * mass).squareRoot() : 2 - (2 - 2 * mass).squareRoot()
      #expect(isClose(roof.quantile(mass), expected, 1e-9), "\(mass)")
      #expect(isClose(triangle.cumulative(at: mass), mass * mass))
      #expect(isClose(triangle.density(at: mass), 2 * mass))
    }
    #expect(roof.cumulative(at: 1.5) == 0.875)
  }

  @Test("A gap of a table is never drawn, and its empty ends are not its support")
  func gaps() throws {
    let table = try table("-9,0\n0,0\n1,1\n2,0\n3,0\n4,1\n5,0\n7,0")
    #expect(table.support == 0...5)
    for index in 0..<1000 {
      let x = table.quantile(Double(index) / 1000)
      #expect((0...2).contains(x) || (3...5).contains(x), "\(x)")
    }
  }

  @Test("The built-in density is that of its distribution function, and its inverse inverts it")
  func cosine() {
    let density = LineDensity.cosine
    var area = 0.0
    for index in 0..<4000 {
      let x = -2 + (Double(index) + 0.5) / 1000
      area += density.density(at: x) / 1000
      let slope = (density.cumulative(at: x + 1e-5) - density.cumulative(at: x - 1e-5)) / 2e-5
      #expect(isClose(slope, density.density(at: x), 1e-6), "\(x)")
    }
    #expect(isClose(area, 1, 1e-6))
    for mass in [0.001, 0.1, 0.25, 0.49, 0.51, 0.75, 0.999] {
      #expect(isClose(density.cumulative(at: density.quantile(mass)), mass))
    }
    #expect(density.quantile(0.25) == -1 && density.quantile(0.75) == 1.5)
    #expect(density.density(at: 0.5) == 0 && density.density(at: 3) == 0)
    #expect(density.cumulative(at: -5) == 0 && density.cumulative(at: 5) == 1)
  }

  /// The largest difference of the distribution functions of 20,000 points is below 0.0136 in 999 of 1000 cases.
  @Test("Points are distributed as the density says, and follow from the seed")
  func points() {
    let density = LineDensity.cosine
    let points = density.points(count: 20_000, seed: 4)
    #expect(points.prefix(9) == density.points(count: 9, seed: 4)[...])
    #expect(points != density.points(count: 20_000, seed: 5))
    let distances = points.sorted().enumerated().map { index, x in
      abs(density.cumulative(at: x) - (Double(index) + 0.5) / 20_000)
    }
    #expect((distances.max() ?? 1) < 0.0136)
  }

  @Test("Networks see the plane halved, and a line's support as the half of [-1, 1]")
  func frames() throws {
    let line = try #require(try PointDistribution.named("cosine"))
    let seen = line.scaledPoints(count: 5000, seed: 1)
    #expect(line.dimension == 1 && seen.count == 5000)
    #expect(seen.allSatisfy { abs($0) <= 0.5 } && (seen.min() ?? 0) < -0.45)
    let own = line.unscaled(seen)
    #expect(
      zip(own, LineDensity.cosine.points(count: 5000, seed: 1)).allSatisfy {
        abs(Double($0) - $1) < 1e-6
      })
    let plane = try #require(try PointDistribution.named("ring"))
    let points = ToyDistribution.ring.points(count: 20, seed: 3)
    #expect(plane.scaledPoints(count: 20, seed: 3) == points.map { $0 / 2 })
    #expect(plane.unscaled(plane.scaledPoints(count: 20, seed: 3)) == points)
    #expect(try PointDistribution.named("mnist") == nil && !PointDistribution.isNamed("a.tar"))
  }

  @Test(
    "What is no density is refused in one line",
    arguments: [
      ("0,1\n1,-0.5", "line 2: a density of -0.5"), ("0,1\n0,1", "line 2: x is 0.0 after 0.0"),
      ("x,p\n1,1\n0.5,1", "line 3: x is 0.5 after 1.0"), ("0,0\n1,0\n2,0", "0 everywhere"),
      ("0,1\n1,nan", "line 2: '1,nan' (expected finite numbers)"),
      ("0,1\n1,inf", "finite numbers"), ("0,1\n1e999,1", "finite numbers"),
      ("0,1\n1,two", "two numbers"), ("0,1\n1", "1 columns"), ("0,1,2\n1,1,2", "3 columns"),
      ("0,1", "1 points"), ("", "0 points"), ("x,density", "0 points"),
      ("0,1e308\n1e10,1e308", "too large or too small"),
      ("-1e308,1\n1e308,1", "too large or too small"),
    ])
  func broken(text: String, words: String) throws {
    let found = message { _ = try table(text) }
    #expect(found.hasPrefix("t.csv: ") && found.contains(words), "\(found)")
    #expect(!found.contains("\n"))
  }
}
