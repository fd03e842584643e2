import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch

/// A classifier whose class activation maps can be drawn, as the command line names it: `digits`, a
/// run of `gan train classifier`, or a file of weights.
package func namedClassifier(_ name: String) throws -> any PlaceClassifier {
  if name == "digits" { return try DigitsFeatures.bundled() }
  let network =
    try FileManager.default.fileExists(atPath: "\(name)/config.json")
    ? trainedClassifier(name) : FeatureNetworkFile.open(URL(fileURLWithPath: name))
  guard let classifier = network as? any PlaceClassifier else {
    throw RunError.unsupported(
      "\(name): expected weights of a classifier of digits or of a residual classifier, "
        + "found \(network.info.name)")
  }
  return classifier
}

private func trainedClassifier(_ path: String) throws -> any FeatureExtractor {
  let directory = RunDirectory(path)
  let recipe = try directory.configuration().recipe
  guard recipe == Classifier.card.name else {
    throw RunError.unsupported(
      "\(path): expected a run of the classifier, found one of '\(recipe)'")
  }
  let run = try TrainedRun<Classifier>(directory)
  let file = "\(directory.checkpointPath(run.step))/classifier.safetensors"
  return run.recipe.classifier.extractor(
    name: path, checksum: try GANMetrics.Checksum.ofFile(URL(fileURLWithPath: file)))
}
