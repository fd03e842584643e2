import Testing
import Torch

@testable import GANTraining

@Suite("What sample sheets tell")
struct SampleWatchTests {
  private func told(_ ratios: [Double], every interval: Int = 100) -> [Int] {
    var watch = SampleWatch()
    return ratios.indices.filter { index in
      watch.samples(ratios[index], at: (index + 1) * interval) != nil
    }
  }

  @Test("A fall is told once, and again after samples have recovered")
  func falls() {
    #expect(told([0.9, 0.8, 0.1, 0.05, 0.1]) == [2])
    #expect(told([0.9, 0.1, 0.3, 0.1]) == [1], "half a recovery is none")
    #expect(told([0.9, 0.1, 0.5, 0.1]) == [1, 3])
    #expect(told([0.9, 0.7, 0.25, 0.21]) == [])
  }

  @Test("Samples that have never spread are told once they should have")
  func beginnings() {
    #expect(told([0, 0, 0, 0, 0, 0, 0]) == [4])
    #expect(told([0.001, 0.05, 0.3, 0.7, 0.8]) == [])
    #expect(told([0.01, 0.01], every: 250) == [1])
    #expect(told(Array(repeating: 0.01, count: 40), every: 5) == [])
  }

  @Test("The line says how far samples are apart")
  func words() throws {
    var watch = SampleWatch()
    let found = watch.samples(0.043, at: 1000)
    let line = try #require(found)
    #expect(line.hasPrefix("collapse: samples are 4 % as far apart as real images; try "))
  }

  @Test("Negatives are told once for each direction, unless the domains are negatives themselves")
  func inversion() throws {
    var watch = SampleWatch()
    func told(_ correlation: Double, _ direction: String, expected: Double = 0.1) -> String? {
      watch.translation(correlation, expected: expected, direction: direction)
    }
    #expect(told(0.8, "ab") == nil && told(-0.4, "ab") == nil)
    let line = try #require(told(-0.834, "ab"))
    #expect(line.hasPrefix("inversion: translations ab ") && line.contains("-0.83"))
    #expect(told(-0.9, "ab") == nil)
    #expect(told(-0.9, "ba") != nil)
    #expect(told(0.2, "ab") == nil && told(-0.9, "ab") != nil)
    var other = SampleWatch()
    let negative = other.translation(-0.9, expected: -0.7, direction: "ab")
    #expect(negative == nil)
  }

  /// The distance of every two rows of numbers, one by one.
  private func pairwise(_ rows: [[Float]]) -> Double {
    var (sum, count) = (0.0, 0.0)
    for a in rows.indices {
      for b in rows.indices where b > a {
        sum += zip(rows[a], rows[b]).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        count += 1
      }
    }
    return (sum / count / Double(rows[0].count)).squareRoot()
  }

  private func rows(_ images: Tensor) -> [[Float]] {
    (0..<images.size(0)).map { images[$0..<$0 + 1].floats }
  }

  @Test("The spread is the mean distance of all pairs, of kinds that of pairs of a kind")
  func spread() throws {
    let random = RandomGenerator(seed: 3, device: .cpu)
    let images = random.run { Tensor.randn([12, 2, 3, 3]) }
    #expect(abs(SampleSpread.distance(of: images) - pairwise(rows(images))) < 1e-5)
    // Four kinds far from each other, three of each.
    let kinds = (0..<12).map { $0 % 4 }
    let offset = Tensor(kinds.map { Float($0) * 10 }, shape: [12, 1, 1, 1])
    let apart = images + offset
    let within = (0..<4).map { kind in
      let members = rows(apart).enumerated().filter { kinds[$0.offset] == kind }.map(\.element)
      return pairwise(members) * pairwise(members)
    }
    let expected = (within.reduce(0, +) / 4).squareRoot()
    let found = try #require(SampleSpread.distance(of: apart, labels: kinds))
    #expect(abs(found - expected) < 1e-4, "\(found), \(expected)")
    let sheet = [apart[0..<4], apart[4..<8], apart[8..<12]]
    #expect(abs(SampleSpread.distance(ofColumns: sheet) - expected) < 1e-4)
    #expect(SampleSpread.distance(of: apart) > 5 * expected)
    #expect(SampleSpread.distance(of: images, labels: Array(0..<12)) == nil)
    #expect(SampleSpread.distance(of: Tensor.zeros([5, 1, 2, 2])) == 0)
  }

  @Test("Correlations: of an image with itself, its negative, another contrast, one colour")
  func correlations() {
    let random = RandomGenerator(seed: 4, device: .cpu)
    let images = random.run { Tensor.randn([6, 3, 8, 8]) }
    #expect(abs(BrightnessCorrelation.mean(images, images) - 1) < 1e-4)
    #expect(abs(BrightnessCorrelation.mean(images, images * -0.2 + 0.5) + 1) < 1e-4)
    let grey = images.mean(axes: [1], keepingDimensions: true)
    #expect(abs(BrightnessCorrelation.mean(images, grey) - 1) < 1e-4)
    #expect(abs(BrightnessCorrelation.mean(images, Tensor.zeros([6, 3, 8, 8]))) < 1e-6)
    #expect(abs(BrightnessCorrelation.ofMeans(images, images * -1) + 1) < 1e-4)
  }

  @Test("A run that cannot fit is refused in one line, one that takes much is remarked on")
  func sizes() throws {
    let size = RunSize(checkpoint: 700_000_000, checkpoints: 4, sheets: 3_000_000)
    #expect(size.total == 2_803_000_000)
    #expect(try size.remark(free: 20_000_000_000, at: "runs") == nil)
    #expect(try size.remark(free: nil, at: "runs") == nil)
    let remark = try #require(try size.remark(free: 5_000_000_000, at: "runs"))
    #expect(remark.contains("2.80 GB") && remark.contains("4 checkpoints of 700.0 MB"))
    #expect(try size.remark(free: 2_801_000_000, at: "runs") != nil, "sheets alone are no reason")
    let error = #expect(throws: RunError.self) {
      _ = try size.remark(free: 2_000_000_000, at: "runs")
    }
    let text = error?.description ?? ""
    #expect(
      text.hasPrefix("runs: ") && text.contains("2.00 GB are free") && text.contains("--keep"))
  }
}
