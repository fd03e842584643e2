import Foundation
import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("Similarity of images", .reproducible)
struct SimilarityTests {
  @Test("PSNR of known noise")
  func knownNoise() throws {
    let images = Tensor.full([3, 1, 8, 8], 0.5)
    let noisy = images + Tensor([0.1, 0.01, 0], shape: [3, 1, 1, 1])
    let values = try peakSignalToNoise(noisy, reference: images)
    expectNear(values[0], 20, relative: 1e-6)
    expectNear(values[1], 40, relative: 1e-5)
    #expect(values[2] == .infinity)
    let bytes = try peakSignalToNoise(noisy * 255, reference: images * 255, range: 255)
    expectNear(bytes[0], 20, relative: 1e-6)
  }

  @Test("an image is like itself")
  func identity() throws {
    let images = Tensor.uniform([2, 3, 165, 161])
    #expect(try structuralSimilarity(images, reference: images) == [1, 1])
    #expect(try multiScaleSimilarity(images, reference: images) == [1, 1])
  }

  /// Only luminance differs: (2ab + c₁) / (a² + b² + c₁), contrast and structure are 1.
  @Test("SSIM of constant images")
  func constant() throws {
    let (a, b) = (Tensor.full([1, 1, 20, 20], 0.5), Tensor.full([1, 1, 20, 20], 0.25))
    let expected = (2 * 0.5 * 0.25 + 1e-4) / (0.25 + 0.0625 + 1e-4)
    expectNear(try structuralSimilarity(a, reference: b)[0], expected, relative: 1e-9)
    #expect(try structuralSimilarity(a, reference: a) == [1])
  }

  @Test("SSIM is symmetric and negative for a negative")
  func signs() throws {
    let (a, b) = (Tensor.uniform([1, 1, 32, 32]), Tensor.uniform([1, 1, 32, 32]))
    expectNear(
      try structuralSimilarity(a, reference: b)[0], try structuralSimilarity(b, reference: a)[0])
    #expect(try structuralSimilarity(a, reference: 1 - a)[0] < -0.5)
    let large = Tensor.uniform([1, 1, 170, 170])
    #expect(try multiScaleSimilarity(large, reference: 1 - large) == [0])
  }

  @Test("pairs get results with mean and deviation")
  func paired() throws {
    let images = Tensor.full([2, 1, 16, 16], 0.5)
    let results = try pairedSimilarity(
      images + Tensor([0.1, 0.01], shape: [2, 1, 1, 1]), reference: images)
    #expect(results.map(\.name) == ["psnr", "ssim"])
    expectNear(results[0].value, 30, relative: 1e-5)
    expectNear(try #require(results[0].deviation), 10, relative: 1e-5)
    let same = try pairedSimilarity(images, reference: images)[0]
    #expect(same.value == .infinity && same.deviation == nil)
    let large = Tensor.zeros([1, 1, 161, 161])
    #expect(try pairedSimilarity(large, reference: large).map(\.name).last == "ms-ssim")
  }

  @Test("fitting windows are the usual ones for large images and serve small ones")
  func fitting() throws {
    let (a, b) = (Tensor.uniform([2, 1, 176, 180]), Tensor.uniform([2, 1, 176, 180]))
    let mixed = 0.7 * a + 0.3 * b
    #expect(
      try multiScaleSimilarity(a, reference: mixed, window: .fitting)
        == multiScaleSimilarity(a, reference: mixed))
    for side in [17, 28, 32, 128] {
      let images = Tensor.uniform([2, 3, side, side])
      let same = try multiScaleSimilarity(images, reference: images, window: .fitting)
      #expect(same.allSatisfy { abs($0 - 1) < 1e-12 }, "\(side)")
      let other = try multiScaleSimilarity(
        images, reference: .uniform([2, 3, side, side]), window: .fitting)
      #expect(other.allSatisfy { $0 < 0.6 }, "\(side): \(other)")
    }
    let small = Tensor.zeros([1, 1, 16, 20])
    let error = #expect(throws: MetricError.self) {
      try multiScaleSimilarity(small, reference: small, window: .fitting)
    }
    expectLine(error, "16", "at least 17")
  }

  /// Only luminance differs, and only the last scale sees it.
  @Test("multi-scale similarity of small constant images")
  func smallConstants() throws {
    let (a, b) = (Tensor.full([1, 1, 32, 32], 0.5), Tensor.full([1, 1, 32, 32], 0.25))
    let luminance = (2 * 0.5 * 0.25 + 1e-4) / (0.25 + 0.0625 + 1e-4)
    expectNear(
      try multiScaleSimilarity(a, reference: b, window: .fitting)[0], pow(luminance, 0.1333),
      relative: 1e-9)
  }

  @Test("pairs of a class are alike where a generator has collapsed")
  func classes() throws {
    let noise = Tensor.uniform([40, 1, 20, 20])
    let labels = (0..<40).map { $0 % 2 == 0 ? 3 : 7 }
    let found = try ClassSimilarity(labels: labels) { positions in
      // Class 3 is one image, class 7 is noise.
      .concatenated(positions.map { noise[labels[$0] == 3 ? 0..<1 : $0..<($0 + 1)] })
    }
    #expect(found.perClass.keys.sorted() == [3, 7])
    expectNear(try #require(found.perClass[3]), 1, relative: 1e-12)
    let noisy = try #require(found.perClass[7])
    #expect(noisy < 0.6)
    expectNear(found.mean, (1 + noisy) / 2, relative: 1e-12)
    let result = found.result("real-")
    #expect(result.name == "real-intra-ms-ssim" && result.perClass?.keys.sorted() == ["3", "7"])
    #expect(result.convention.samples == 40 && result.goal == nil)
  }

  @Test("classes without labels or with a single image have no pairs")
  func fewImages() {
    let images = { (positions: [Int]) in Tensor.zeros([positions.count, 1, 20, 20]) }
    let unlabelled = #expect(throws: MetricError.self) {
      try ClassSimilarity(labels: [], images: images)
    }
    expectLine(unlabelled, "intra-ms-ssim", "labels")
    let single = #expect(throws: MetricError.self) {
      try ClassSimilarity(labels: [0, 0, 1], images: images)
    }
    expectLine(single, "class 1", "at least 2")
  }

  @Test("refusals")
  func refusals() {
    let images = Tensor.zeros([1, 1, 160, 200])
    let error = #expect(throws: MetricError.self) {
      try multiScaleSimilarity(images, reference: images)
    }
    expectLine(error, "160", "at least 161")
    let small = Tensor.zeros([1, 1, 10, 20])
    #expect(throws: MetricError.self) { try structuralSimilarity(small, reference: small) }
    let mixed = #expect(throws: MetricError.self) {
      try peakSignalToNoise(images, reference: small)
    }
    expectLine(mixed, "[1, 1, 10, 20]", "[1, 1, 160, 200]")
    #expect(throws: MetricError.self) { try peakSignalToNoise(.zeros([4]), reference: .zeros([4])) }
    #expect(throws: MetricError.notFinite(what: "images")) {
      try peakSignalToNoise(.full([1, 1, 2, 2], .nan), reference: .zeros([1, 1, 2, 2]))
    }
  }
}
