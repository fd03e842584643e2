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
  struct Phase: Equatable {
    /// The stage in use, of size 4·2^stage.
    let stage: Int
    /// How much of it: 0 is all of the stage before, enlarged; 1 is nothing of it.
    let alpha: Double

    /// Whether the stage before is still in use, too.
    var isFading: Bool { alpha < 1 }
    /// The side of the images.
    var size: Int { 4 << stage }
  }

  /// The phase after so many images.
  func phase(after images: Int) -> Phase {
    var left = images - stableImages
    for stage in 1..<max(stages, 1) {
      if left < 0 { return Phase(stage: stage - 1, alpha: 1) }
      if left < fadeImages {
        return Phase(stage: stage, alpha: Double(left) / Double(fadeImages))
      }
      left -= fadeImages + stableImages
    }
    return Phase(stage: stages - 1, alpha: 1)
  }
}

/// Which parameters of a growing network each phase uses, as positions in its optimizer: found once
/// and not in every step.
struct ParametersInUse {
  private let fading: [[Int]]
  private let stable: [[Int]]

  /// - Parameter parameters: those that the network uses in a phase.
  init(_ stages: Int, of optimizer: Adam, _ parameters: (Growth.Phase) -> [Parameter]) {
    func positions(_ alpha: Double) -> [[Int]] {
      (0..<stages).map { stage in
        // The first stage has nothing to be faded in from.
        let phase = Growth.Phase(stage: stage, alpha: stage == 0 ? 1 : alpha)
        return optimizer.positions(of: parameters(phase))
      }
    }
    (fading, stable) = (positions(0), positions(1))
  }

  /// The positions in a phase, ascending.
  subscript(phase: Growth.Phase) -> [Int] { (phase.isFading ? fading : stable)[phase.stage] }
}
