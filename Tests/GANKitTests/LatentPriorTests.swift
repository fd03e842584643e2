import Foundation
import GANKit
import TestSupport
import Testing
import Torch

@Suite("Latent priors", .reproducible)
struct LatentPriorTests {
  private func moments(_ tensor: Tensor) -> (mean: Double, variance: Double) {
    let mean = tensor.mean().item()
    return (mean, (tensor - mean).squared().mean().item())
  }

  @Test("normal")
  func normal() {
    let sample = LatentPrior.normal(50).sample(2000, on: .cpu)
    #expect(sample.shape == [2000, 50] && sample.dtype == .float32)
    let (mean, variance) = moments(sample)
    #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.03)
    let fourth = sample.power(4).mean().item()
    #expect(abs(fourth - 3) < 0.15)
  }

  @Test("uniform")
  func uniform() {
    for (low, high) in [(-1.0, 1.0), (0.0, 1.0)] {
      let sample = LatentPrior.uniform(50, low: low, high: high).sample(2000, on: .cpu)
      let (mean, variance) = moments(sample)
      let width = high - low
      #expect(abs(mean - (low + high) / 2) < 0.01)
      #expect(abs(variance - width * width / 12) < 0.01)
      #expect(sample.minimum().item() >= low && sample.minimum().item() < low + 0.001 * width)
      #expect(sample.maximum().item() < high && sample.maximum().item() > high - 0.001 * width)
    }
    #expect(LatentPrior.uniform(3) == .uniform(3, low: -1, high: 1))
  }

  @Test("categorical")
  func categorical() {
    let sample = LatentPrior.categorical(4).sample(4000, on: .cpu)
    #expect(sample.shape == [4000, 4] && sample.dtype == .float32)
    #expect(sample.sum(axes: [1]).floats.allSatisfy { $0 == 1 })
    #expect(Set(sample.floats) == [0, 1])
    #expect(sample.mean(axes: [0]).doubles.allSatisfy { abs($0 - 0.25) < 0.03 })
  }

  @Test(
    "rows are independent and as long as the dimension",
    arguments: [
      LatentPrior.normal(7), .uniform(5), .categorical(3), .gaussianMixture(10), .swissRoll,
    ])
  func rows(_ prior: LatentPrior) {
    #expect(prior.sample(6, on: .cpu).shape == [6, prior.dimension])
    let many = prior.sample(64, on: .cpu)
    #expect(many.floats != prior.sample(64, on: .cpu).floats)
  }

  @Test(
    "a row follows from the seed and its number, whatever their count",
    arguments: [
      LatentPrior.normal(100), .uniform(5), .categorical(3), .gaussianMixture(10), .swissRoll,
      .joint([.categorical(10), .uniform(2), .normal(62)]),
    ])
  func seededRows(_ prior: LatentPrior) {
    let many = prior.rows(150, seed: 5)
    #expect(many.shape == [150, prior.dimension])
    for count in [1, 3, 4, 63, 64, 65, 130] {
      let some = prior.rows(count, seed: 5)
      #expect(some.rawBytes == many[0..<count].cloned().rawBytes, "\(count) rows")
    }
    #expect(prior.rows(3, seed: 6).floats != many[0..<3].floats)
    // Blocks are drawn one after the other, not again.
    #expect(many[0..<64].floats != many[64..<128].floats)
    let outside = Randomness.state(of: .cpu)
    _ = prior.rows(3, seed: 5)
    #expect(Randomness.state(of: .cpu).rawBytes == outside.rawBytes)
  }

