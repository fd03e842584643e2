import Foundation
import GANMetrics
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Networks told by their weights", .reproducible)
struct NetworkFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:]
  ) throws -> URL {
    let url = folder.url.appendingPathComponent("some.safetensors")
    try SafetensorsFile(tensors: tensors, metadata: metadata).encoded().write(to: url)
    return url
  }

  @Test("Inception v3, of the FID and of torchvision", arguments: [1008, 1000])
  func inception(_ classes: Int) throws {
    let network = InceptionV3(classes == 1008 ? .fid : .torchvision)
    let extractor = try FeatureNetworkFile.open(try write(network.stateDictionary))
    #expect(extractor.info.name == (classes == 1008 ? "inception-fid" : "inception-torchvision"))
    #expect(extractor.info.dimension == 2048)
  }

  /// The whole of VGG takes half a gigabyte, so its files here are told apart by what they lack.
  @Test("VGG-16 and VGG-19", arguments: [VGG.Depth.sixteen, .nineteen])
  func vgg(_ depth: VGG.Depth) throws {
    let all = VGG(depth, classes: 1).stateDictionary
    let url = try write(all.filter { $0.key.hasPrefix("features.") })
    let error = #expect(throws: WeightsError.missing(path: url.path, key: "classifier.0.bias")) {
      try FeatureNetworkFile.open(url)
    }
    expectLine(error, "some.safetensors")
    let layer = #expect(throws: WeightsError.self) {
      try FeatureNetworkFile.open(url, layer: "conv9_9")
    }
    expectLine(layer, "'conv9_9'", "conv1_1", depth == .nineteen ? "conv5_4" : "conv5_3", "fc2")
    #expect("\(layer.map { "\($0)" } ?? "")".contains("conv5_4") == (depth == .nineteen))
  }

  @Test("the classifiers, of any size, by the name in their file")
  func classifiers() throws {
    let residual = ResidualClassifier(channels: 1, classes: 3, width: 4)
    var url = try write(
      residual.stateDictionary, metadata: [WeightsFile.networkNameKey: "photos-classifier"])
    let photos = try FeatureNetworkFile.open(url)
    #expect(photos.info.name == "photos-classifier" && photos.info.dimension == 32)
    #expect(photos.knowsClasses)
    #expect(try photos.info.checksum == Checksum.ofFile(url))
    let images = Tensor.uniform([2, 3, 16, 16])
    #expect(try photos.logits(images).shape == [2, 3])
    url = try write(residual.stateDictionary)
    #expect(try FeatureNetworkFile.open(url).info.name == "residual")
    url = try write(DigitsClassifier(classes: 5).stateDictionary)
    let digits = try FeatureNetworkFile.open(url)
    #expect(digits.info.name == "digits")
    #expect(try digits.logits(images).shape == [2, 5])
    let error = #expect(throws: WeightsError.self) {
      try FeatureNetworkFile.open(url, layer: "fc2")
    }
    expectLine(error, "'fc2'", "fixed")
  }

  @Test("what is missing or belongs to nothing known is named")
  func refusals() throws {
    var tensors = ResidualClassifier(width: 4).stateDictionary
    tensors["block3.4.running_var"] = nil
    var url = try write(tensors)
    expectLine(
      #expect(throws: WeightsError.self) { try FeatureNetworkFile.open(url) },
      "'block3.4.running_var' is missing")
    tensors["fc.weight"] = nil
    url = try write(tensors)
    expectLine(
      #expect(throws: WeightsError.self) { try FeatureNetworkFile.open(url) },
      "'fc.weight' is missing")
    tensors["fc.weight"] = .zeros([3])
    url = try write(tensors)
    expectLine(
      #expect(throws: WeightsError.self) { try FeatureNetworkFile.open(url) },
      "'fc.weight' has shape [3], expected 2 axes")
    url = try write(["other.weight": .zeros([3])])
    expectLine(
      #expect(throws: WeightsError.self) { try FeatureNetworkFile.open(url) }, "'other.weight'",
      "no known network")
    expectLine(
      #expect(throws: WeightsError.self) {
        try FeatureNetworkFile.open(url, checksum: String(repeating: "0", count: 64))
      }, "SHA-256", "other weights")
  }
}
