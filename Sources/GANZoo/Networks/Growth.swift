import GANKit
import Torch
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
    /// The stages whose maps from and to colours are in use.
    var colours: ClosedRange<Int> { (isFading ? index - 1 : index)...index }

    /// The size that is trained, and how much of its fading in is done.
    var phase: TrainingPhase {
      let side = "\(size)x\(size)"
      return isFading ? TrainingPhase("\(side) fading in", progress: alpha) : TrainingPhase(side)
    }

    /// Whether another one trains other layers than this, where optimizers start anew, as in the
    /// authors' code: a stage begins to fade in, or has faded in.
    func differs(from other: Stage) -> Bool {
      (index, isFading) != (other.index, other.isFading)
    }
  }

  /// Images until the last stage has been faded in.
  var imagesToLast: Int { (stages - 1) * (stableImages + fadeImages) }

  /// The size at the end.
  var size: Int { 4 << (stages - 1) }

  /// Real images `[N, C, H, W]` at a stage's share of their size: averaged, and while it is faded in as
  /// much like the stage before as generated ones.
  func shown(_ images: Tensor, in stage: Stage) -> Tensor {
    let factor = size / stage.size
    let images = factor == 1 ? images : images.averagePooled(factor)
    guard stage.isFading else { return images }
    return enlarged(images.averagePooled(2), 2).interpolated(to: images, by: stage.alpha)
  }

  /// Generated images at a stage's size as large as the data, cut off at -1 and 1.
  func fullSize(_ images: Tensor, in stage: Stage) -> Tensor {
    enlarged(images.clamped(to: -1...1), size / stage.size)
  }

  /// What a run that is too short will not reach.
  func shortfall(in run: RunShape) -> String? {
    guard let steps = run.steps else { return nil }
    let images = steps * run.batchSize
    let last = stage(after: images)
    guard last.size < size || last.isFading else { return nil }
    return "ends at \(last.size)x\(last.size)\(last.isFading ? ", fading in," : "") of "
      + "\(size)x\(size); needs \(imagesToLast) images or shorter stages (stableImages, "
      + "fadeImages), this run has \(images)"
  }

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

extension Growth {
  /// Growth to the size of square images.
  init(to data: DataShape, stableImages: Int, fadeImages: Int) {
    self.init(
      stages: doublings(from: 4, to: data.height) + 1, stableImages: stableImages,
      fadeImages: fadeImages)
  }

  /// Channels of each stage, from 4x4 on.
  ///
  /// - Parameters:
  ///   - base: what is halved once for 4x4, twice for 8x8 and so on.
  ///   - most: how many there are at most.
  func widths(base: Int, most: Int) -> [Int] {
    (1...stages).map { min(max(base >> $0, 1), most) }
  }
}

extension SettingRule<Int> {
  /// `channelBase` of networks that grow.
  static var channelBase: Self {
    count("channels at 4x4 times 2, at 8x8 times 4, ...", in: 2...1_048_576)
  }
  /// `maxChannels` of networks that grow.
  static var maxChannels: Self { count("the largest number of channels") }
  /// `stableImages` of networks that grow.
  static var stableImages: Self { duration("images for a stage once it is faded in", from: 1) }
  /// `fadeImages` of networks that grow.
  static var fadeImages: Self { duration("images that fade a stage in; 0 switches at once") }
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
