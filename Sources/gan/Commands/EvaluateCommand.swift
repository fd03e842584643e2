import ArgumentParser
import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch

/// `gan evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure how close images come to a data set.",
    discussion: """
      Each number is printed with what it depends on: how many images, which network computed the \
      features, which settings. Numbers under different conventions cannot be compared. A run's \
      results are kept in its evaluation.jsonl. Of a system with a classifier, such as sgan, the \
      accuracy on the reference is measured, too.

      The images may be a run's samples, a folder of images, an array in FILE.npy or a data set, \
      such as mnist:test or photos.tar:test: real images against real ones show the best that a \
      number can be. Classes in FILE.labels.npy, as gan sample writes them, are compared with what \
      a classifier sees.

      --features reads Inception v3 (of the FID, or torchvision's), VGG-16, VGG-19 (converted by \
      Scripts/convert_weights.py) and classifiers that --export wrote; each number names the network. \
      A SHA-256 in FILE.sha256 beside the weights is compared with theirs.

      EXAMPLES:
        gan evaluate runs/dcgan-1
        gan evaluate runs/dcgan-1 --step best
        gan evaluate samples.npy --against mnist --split test
        gan evaluate mnist:train --against mnist:test --count 10000
        gan evaluate photos/ --against real/ --features inception.safetensors --metrics fid
        gan evaluate real/ --against real.tar:test --features vgg16.safetensors --metrics prdc
        gan evaluate runs/classifier-1 --export digits.safetensors
      """)

  @Argument(
    help: ArgumentHelp("What to evaluate.", valueName: "run, folder, FILE.npy or data set"))
  var subject: String

  @Option(
    help: "The reference, a data set or a path (default: a run's own data; needed for the rest).")
  var against: String?

  @Option(
    help: "train, test or all (default: test of a built-in set or for a classifier, else all).")
  var split: Split?

  @Option(help: "Some of fid, kid, kid-full, is, prdc, intra-fid.")
  var metrics = "fid,kid,is,prdc"

  @Option(help: "How many images, a random choice of a set (default: 10000 of a run, else all).")
  var count: Int?

  @Option(
    help: ArgumentHelp(
      "The network of features: digits, for grey images up to 64x64, or weights.",
      valueName: "digits|FILE.safetensors"))
  var features = "digits"

  @Option(
    help: "The SHA-256 of the file of --features (default: what FILE.sha256 says, if it is there).")
  var checksum: String?

  @Option(help: "The layer of VGG whose activations are compared (default: fc2).")
  var layer: String?

  @Option(help: "Decides the noise of a run's samples.")
  var seed: UInt64 = 1

  @Option(help: CheckpointChoice.help)
  var step = CheckpointChoice.newest

  @Option(help: "cpu, cuda, cuda:N or mps.")
  var device = "cpu"

  @Option(
    help: ArgumentHelp(
      "Where features of references are kept (default: swiftgan in the user's caches).",
      valueName: "folder"))
  var cache: String?

  @Option(
    help: ArgumentHelp(
      "Write a classifier's weights, with their origin.", valueName: "FILE.safetensors"))
  var export: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let found = try evaluation()
    if json { return try Console.print(prettyJSON: found) }
    Console.print(found.text)
  }

  /// What is found, kept in the run where it is one.
  func evaluation() throws -> Evaluation {
    let metrics = try MetricNames.parse(metrics)
    if let count { try checkOption("--count", count, 1...10_000_000) }
    return try isRun ? evaluateRun(metrics) : evaluateImages(metrics)
  }

  private var isRun: Bool {
    FileManager.default.fileExists(atPath: "\(subject)/config.json")
  }

  // MARK: - Runs

  private func evaluateRun(_ metrics: [MetricSuite.Metric]) throws -> Evaluation {
    let directory = RunDirectory(subject)
    let isClassifier = try directory.configuration().recipe == Classifier.card.name
    let found =
      try isClassifier
      ? evaluateClassifier() : evaluateTranslator() ?? evaluateGenerator(metrics)
    try directory.appendEvaluation(found)
    return found
  }

  private func evaluateClassifier() throws -> Evaluation {
    let classifier = try ClassifierEvaluation(subject, step: step, on: Device(named: device))
    let found = try classifier.evaluated(on: against, split: split, count: count)
    if let export { try classifier.export(to: export, found) }
    return found
  }

  /// Nil for a system that does not translate.
  private func evaluateTranslator() throws -> Evaluation? {
    let run = try OpenedRecipe(subject, step: step, device: device)
    guard let recipe = run.recipe as? any TranslatingRecipe,
      let shape = run.configuration.data.shape
    else { return nil }
    try refuseExport()
    // Distances between two sets of translations may be taken in any features, however plain.
    let readable = [1, 32, 32]
    let evaluation = TranslationEvaluation(
      recipe: recipe, data: run.configuration.data, kind: run.kind, shape: shape,
      extractor: try FeatureChoice(features, checksum: checksum, layer: layer)
        .extractor(for: readable, on: run.device, "--features"),
      device: run.device, batchSize: run.configuration.batchSize,
      cache: referenceCache(at: cache), count: count, seed: seed)
    let split = split ?? .test
    let found = try evaluation.results(on: split)
    return Evaluation(
      subject: subject, step: run.step, seed: seed,
      against: "\(run.configuration.data.source):\(split.rawValue)",
      results: try found + accuracy(of: run, on: split))
  }

  /// How well a task network does on the target domain, where there is one.
  private func accuracy(of run: OpenedRecipe, on split: Split) throws -> [MetricResult] {
    guard let recipe = run.recipe as? any ClassifyingRecipe else { return [] }
    let data = run.configuration.data
    let classifier = ClassifierEvaluation(
      recipe, run.configuration, RunDirectory(subject), step: run.step, on: run.device)
    let target = NamedSet(data.other ?? data.source, split: split, otherwise: split, for: data)
    return [try classifier.accuracy(on: target, count: count)]
  }

  private func evaluateGenerator(_ metrics: [MetricSuite.Metric]) throws -> Evaluation {
    try refuseExport()
    let run = try OpenedRun(subject, step: step, device: device)
    let reference = against ?? run.configuration.data.source
    let shape = run.shape
    let evaluator = try evaluator(
      metrics, against: reference, shape: shape, for: run.configuration.data)
    let pictures = try Pictures(of: run, path: subject, count: count ?? 10_000, seed: seed)
    let found = try evaluator.results(for: pictures, classes: run.generator.classCount)
    return Evaluation(
      subject: subject, step: run.step, seed: seed, against: evaluator.reference.title,
      results: try found + accuracy(of: run, on: evaluator.reference))
  }

  /// How well the classifier beside a generator does, where there is one.
  private func accuracy(of run: OpenedRun, on reference: NamedSet) throws -> [MetricResult] {
    guard let recipe = run.generator as? any ClassifyingRecipe else { return [] }
    let classifier = ClassifierEvaluation(
      recipe, run.configuration, RunDirectory(subject), step: run.step, on: run.device)
    return [try classifier.accuracy(on: reference, count: count)]
  }

  // MARK: - Images

  private func evaluateImages(_ metrics: [MetricSuite.Metric]) throws -> Evaluation {
    try refuseExport()
    guard step == .newest else {
      throw RunError.option("--step", found: "\(step)", expected: "none, except for a run")
    }
    guard let against else {
      throw RunError.option(
        "--against", found: "nothing", expected: "a data set or a path, except for a run")
    }
    let pictures =
      try subject.lowercased().hasSuffix(".npy")
      ? Pictures(npy: subject, count: count)
      : Pictures(of: NamedSet(subject, otherwise: .train), count: count)
    let evaluator = try evaluator(
      metrics, against: against, shape: Array(pictures.shape.dropFirst()))
    return Evaluation(
      subject: pictures.name, against: evaluator.reference.title,
      results: try evaluator.results(for: pictures, classes: nil))
  }

  private func refuseExport() throws {
    guard export == nil else {
      throw RunError.option(
        "--export", found: "'\(export ?? "")'", expected: "none, except for a classifier's run")
    }
  }

  private func evaluator(
    _ metrics: [MetricSuite.Metric], against reference: String, shape: [Int],
    for data: DataConfiguration? = nil
  ) throws -> Evaluator {
    let network = FeatureChoice(features, checksum: checksum, layer: layer)
    return Evaluator(
      extractor: try network.extractor(for: shape, on: Device(named: device), "--features"),
      reference: NamedSet(reference, split: split, otherwise: .test, for: data), metrics: metrics,
      cache: referenceCache(at: cache))
  }
}

extension Split: ExpressibleByArgument {}
