import GANAnalysis
import GANData
import GANKit
import GANTraining
import GANZoo
import Torch

extension RecycleGAN: Claiming {
  /// Narrow networks for digits that move or small photos, or the paper's.
  public static let ownPresets = [
    small, photos, .paper("frames of 256x256, a triplet at a time"),
  ]

  private static let small = Preset<RecycleGAN>.small(batchSize: 4, steps: 2500) {
    ($0.generatorWidth, $0.blocks, $0.predictorWidths) = (16, 3, [16, 32, 64])
    ($0.discriminatorWidth, $0.discriminatorLayers) = (32, 2)
  }

  private static let photos = Preset<RecycleGAN>(
    "photos", "frames of 128x128, an hour on two cores",
    .with {
      ($0.generatorWidth, $0.predictorWidths) = (32, [32, 64, 128, 256, 256])
      $0.discriminatorWidth = 32
    },
    RunDefaults(size: 128, batchSize: 1, steps: 2500))

  /// Digits that move, beside a system that sees single frames.
  public static let claims = [
    Claim(
      "recycle-gan", "moving digits to outlines and back, beside a CycleGAN of single frames",
      [.below("single", "error", "a smaller error of the translated third frames")],
      paper: "none on digits (people asked, and labels of streets)",
      TrainingPlan<RecycleGAN>(small, on: .at("moving")),
      companions: [Claim.Companion("frames", singleFrames)]
    ) { run in
      let (own, single) = (
        try run.frameErrors(), try run.companion("frames").frameErrors()
      )
      return Measurement(
        ["error": own.mean, "single": single.mean], figure: own.words,
        floor: "\(single.words) (single frames); \(decimal(try MovingFrames().difference, 3)) "
          + "(the inputs)")
    }
  ]

  /// As many steps, each with as many images of either domain as a minibatch of triplets has.
  private static let singleFrames = TrainingPlan<CycleGAN>(
    .with {
      ($0.generatorWidth, $0.blocks) = (16, 3)
      ($0.discriminatorWidth, $0.discriminatorLayers) = (32, 2)
    }, on: .at("moving")
  ).with { ($0.batchSize, $0.length) = (12, .steps(small.run.steps)) }
}

/// How far translated frames are from the frames that belong to them, mean absolute errors on the scale of
/// [0, 1].
private struct FrameErrors {
  let there, back: Double
  /// Of the third frames as predicted from translations of the first two, where a system predicts.
  let predicted: Double?

  var mean: Double { (there + back) / 2 }

  var words: String {
    let next = predicted.map { ", \(decimal($0, 4)) predicted" } ?? ""
    return "error ab \(decimal(there, 4)), ba \(decimal(back, 4))\(next)"
  }
}

extension ClaimRun {
  fileprivate func frameErrors() throws -> FrameErrors {
    let run = try Run.open(path)
    let recipe = try run.role((any TranslatingRecipe).self, "translate images")
    let (digits, outlines) = (try MovingFrames().digits, try MovingFrames().outlines)
    return run.inUse(seed: 1) {
      let there = recipe.translate(digits[2], .ab)
      let back = recipe.translate(outlines[2], .ba)
      let predicted = (recipe as? RecycleGAN).map {
        $0.predict(recipe.translate(digits[0], .ab), recipe.translate(digits[1], .ab), .ab)
      }
      return FrameErrors(
        there: error(there, outlines[2]), back: error(back, digits[2]),
        predicted: predicted.map { error($0, outlines[2]) })
    }
  }
}

/// The first three frames of 500 held-out digits, plain and as outlines: `[500, 1, 40, 40]` each.
private struct MovingFrames {
  let digits, outlines: [Tensor]

  init() throws {
    let pairs = try DataSet.openPairs("moving", split: .test)
    outlines = try Self.frames(of: pairs.a)
    digits = try Self.frames(of: pairs.b)
  }

  /// The error of pictures that are left as they are.
  var difference: Double { error(digits[2], outlines[2]) }

  private static func frames(of source: any ImageSource) throws -> [Tensor] {
    let windows = FrameWindows(of: source, length: 3).windows
    // The first window of each digit.
    let first = windows.filter { $0[0].isMultiple(of: 6) }.prefix(500)
    return try (0..<3).map { frame in
      let chosen = SubsetSource(source, first.map { $0[frame] })
      let images = try DataSet.load(chosen, size: 40, channels: 1, fit: .pad)
      return Tensor(
        imageBytes: try images.batch(Array(0..<images.count)).pixels,
        shape: [images.count, 1, 40, 40], on: .cpu)
    }
  }
}

private func error(_ found: Tensor, _ expected: Tensor) -> Double {
  (found - expected).abs().mean().item() / 2
}
