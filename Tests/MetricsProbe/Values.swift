import Foundation
import GANMetrics
import Torch

/// All metrics of the arrays in a file, by the names that the script uses.
func printValues(of path: String) throws {
  let tensors = try SafetensorsFile(readingFrom: URL(fileURLWithPath: path)).tensors
  var values: [String: Double] = [:]
  if let fake = tensors["fake"], let real = tensors["real"] {
    values.merge(try setValues(fake, real)) { $1 }
  }
  if let logits = tensors["logits"] {
    let plain = try inceptionScore(logits: logits)
    let shuffled = try inceptionScore(logits: logits, shuffleSeed: 2020)
    (values["is"], values["is deviation"]) = (plain.mean, plain.deviation)
    (values["is shuffled"], values["is shuffled deviation"]) = (shuffled.mean, shuffled.deviation)
  }
  if let a = tensors["images"], let b = tensors["images2"] {
    values["psnr"] = try mean(peakSignalToNoise(a, reference: b))
    values["ssim"] = try mean(structuralSimilarity(a, reference: b))
    values["ms-ssim"] = try mean(multiScaleSimilarity(a, reference: b))
  }
  let data = try JSONSerialization.data(withJSONObject: values, options: .sortedKeys)
  print(String(decoding: data, as: UTF8.self))
}

private func setValues(_ fake: Tensor, _ real: Tensor) throws -> [String: Double] {
  let (a, b) = (try FeatureStatistics(of: fake), try FeatureStatistics(of: real))
  var values = ["fid": try frechetDistance(a, b, allowingFewSamples: true)]
  let size = min(1000, fake.size(0) / 2, real.size(0) / 2)
  let settings = KernelDistanceSettings(subsetSize: size)
  let kid = try kernelDistance(fake, reference: real, settings: settings)
  (values["kid"], values["kid deviation"]) = (kid.mean, kid.deviation)
  values["kid full"] = try fullKernelDistance(fake, reference: real)
  for (k, convention) in [(3, ManifoldConvention.closed), (5, .open)] {
    let scores = try manifoldScores(fake, reference: real, k: k, convention: convention)
    values["precision \(k)"] = scores.precision
    values["recall \(k)"] = scores.recall
    values["density \(k)"] = scores.density
    values["coverage \(k)"] = scores.coverage
  }
  return values
}

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// The outputs of a feature network whose weights are in a file.
func writeFeatures(_ arguments: [String]) throws {
  let weights = URL(fileURLWithPath: arguments[1])
  let file = try SafetensorsFile(readingFrom: URL(fileURLWithPath: arguments[2]))
  guard let images = file.tensors["images"] else { throw Usage() }
  let extractor = try extractor(arguments[0], weights)
  var set = FeatureSet(network: extractor.info)
  let start = Date()
  for first in stride(from: 0, to: images.size(0), by: 32) {
    try set.add(images: images[first..<min(first + 32, images.size(0))], using: extractor)
  }
  FileHandle.standardError.write(
    Data("\(extractor.info): \(set.count) images in \(Date().timeIntervalSince(start)) s\n".utf8))
  var tensors: [String: Tensor] = [:]
  tensors["features"] = set.features
  tensors["logits"] = set.logits
  try SafetensorsFile(tensors: tensors).encoded().write(to: URL(fileURLWithPath: arguments[3]))
}

private func extractor(_ name: String, _ url: URL) throws -> any FeatureExtractor {
  let extractor = try FeatureNetworkFile.open(url)
  // Weights in a file of another name would be compared with the wrong network.
  guard extractor.info.name.hasPrefix(name) else { throw Usage() }
  return extractor
}
