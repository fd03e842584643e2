import GANMetrics
import TestSupport
import Testing
import Torch

/// Values of scipy through pytorch-fid, torch-fidelity, prdc, scikit-image and pytorch-msssim.
@Suite("The values of the Python packages")
struct PackageValueTests {
  private let fixture: MetricFixture
  private let fake: Tensor
  private let real: Tensor

  init() throws {
    fixture = try MetricFixture("sets")
    (fake, real) = (try fixture("fake"), try fixture("real"))
  }

  private func expect(
    _ value: Double, _ key: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    expectNear(
      value, try fixture.value(key), relative: 1e-6, key, sourceLocation: sourceLocation)
  }

  @Test("Fréchet distance: pytorch-fid")
  func frechet() throws {
    let (a, b) = (try FeatureStatistics(of: fake), try FeatureStatistics(of: real))
    try expect(try frechetDistance(a, b), "fid")
  }

  @Test("kernel distance: torch-fidelity's own subsets")
  func kernel() throws {
    let settings = KernelDistanceSettings(subsetSize: fake.size(0) / 2)
    let value = try kernelDistance(fake, reference: real, settings: settings)
    try expect(value.mean, "kid")
    try expect(value.deviation, "kid deviation")
    try expect(try fullKernelDistance(fake, reference: real), "kid full")
  }

  @Test("Inception Score: torch-fidelity, in order and shuffled")
  func score() throws {
    let logits = try fixture("logits")
    let plain = try inceptionScore(logits: logits)
    try expect(plain.mean, "is")
    try expect(plain.deviation, "is deviation")
    let shuffled = try inceptionScore(logits: logits, shuffleSeed: 2020)
    try expect(shuffled.mean, "is shuffled")
    try expect(shuffled.deviation, "is shuffled deviation")
  }

  @Test("precision, recall, density, coverage: torch-fidelity and prdc")
  func manifold() throws {
    for (k, convention) in [(3, ManifoldConvention.closed), (5, .open)] {
      let scores = try manifoldScores(fake, reference: real, k: k, convention: convention)
      try expect(scores.precision, "precision \(k)")
      try expect(scores.recall, "recall \(k)")
      try expect(scores.density, "density \(k)")
      try expect(scores.coverage, "coverage \(k)")
      #expect(scores.precision > 0.3 && scores.recall < 1)
    }
  }

  @Test("similarity: scikit-image and pytorch-msssim")
  func similarity() throws {
    let pictures = try MetricFixture("pictures")
    let a = try pictures("a").cast(to: .float32) / 255
    let b = try pictures("b").cast(to: .float32) / 255
    expectNear(
      try peakSignalToNoise(a, reference: b)[0], try pictures.value("psnr"), relative: 1e-6)
    let similarity = try structuralSimilarity(a, reference: b)[0]
    expectNear(similarity, try pictures.value("ssim"), relative: 1e-5)
    expectNear(similarity, try pictures.value("ssim again"), relative: 1e-5)
    expectNear(
      try multiScaleSimilarity(a, reference: b)[0], try pictures.value("ms-ssim"), relative: 1e-5)
  }
}