  /// Ten spokes of length and width 1 ± 0.3 and ± 0.05.
  @Test("mixture of Gaussians")
  func mixture() {
    let sample = LatentPrior.gaussianMixture(10).sample(5000, on: .cpu)
    let points = zip(sample.selected(1, 0).doubles, sample.selected(1, 1).doubles)
    var counts = [Int](repeating: 0, count: 10)
    var (along, across): ([Double], [Double]) = ([], [])
    for (x, y) in points {
      let spoke = (atan2(y, x) / (2 * .pi) * 10).rounded()
      let angle = spoke * 2 * .pi / 10
      counts[(Int(spoke) + 10) % 10] += 1
      along.append(x * cos(angle) + y * sin(angle))
      across.append(y * cos(angle) - x * sin(angle))
    }
    #expect(counts.allSatisfy { (380...620).contains($0) })
    func deviation(_ values: [Double], around mean: Double) -> Double {
      (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)).squareRoot()
    }
    #expect(abs(along.reduce(0, +) / 5000 - 1) < 0.02)
    #expect(abs(deviation(along, around: 1) - 0.3) < 0.03)
    #expect(abs(deviation(across, around: 0) - 0.05) < 0.01)
  }

  /// One and a half turns whose radius grows with the angle.
  @Test("swiss roll")
  func swissRoll() {
    let sample = LatentPrior.swissRoll.sample(3000, on: .cpu)
    var distances: [Double] = []
    for (x, y) in zip(sample.selected(1, 0).doubles, sample.selected(1, 1).doubles) {
      let nearest = (0...600).map { step in
        let turn = Double(step) / 600 * 3 * .pi
        return hypot(x - cos(turn) * turn / (3 * .pi), y - sin(turn) * turn / (3 * .pi))
      }.min()
      distances.append(nearest ?? 1)
    }
    let meanSquare = distances.map { $0 * $0 }.reduce(0, +) / 3000
    #expect(meanSquare.squareRoot() < 0.025 && meanSquare.squareRoot() > 0.015)
    #expect(distances.allSatisfy { $0 < 0.1 })
    let radii = sample.norm(axes: [1]).doubles
    #expect(radii.filter { $0 > 0.5 }.count > radii.filter { $0 < 0.5 }.count)
  }

  @Test("interpolation of a normal prior starts at one end, ends at the other and turns evenly")
  func spherical() {
    let prior = LatentPrior.normal(16)
    let (a, b) = (prior.sample(3, on: .cpu), prior.sample(3, on: .cpu))
    expectClose(prior.interpolate(a, b, at: 0), a, relative: 1e-4)
    expectClose(prior.interpolate(a, b, at: 1), b, relative: 1e-4)
    let (u, v) = (
      a / a.norm(axes: [1], keepingDimensions: true), b / b.norm(axes: [1], keepingDimensions: true)
    )
    let whole = (u * v).sum(axes: [1]).acos()
    for t in [0.1, 0.25, 0.5, 0.9] {
      let point = prior.interpolate(u, v, at: t)
      expectClose(point.norm(axes: [1]), .ones([3]), relative: 1e-5, "on the circle at \(t)")
      expectClose((u * point).sum(axes: [1]).acos(), whole * t, relative: 1e-4, "angle at \(t)")
    }
    let single = prior.interpolate(u.selected(0, 0), v.selected(0, 0), at: 0.3)
    expectClose(single, prior.interpolate(u, v, at: 0.3).selected(0, 0))
  }

  @Test("interpolation between equal and opposite points is finite")
  func degenerate() {
    let prior = LatentPrior.normal(4)
    let point = Tensor([1, 2, 3, 4] as [Float])
    expectClose(prior.interpolate(point, point, at: 0.5), point, relative: 1e-3)
    let opposite = prior.interpolate(point, -point, at: 0.5)
    #expect(opposite.floats.allSatisfy { $0.isFinite })
  }

  @Test("interpolation of a uniform prior is straight")
  func straight() {
    let (a, b) = (Tensor([0, 1] as [Float]), Tensor([1, -1] as [Float]))
    #expect(LatentPrior.uniform(2).interpolate(a, b, at: 0.25).floats == [0.25, 0.5])
  }

  @Test("each class has its Gaussian of a mixture")
  func classesOfMixture() {
    let labels = Tensor((0..<800).map { $0 % 4 })
    let points = LatentPrior.gaussianMixture(4).sample(of: labels, among: 4)
    #expect(points.shape == [800, 2])
    for (label, center) in [(0, (1.0, 0.0)), (1, (0.0, 1.0)), (2, (-1.0, 0.0)), (3, (0.0, -1.0))] {
      let own = points.gathered(Tensor((0..<200).map { 4 * $0 + label }))
      let mean = own.mean(axes: [0]).doubles
      #expect(abs(mean[0] - center.0) < 0.1 && abs(mean[1] - center.1) < 0.1, "\(label): \(mean)")
    }
  }

  @Test("each class has its part of the Swiss roll, from the middle outwards")
  func classesOfRoll() {
    let labels = Tensor((0..<400).map { $0 % 4 })
    let points = LatentPrior.swissRoll.sample(of: labels, among: 4)
    let distance = points.norm(axes: [1]).doubles
    for (index, distance) in distance.enumerated() {
      let (low, high) = (Double(index % 4) / 4, Double(index % 4 + 1) / 4)
      #expect(distance > low.squareRoot() - 0.12 && distance < high.squareRoot() + 0.12)
    }
  }
}
