import GANKit
import TestSupport
import Testing
import Torch

@Suite("Codes", .reproducible)
struct LatentCodeTests {
  private let codes = LatentCode.named([.categorical(3), .continuous(-1...1)], from: 2)
  private let prior = LatentPrior.joint([.uniform(2), .categorical(3), .uniform(1)])

  @Test("a joint prior puts its parts side by side")
  func joint() {
    #expect(prior.dimension == 6 && codes[1].columns == 5..<6)
    let sample = prior.sample(500, on: .cpu)
    #expect(sample.shape == [500, 6])
    let category = sample.sliced(1, 2..<5)
    #expect(Set(category.floats) == [0, 1])
    #expect(category.sum(axes: [1]).floats.allSatisfy { $0 == 1 })
    #expect(category.mean(axes: [0]).floats.allSatisfy { abs($0 - 1 / 3) < 0.1 })
    for column in [0, 1, 5] {
      #expect(abs(sample.selected(1, column).mean().item()) < 0.1)
      #expect(sample.selected(1, column).abs().maximum().item() > 0.9)
    }
  }

  @Test("its parts are drawn in their order, and walk each its own way")
  func parts() {
    let mixed = LatentPrior.joint([.normal(8), .uniform(3)])
    Randomness.seed(4)
    let found = mixed.sample(5, on: .cpu)
    Randomness.seed(4)
    let expected = [LatentPrior.normal(8).sample(5, on: .cpu), .uniform([5, 3], -1, 1)]
    expectEqual(found, .concatenated(expected, axis: 1), "draws")
    let (a, b) = (mixed.sample(2, on: .cpu), mixed.sample(2, on: .cpu))
    let middle = mixed.interpolate(a, b, at: 0.3)
    let walked = LatentPrior.normal(8).interpolate(a.sliced(1, 0..<8), b.sliced(1, 0..<8), at: 0.3)
    expectClose(middle.sliced(1, 0..<8), walked, relative: 1e-6)
    expectClose(
      middle.sliced(1, 8..<11), a.sliced(1, 8..<11) * 0.7 + b.sliced(1, 8..<11) * 0.3,
      relative: 1e-5, absolute: 1e-6)
    expectClose(
      mixed.interpolate(a[0], b[0], at: 0.3), middle[0], relative: 1e-6)
  }

  @Test("setting a code changes its columns alone")
  func setting() {
    let latent = prior.sample(3, on: .cpu)
    let category = codes[0].setting(latent, to: [2, 0, 1])
    #expect(category.sliced(1, 2..<5).floats == [0, 0, 1, 1, 0, 0, 0, 1, 0])
    expectEqual(category.sliced(1, 0..<2), latent.sliced(1, 0..<2), "noise")
    expectEqual(category.sliced(1, 5..<6), latent.sliced(1, 5..<6), "c2")
    let number = codes[1].setting(latent, to: [-1, 0.25, 2])
    #expect(number.selected(1, 5).floats == [-1, 0.25, 2])
    expectEqual(number.sliced(1, 0..<5), latent.sliced(1, 0..<5), "all but c2")
  }

  @Test("limits are the categories, or twice the range in training")
  func limits() {
    #expect(codes.map(\.limits) == [0...2, -2...2] && codes.map(\.name) == ["c1", "c2"])
    #expect(LatentCode("x", .continuous(0...1), columns: 0..<1).limits == -0.5...1.5)
    #expect(codes.map(\.kind.width) == [3, 1])
  }
}
