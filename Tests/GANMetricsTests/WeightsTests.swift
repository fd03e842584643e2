import Foundation
import GANData
import GANMetrics
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Weights of feature networks", .reproducible)
struct WeightsTests {
  private let folder: TemporaryFolder
  private let network = DigitsClassifier()

  init() throws { folder = try TemporaryFolder() }

  private func file(_ change: (inout [String: Tensor]) -> Void) throws -> URL {
    var tensors = network.stateDictionary
    change(&tensors)
    let url = folder.url.appendingPathComponent("weights.safetensors")
    try SafetensorsFile(tensors: tensors).encoded().write(to: url)
    return url
  }

  private func expectRefusal(
    _ words: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (inout [String: Tensor]) -> Void
  ) throws {
    let url = try file(change)
    let before = network.stateDictionary["fc.weight"]?.floats
    let error = #expect(throws: WeightsError.self, sourceLocation: sourceLocation) {
      try network.load(WeightsFile(url))
    }
    expectLine(error, "weights.safetensors", words, sourceLocation: sourceLocation)
    #expect(network.stateDictionary["fc.weight"]?.floats == before)
  }

  @Test("errors name the file and the tensor")
  func errors() throws {
    try expectRefusal("'embed.bias' is missing") { $0["embed.bias"] = nil }
    try expectRefusal("'more' is unknown") { $0["more"] = .zeros([1]) }
    try expectRefusal("shape [4], expected [10]") { $0["fc.bias"] = .zeros([4]) }
    try expectRefusal("'fc.bias' is not made of finite numbers") {
      $0["fc.bias"] = .full([10], .nan)
    }
    try expectRefusal("finite numbers") { $0["fc.bias"] = .zeros([10], dtype: .int64) }
  }

  @Test("the checksum asked for is compared")
  func checksum() throws {
    let url = try file { _ in }
    let found = try WeightsFile(url).checksum
    #expect(try WeightsFile(url, checksum: found.uppercased()).checksum == found)
    let error = #expect(throws: WeightsError.self) {
      try WeightsFile(url, checksum: String(repeating: "0", count: 64))
    }
    expectLine(error, found, "the one asked for", "other weights")
  }

  @Test("the checksum beside the file is compared, unless another is asked for")
  func checksumBeside() throws {
    let url = try file { _ in }
    let found = try WeightsFile(url).checksum
    let beside = URL(fileURLWithPath: url.path + ".sha256")
    try Data("\(found)  weights.safetensors\n".utf8).write(to: beside)
    #expect(try WeightsFile(url).checksum == found)
    let wrong = String(repeating: "a", count: 64)
    try Data("\(wrong)  weights.safetensors\n".utf8).write(to: beside)
    let error = #expect(throws: WeightsError.self) { try WeightsFile(url) }
    expectLine(error, found, wrong, "weights.safetensors.sha256")
    #expect(try WeightsFile(url, checksum: found).checksum == found)
    try Data("no digest\n".utf8).write(to: beside)
    expectLine(
      #expect(throws: DataError.self) { try WeightsFile(url) }, "weights.safetensors.sha256",
      "64 hexadecimal digits")
  }

  @Test("the package's own weights are the ones whose checksum is in the code")
  func bundled() throws {
    #expect(try Checksum.ofFile(DigitsFeatures.bundledWeights) == DigitsFeatures.bundledChecksum)
    #expect(try DigitsFeatures.bundled().info.name == "digits")
  }

  @Test("counters may be there or not, and files that are none are refused")
  func files() throws {
    try network.load(WeightsFile(try file { _ in }))
    let url = try file { tensors in
      tensors = tensors.filter { !$0.key.hasSuffix("num_batches_tracked") }
    }
    try network.load(WeightsFile(url))
    try Data("no weights".utf8).write(to: url)
    #expect(throws: SafetensorsError.self) { try WeightsFile(url) }
    let missing = #expect(throws: (any Error).self) {
      try WeightsFile(folder.url.appendingPathComponent("none"))
    }
    expectLine(missing, "none")
  }

  @Test("loading leaves the generator where it was")
  func generator() throws {
    let url = try file { _ in }
    let state = Randomness.state(of: .cpu)
    _ = try DigitsFeatures(WeightsFile(url))
    expectEqual(Randomness.state(of: .cpu), state)
  }

  @Test("both classifiers learn")
  func learning() {
    let images = Tensor.uniform([8, 3, 32, 32], -1, 1)
    let labels = Tensor([0, 1, 0, 1, 0, 1, 0, 1])
    let small = ResidualClassifier(classes: 2, width: 4)
    func loss() -> Tensor { crossEntropy(logits: small(images), labels: labels) }
    let optimizer = Adam(small, learningRate: 0.01)
    let before = loss().item()
    for _ in 0..<20 { optimizer.minimize(loss()) }
    #expect(loss().item() < before / 2)
    let digits = DigitsClassifier()
    let gradient = gradients(
      of: digits(.uniform([2, 1, 32, 32])).sum(), withRespectTo: digits.parameters.map(\.value))
    #expect(gradient.allSatisfy { $0.isFinite().all().item() == 1 })
  }
}
