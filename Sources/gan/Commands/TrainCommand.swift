import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining
import GANZoo
import SwiftGAN

/// `gan train`
struct TrainCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a system in a new run directory.",
    discussion: """
      An interrupt (Ctrl-C) or a termination writes a checkpoint and ends; `gan resume` goes on from \
      there, and the result is the same bit for bit.

      --attribute makes classes or domains of CelebA's attributes, which stand in \
      \(AttributeTable.fileName) in the folder or archive of the images or beside it; light=dusk is that of the images with \
      "dusk" in the column "light" of a table (.csv) among them that names them. Of several \
      attributes, images with none or more than one are left out. Images that \
      list_eval_partition.txt, if it is there, does not count as training images are held out.

      Several processes that torchrun starts, or whoever sets its variables (RANK, WORLD_SIZE, MASTER_ADDR, \
      MASTER_PORT), train one run: each takes an equal part of every minibatch.

      EXAMPLES:
        gan train dcgan
        gan train dcgan --preset paper --device cuda --data photos/
        gan train wgan-gp --data grid --steps 20000 --set architecture=toy
        gan train wgan-gp --preset toy --data cosine
        gan train cgan --epochs 10 --seed 7 --output runs/digits
        gan train dcgan --steps 10000 --evaluate-every 1000 --evaluate-metric kid
        gan train dcgan --data flowers/ --from runs/dcgan-1
        gan train dcgan --data photos/ --size 64 --skip-broken --set generatorWidth=32
        gan train cyclegan --data celeba/ --attribute Smiling --size 64
        gan train cgan --data celeba/ --attribute Black_Hair,Blond_Hair,Brown_Hair --size 32
        torchrun --nproc-per-node 2 --no-python gan train dcgan --output runs/dcgan-two
      """)

  @Argument(
    help: ArgumentHelp("The system; `gan list` names them all.", valueName: "name"),
    completion: .list(Zoo.recipes.map { $0.card.name }))
  var name: String

  @Option(
    help: ArgumentHelp(
      "A set of numbers that belong together, such as paper; `gan show NAME` lists them (default: "
        + "the first listed).", valueName: "name"))
  var preset: String?

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Length") var length: LengthOptions
  @OptionGroup(title: "Evaluation") var evaluation: EvaluationOptions

  @Option(help: "Images in one minibatch (default: the preset's).")
  var batchSize: Int?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change a field of the configuration (`gan show NAME` lists them); may be repeated.",
      valueName: "field=value"))
  var assignments: [Assignment] = []

  @OptionGroup(title: "Start") var start: StartOptions
  @OptionGroup(title: "Engine") var engine: EngineOptions

  @Option(help: "The run directory, new or empty (default: the first free runs/NAME-<n>).")
  var output: String?

  @OptionGroup(title: "Output") var reporting: ReportOptions

  func run() throws {
    try LaunchedProcesses.run(on: engine.device, synchronizing: engine.syncBatchNorm) {
      let session = try plan(for: Zoo.recipe(named: name)).session(in: place)
      _ = try Training(session, minutes: length.deadline, reporting).run()
    }
  }

  private var place: RunPlace {
    output.map { .at($0) } ?? .numbered(in: "runs", name: name)
  }

  private func plan<R: Recipe>(for _: R.Type) throws -> any AnyTrainingPlan {
    let preset = try R.preset(named: preset)
    let config = try preset.config.setting(assignments.map { ($0.field, $0.value) })
    var plan = TrainingPlan<R>(preset, on: data.configuration(for: R.layout(config)))
    plan.config = config
    (plan.batchSize, plan.length, plan.seed) = (batchSize, length.length, engine.seed)
    (plan.device, plan.precision) = (engine.device, engine.precision.precision)
    (plan.intervals, plan.evaluation) = (length.intervals, try evaluation.settings())
    (plan.threads, plan.start) = (engine.threads, start.source)
    return plan
  }
}
