import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining
import GANZoo

/// `gan train`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a system in a new run directory.",
    discussion: """
      An interrupt (Ctrl-C) or a termination writes a checkpoint and ends; `gan resume` goes on from \
      there, and the result is the same bit for bit.

      --attribute makes classes or domains of CelebA's attributes, which stand in \
      \(AttributeTable.fileName) in the folder or archive of the images or beside it. Of several \
      attributes, images with none or more than one are left out. Images that \
      list_eval_partition.txt, if it is there, does not count as training images are held out.

      EXAMPLES:
        gan train dcgan --minutes 3
        gan train wgan-gp --data grid --steps 20000 --set architecture=toy
        gan train cgan --epochs 10 --seed 7 --output runs/digits
        gan train dcgan --steps 10000 --evaluate-every 1000 --evaluate-metric kid
        gan train dcgan --data photos/ --size 64 --skip-broken --set generatorWidth=32
        gan train cyclegan --data celeba/ --attribute Smiling --size 64
        gan train cgan --data celeba/ --attribute Black_Hair,Blond_Hair,Brown_Hair --size 32
      """)

  @Argument(help: ArgumentHelp("The system; `gan list` names them all.", valueName: "name"))
  var name: String

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Length") var length: LengthOptions
  @OptionGroup(title: "Evaluation") var evaluation: EvaluationOptions

  @Option(help: "Images in one minibatch.")
  var batchSize = 64

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change a field of the configuration (`gan show NAME` lists them); may be repeated.",
      valueName: "field=value"))
  var assignments: [Assignment] = []

  @OptionGroup(title: "Engine") var engine: EngineOptions

  @Option(help: "The run directory, new or empty (default: the first free runs/NAME-<n>).")
  var output: String?

  @OptionGroup(title: "Output") var reporting: ReportOptions

  func run() throws { try train(Zoo.recipe(named: name)) }

  private func train<R: Recipe>(_ recipe: R.Type) throws {
    let configuration = try configuration(of: recipe)
    OutOfMemory.limitAllocations(on: engine.device)
    var evaluator: GeneratorEvaluator?
    let session = try TrainingSession<R>(new: configuration, in: place) { settled, stepsPerEpoch in
      try length.settle(&settled, stepsPerEpoch: stepsPerEpoch)
      try settled.validate()
      evaluator = try GeneratorEvaluator(for: recipe, settled)
    }
    session.evaluator = evaluator
    try Training(session, minutes: length.time.minutes, reporting).run()
  }

  private var place: RunPlace {
    output.map { .at($0) } ?? .numbered(in: "runs", name: name)
  }

  private func configuration<R: Recipe>(of recipe: R.Type) throws -> RunConfiguration {
    let config = try R.Config().setting(assignments.map { ($0.field, $0.value) })
    var result = RunConfiguration(
      recipe: name, config: try config.jsonObject(), data: data.configuration(for: R.Batch.kind),
      batchSize: batchSize, steps: length.stepsAsked, seed: engine.seed)
    (result.device, result.precision) = (engine.device, engine.precision)
    result.evaluation = try evaluation.settings()
    if let threads = engine.threads { result.threads = threads }
    return result
  }
}

extension TrainCommand {
  /// Whether the run at `path` was trained with just these arguments, and to its end.
  func isDone(at path: String) throws -> Bool {
    guard FileManager.default.fileExists(atPath: "\(path)/config.json") else { return false }
    return try isDone(RunDirectory(path), Zoo.recipe(named: name))
  }

  private func isDone<R: Recipe>(_ directory: RunDirectory, _ recipe: R.Type) throws -> Bool {
    let made = try directory.configuration()
    var asked = try configuration(of: recipe)
    try length.settle(
      &asked,
      stepsPerEpoch: DataFeed.stepsPerEpoch(
        count: made.data.count ?? 0, batchSize: made.batchSize))
    asked.versions = made.versions
    guard asked == made.asAsked else { return false }
    let last = try directory.lastMetrics()
    let isTimeUp = length.time.minutes.map { last["seconds"] ?? 0 >= $0 * 60 } ?? false
    return isTimeUp || Int(last["step"] ?? 0) == made.steps
  }
}

extension RunConfiguration {
  /// Without what became known when the data was opened.
  fileprivate var asAsked: RunConfiguration {
    var result = self
    (result.data.shape, result.data.count, result.data.classNames) = (nil, nil, nil)
    return result
  }
}
