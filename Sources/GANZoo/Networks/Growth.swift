import TorchNN

/// The course of progressive growing (Karras et al. 2018, section 2), by the number of images seen:
/// each stage doubles the size, is faded in and then trained as it is. The first, 4x4, has nothing
/// to be faded in from; the last goes on for ever.
struct Growth {
  /// How many stages there are.
  let stages: Int
  /// Images for which a stage is trained after it has been faded in.
  let stableImages: Int
  /// Images over which a stage is faded in.
  let fadeImages: Int

  /// Where growing networks stand.
  struct Stage: Equatable {
    /// The largest layers in use, of size 4·2^index.
    let index: Int
    /// How much of it: 0 is all of the stage before, enlarged; 1 is nothing of it.
    let alpha: Double

    /// Whether the stage before is still in use, too.
    var isFading: Bool { alpha < 1 }
    /// The side of the images.
    var size: Int { 4 << index }
  }

  /// Images until the last stage has been faded in.
  var imagesToLast: Int { (stages - 1) * (stableImages + fadeImages) }

  /// The stage after so many images.
  func stage(after images: Int) -> Stage {
    var left = images - stableImages
    for stage in 1..<max(stages, 1) {
      if left < 0 { return Stage(index: stage - 1, alpha: 1) }
      if left < fadeImages {
        return Stage(index: stage, alpha: Double(left) / Double(fadeImages))
      }
      left -= fadeImages + stableImages
    }
    return Stage(index: stages - 1, alpha: 1)
  }
}

/// Which parameters of a growing network each stage uses, as positions in its optimizer: found once
/// and not in every step.
struct ParametersInUse {
  private let fading: [[Int]]
  private let stable: [[Int]]

  /// - Parameter parameters: those that the network uses in a stage.
  init(_ stages: Int, of optimizer: Adam, _ parameters: (Growth.Stage) -> [Parameter]) {
    func positions(_ alpha: Double) -> [[Int]] {
      (0..<stages).map { stage in
        // The first stage has nothing to be faded in from.
        let growing = Growth.Stage(index: stage, alpha: stage == 0 ? 1 : alpha)
        return optimizer.positions(of: parameters(growing))
      }
    }
    (fading, stable) = (positions(0), positions(1))
  }

  /// The positions in a stage, ascending.
  subscript(stage: Growth.Stage) -> [Int] { (stage.isFading ? fading : stable)[stage.index] }
}
