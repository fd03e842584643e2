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
      such as mnist:test: real images against real ones show the best that a number can be.

      EXAMPLES:
        gan evaluate runs/dcgan-1
        gan evaluate samples.npy --against mnist --split test
        gan evaluate mnist:train --against mnist:test --count 10000
        gan evaluate photos/ --against real/ --features inception.safetensors --metrics fid
        gan evaluate runs/classifier-1 --export digits.safetensors
      """)

  @Argument(
    help: ArgumentHelp("What to evaluate.", valueName: "run, folder, FILE.npy or data set"))
  var subject: String

  @Option(
    help: "The reference, a data set or a path (default: a run's own data; needed for the rest).")
  var against: String?

  @Option(help: "train, test or all (default: test of a built-in set, else all).")
  var split: Split?

  @Option(help: "Some of fid, kid, kid-full, is, prdc, intra-fid.")
  var metrics = "fid,kid,is,prdc"

  @Option(help: "How many images (default: 10000 of a run, else all).")
  var count: Int?

  @Option(
    help: ArgumentHelp(
      "The network of features: digits, for grey images up to 64x64, or weights.",
      valueName: "digits|FILE.safetensors"))
  var features = "digits"

  @Option(help: "The SHA-256 that the file of --features must have.")
  var checksum: String?

  @Option(help: "Decides the noise of a run's samples.")
  var seed: UInt64 = 1

  @Option(help: "The run's checkpoint to use (default: the newest).")
  var step: Int?

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
      extractor: try extractor(for: readable),
      device: run.device, count: count, seed: seed)
    let split = split ?? .test
    return Evaluation(
      subject: subject, step: run.step, seed: seed,
      against: "\(run.configuration.data.source):\(split.rawValue)",
      results: try evaluation.results(on: split))
  }

  private func evaluateGenerator(_ metrics: [MetricSuite.Metric]) throws -> Evaluation {
    try refuseExport()
    let run = try OpenedRun(subject, step: step, device: device)
    let reference = against ?? run.configuration.data.source
    let shape = run.shape
    let evaluator = try evaluator(metrics, against: reference, shape: shape)
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
    guard step == nil else {
      throw RunError.option("--step", found: "\(step ?? 0)", expected: "none, except for a run")
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
      results: try evaluator.results(for: pictures, classes: 0))
  }

  private func refuseExport() throws {
    guard export == nil else {
      throw RunError.option(
        "--export", found: "'\(export ?? "")'", expected: "none, except for a classifier's run")
    }
  }

  private func evaluator(
    _ metrics: [MetricSuite.Metric], against reference: String, shape: [Int]
  ) throws -> Evaluator {
    Evaluator(
      extractor: try extractor(for: shape),
      reference: NamedSet(reference, split: split, otherwise: .test), metrics: metrics,
      cache: referenceCache(at: cache))
  }

  /// The network that computes the features of images `shape` `[C, H, W]`.
  private func extractor(for shape: [Int]) throws -> any FeatureExtractor {
    let device = try Device(named: device)
    guard features == "digits" else {
      return try FeatureNetworkFile.open(
        URL(fileURLWithPath: features), checksum: checksum, on: device)
    }
    guard shape.count == 3, shape[0] == 1, shape[1] <= 64 else {
      let found = shape.map(String.init).joined(separator: "x")
      throw RunError.option(
        "--features", found: "digits for images of \(found)",
        expected: "FILE.safetensors, for digits reads grey images up to 64x64")
    }
    return try FeatureNetworkFile.open(
      DigitsFeatures.bundledWeights, checksum: checksum, on: device)
  }
}

extension Split: ExpressibleByArgument {}
