import Foundation
import GANData
import GANKit
import Torch

/// What 16-bit products are worth in the steps of a system on this machine's processor.
///
/// Neither instructions nor a layer tell: it depends on the processor's maker, and convolutions of 3x3, for which
/// there are ways with fewer multiplications in float32, gain nothing where products of matrices gain half. So
/// steps are measured.
public struct PrecisionSpeed: Sendable, Equatable {
  /// Steps a second in float32.
  public let float32: Double
  /// The same in bfloat16.
  public let bfloat16: Double

  /// Measured speeds.
  public init(float32: Double, bfloat16: Double) {
    (self.float32, self.bfloat16) = (float32, bfloat16)
  }

  /// Whether bfloat16 is clearly faster.
  public var prefersBFloat16: Bool { bfloat16 > Self.clear * float32 }

  /// So many times as fast it has to be: on a noisy machine noise must not decide.
  private static var clear: Double { 1.15 }

  /// How many times as fast bfloat16 is, in a message.
  var ratio: String { String(format: "%.2f", bfloat16 / float32) }

  /// Why it is not taken.
  var shortfall: String {
    prefersBFloat16
      ? "other processes of this run gain less by bfloat16"
      : "steps in bfloat16 are \(ratio) times as fast, of the \(Self.clear) that are asked for"
  }

  /// Whether the processor has instructions for bfloat16; without them nothing need be measured.
  public static var isPossible: Bool {
    !LibTorch.processor.features.isDisjoint(with: [.avx512BF16, .amxBF16])
  }
}

extension PrecisionSpeed {
  /// Trains a system that is thrown away on the first minibatch, in one format and the other by turns: for about
  /// a second, and longer where steps are long.
  init<R: Recipe>(
    training plan: TrainingPlan<R>, on feed: DataFeed, _ shape: RunShape, threads: Int
  ) throws {
    let engine = try Engine(
      device: "cpu", seed: plan.seed, threads: threads, products: LibTorch.linearBackend)
    var recipe = try engine.drawing { try R(plan.config, for: shape, on: engine.device) }
    try recipe.prepareForTraining()
    let parts = try feed.parts(at: 0)
    let steps = engine.steps(of: recipe)
    let kind = recipe.stepKind
    let areAlike = kind == nil || R.self is any UniformRecipe.Type
    func speed(in precision: Precision) -> Double {
      let start = ContinuousClock.now
      var (count, passed, isRound) = (0.0, Duration.zero, areAlike)
      // Whole rounds: steps of a critic are shorter than those of a generator.
      repeat {
        let before = recipe.stepKind
        engine.drawing {
          withAutocast(to: precision.dtype, on: engine.device) { _ = steps.step(&recipe, parts) }
        }
        count += 1
        passed = ContinuousClock.now - start
        isRound = areAlike || (recipe.stepKind != before && recipe.stepKind == kind)
      } while count < 64 && (passed < .milliseconds(150) || !isRound)
      return count / (passed / .seconds(1))
    }
    // The first of each has to set up what it needs.
    for precision in Precision.allCases { _ = speed(in: precision) }
    let rounds = (0..<3).map { _ in (float32: speed(in: .float32), bfloat16: speed(in: .bfloat16)) }
    func median(_ speeds: [Double]) -> Double { speeds.sorted()[speeds.count / 2] }
    self.init(float32: median(rounds.map(\.float32)), bfloat16: median(rounds.map(\.bfloat16)))
  }
}

/// The number format of a run, and why it is this one where nobody has asked for it.
struct ChosenPrecision {
  let precision: Precision
  let remark: String?
}

extension TrainingPlan {
  /// The number format asked for, else on a processor bfloat16 where the system's claims are known to hold with it
  /// and its steps are clearly faster, for all processes of a run; elsewhere bfloat16.
  ///
  /// - Throws: what a recipe throws that cannot be made.
  func chosenPrecision(
    on feed: DataFeed, _ shape: RunShape, _ engine: Engine, threads: Int
  ) throws -> ChosenPrecision {
    guard precision == nil, engine.device == .cpu else {
      return ChosenPrecision(precision: precision ?? .bfloat16, remark: nil)
    }
    guard R.card.holdsInBFloat16 else {
      return ChosenPrecision(
        precision: .float32,
        remark: "float32: the claims of \(R.card.name) were not shown to hold in bfloat16, which "
          + "--precision bfloat16 takes all the same")
    }
    let speed =
      try PrecisionSpeed.isPossible
      ? ProcessGroup.alone { try PrecisionSpeed(training: self, on: feed, shape, threads: threads) }
      : nil
    let isFaster = !engine.agreed(speed?.prefersBFloat16 != true)
    let reason =
      isFaster
      ? "steps in it are \(speed?.ratio ?? "") times as fast as in float32"
      : speed?.shortfall ?? "the processor has no instructions for bfloat16"
    let precision = isFaster ? Precision.bfloat16 : .float32
    return ChosenPrecision(precision: precision, remark: "\(precision.rawValue): \(reason)")
  }
}
