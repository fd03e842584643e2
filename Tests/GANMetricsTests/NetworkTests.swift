import Foundation
import GANMetrics
import TestSupport
import Testing
import Torch
import TorchNN

/// Weights that follow from keys and shapes alone: `formula_weights` of Scripts/metrics/networks.py.
private func formulaWeights(_ shapes: [String: [Int]]) -> [String: Tensor] {
  var result: [String: Tensor] = [:]
  for (index, (key, shape)) in shapes.sorted(by: { $0.key < $1.key }).enumerated() {
    let count = shape.reduce(1, *)
    let angle = Tensor.range(0..<count).cast(to: .float64) * 12.9898 + Double(index)
    let scaled = angle.sin() * 43758.5453
    let u = (scaled - scaled.floor()).reshaped(to: shape)
    result[key] = weight(key, u, shape).cast(to: .float32)
  }
  return result
}

private func weight(_ key: String, _ u: Tensor, _ shape: [Int]) -> Tensor {
  if shape.count > 1 {
    return (u - 0.5) * (24 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
  }
  return key.hasSuffix("running_var") || key.hasSuffix("weight") ? u + 0.5 : (u - 0.5) * 0.2
}

/// Writes the formula's weights of a network where its extractor can read them.
private func weightsFile(
  _ network: some Module, in folder: TemporaryFolder
) throws -> WeightsFile {
  let state = network.stateDictionary.filter { !$0.key.hasSuffix("num_batches_tracked") }
  let url = folder.url.appendingPathComponent("weights.safetensors")
  try SafetensorsFile(tensors: formulaWeights(state.mapValues(\.shape))).encoded().write(to: url)
  return try WeightsFile(url)
}

@Suite("Feature networks", .reproducible)
struct NetworkTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expectOutputs(
    of extractor: some FeatureExtractor, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let fixture = try MetricFixture(name)
    let outputs = try extractor.outputs(of: try fixture("images").cast(to: .float32) / 255)
    let (features, logits) = (try fixture("features"), try fixture("logits"))
    #expect(outputs.features.shape == [2, extractor.info.dimension])
    expectClose(
      outputs.features, features, relative: 1e-4, absolute: 1e-4 * features.abs().maximum().item(),
      name, sourceLocation: sourceLocation)
    expectClose(
      try #require(outputs.logits), logits, relative: 1e-4,
      absolute: 1e-4 * logits.abs().maximum().item(), name, sourceLocation: sourceLocation)
  }

  @Test("Inception-v3 of pytorch-fid")
  func inceptionFID() throws {
    let weights = try weightsFile(InceptionV3(.fid), in: folder)
    let extractor = try InceptionFeatures(.fid, weights: weights)
    try expectOutputs(of: extractor, "inception-fid")
    #expect(extractor.info.checksum == (try Checksum.ofFile(weights.url)))
    #expect(!extractor.knowsClasses)
    // A grey picture is one of three equal channels.
    let grey = Tensor.uniform([1, 1, 32, 32])
    expectEqual(
      try extractor.features(grey), try extractor.features(grey.repeated([1, 3, 1, 1])))
  }

  @Test("Inception-v3 of torchvision")
  func inceptionTorchvision() throws {
    let weights = try weightsFile(InceptionV3(.torchvision), in: folder)
    try expectOutputs(
      of: try InceptionFeatures(.torchvision, weights: weights), "inception-torchvision")
  }

  @Test(
    "EfficientNet-Lite: architecture, borders and resizing",
    arguments: zip(EfficientNetLite.Depth.allCases, [4_600_000, 5_350_000]))
  func lite(_ depth: EfficientNetLite.Depth, _ least: Int) throws {
    let network = EfficientNetLite(depth)
    #expect((least..<least + 100_000).contains(network.parameterCount))
    let weights = try weightsFile(network, in: folder)
    let extractor = try FeatureNetworkFile.open(weights.url)
    try expectOutputs(of: extractor, depth.rawValue)
    #expect(extractor.info.name == depth.rawValue && !extractor.knowsClasses)
    #expect(extractor.info.preparation == "bicubic 128 (antialiased), (x-127)/128")
    // A grey picture is one of three equal channels.
    let grey = Tensor.uniform([1, 1, 32, 32])
    expectEqual(
      try extractor.features(grey), try extractor.features(grey.repeated([1, 3, 1, 1])))
  }

  @Test("EfficientNet-Lite0 with the weights that set-up installs, as in PyTorch")
  func installedLite() throws {
    guard FileManager.default.fileExists(atPath: PhotoFeatures.installedWeights.path) else {
      print("SKIPPED \(#function): no \(PhotoFeatures.installedWeights.path); make features")
      return
    }
    let extractor = try PhotoFeatures.installed()
    let fixture = try MetricFixture("photos")
    for size in ["small", "large"] {
      let outputs = try extractor.outputs(of: try fixture(size).cast(to: .float32) / 255)
      let (features, logits) = (
        try fixture("\(size).features"), try fixture("\(size).logits")
      )
      expectClose(
        outputs.features, features, relative: 1e-4,
        absolute: 1e-4 * features.abs().maximum().item(), size)
      expectClose(
        try #require(outputs.logits), logits, relative: 1e-4,
        absolute: 1e-4 * logits.abs().maximum().item(), size)
    }
  }

  @Test("weights that set-up did not install are told with what installs them")
  func notInstalled() {
    expectLine(
      WeightsError.notInstalled(path: "/a/b/.libtorch/efficientnet-lite0.safetensors"),
      "/a/b/.libtorch/efficientnet-lite0.safetensors is not there", "make features in /a/b,")
    expectLine(
      WeightsError.notInstalled(path: "/a/lib/efficientnet-lite0.safetensors"),
      "make features in a checkout of SwiftGAN")
    #expect(
      FileManager.default.fileExists(
        atPath: LibTorch.folder.appendingPathComponent("libctorch.so").path)
        || FileManager.default.fileExists(
          atPath: LibTorch.folder.appendingPathComponent("libctorch.dylib").path)
    )
  }

  @Test("VGG-19 of torchvision")
  func vgg() throws {
    let network = VGG(.nineteen, classes: 1)
    var state = network.stateDictionary
    let convolutions = state.filter { $0.key.hasPrefix("features.") }
    state.merge(formulaWeights(convolutions.mapValues(\.shape))) { $1 }
    try network.load(state)
    let fixture = try MetricFixture("vgg19")
    let images = try fixture("images").cast(to: .float32) / 255
    let maps = try withoutGradients { try network.activation(images, at: "relu5_4") }
    let features = try fixture("features")
    expectClose(
      maps.mean(axes: [2, 3]), features, relative: 1e-4,
      absolute: 1e-4 * features.abs().maximum().item())
    #expect(network.layerNames.count == 16 * 2 + 5 + 3)
    let negative = try withoutGradients { try network.activation(images, at: "conv5_4") }
    #expect(negative.minimum().item() < 0 && maps.minimum().item() == 0)
    let fc2 = try withoutGradients { try network.activation(images, at: "fc2") }
    #expect(fc2.shape == [2, 4096])
    let error = #expect(throws: MetricError.self) { try network.activation(images, at: "conv9") }
    expectLine(error, "conv9")
  }

  @Test("the digits classifier: at most 2 MB, 128 features")
  func digits() throws {
    let network = DigitsClassifier()
    #expect(network.parameterCount * 4 <= 2_000_000)
    let extractor = try DigitsFeatures(try weightsFile(network, in: folder))
    try expectOutputs(of: extractor, "digits")
    let digit = Tensor.uniform([1, 1, 28, 28])
    expectEqual(try extractor.features(digit), try extractor.features(digit.padded(2)))
  }

  @Test("the residual classifier")
  func residual() throws {
    let network = ResidualClassifier()
    #expect(network.dimension == 192 && network.parameterCount < 1_000_000)
    try expectOutputs(
      of: try ResidualFeatures(try weightsFile(network, in: folder)), "residual")
  }

  @Test("the residual classifier's scores are means of the scores of places")
  func activationMaps() {
    let network = ResidualClassifier(channels: 1, classes: 3, width: 4)
    let images = Tensor.uniform([2, 1, 32, 32], -1, 1)
    withMode(.evaluation) {
      let maps = network.maps(images)
      #expect(maps.shape == [2, 32, 4, 4])
      let places = network.classScores(maps.permuted(0, 2, 3, 1).reshaped(to: [-1, 32]))
      expectClose(
        places.reshaped(to: [2, 16, 3]).mean(axes: [1]), network(images), relative: 1e-4,
        absolute: 1e-5)
    }
  }

  @Test("values outside [0, 1] are refused")
  func ranges() throws {
    let extractor = DigitsFeatures(DigitsClassifier(), checksum: "random")
    let error = #expect(throws: MetricError.pixels(low: -1, high: 0.5)) {
      try extractor.features(Tensor([-1, 0.5], shape: [2, 1, 1, 1]))
    }
    expectLine(error, "from -1.0 to 0.5")
    #expect(throws: MetricError.self) { try extractor.features(.full([1, 1, 4, 4], .nan)) }
  }

  @Test("images of other shapes are refused")
  func shapes() {
    let extractor = DigitsFeatures(DigitsClassifier(), checksum: "random")
    for shape in [[1, 2, 8, 8], [1, 8, 8], [0, 1, 8, 8], [2, 1, 0, 8]] {
      let error = #expect(throws: MetricError.self) { try extractor.features(.zeros(shape)) }
      expectLine(error, "\(shape)")
    }
  }
}
