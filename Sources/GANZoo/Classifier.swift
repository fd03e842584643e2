import GANKit
import GANMetrics
import Torch
import TorchNN

/// A classifier of small pictures: not a GAN, but what `fid[digits]` and class accuracies are
/// measured with. It is trained by the same sessions and kept out of the list of GANs.
public struct Classifier: ClassifyingRecipe, UniformRecipe {
  /// What the system is.
  public static let card = RecipeCard(
    name: "classifier", title: "Classifier",
    summary: "The network behind fid[digits] and class accuracies; no GAN.",
    paper: "none: six 3x3 convolutions with batch normalisation and a layer of 128 features, or a "
      + "residual network of nine layers after the DAWNBench races (Coleman et al. 2017)")

  /// The network.
  public let classifier: any ImageClassifier
  let optimizer: any Optimizer
  private let shift: Int
  private let labelSmoothing: Double
  private let device: Device

  /// The network and its optimizer at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    classifier = config.network(for: run.data).placed(on: device)
    optimizer = config.optimizer(of: classifier.parameters, run)
    (shift, labelSmoothing) = (config.shift, config.labelSmoothing)
    self.device = device
  }

  /// 32x32: digits of 28x28 get a black border.
  public static func needs(_ config: Config) -> DataNeeds {
    DataNeeds.squares(powerOfTwo: 32...32)
      .channels(config.architecture == .digits ? [1] : [1, 3])
  }

  /// Images of different sizes are made 32x32.
  public static func defaults(for config: Config) -> RunDefaults { RunDefaults(size: 32) }

  /// One update that lowers the cross-entropy of the moved pictures.
  public mutating func step(_ batch: LabeledBatch) -> StepReport {
    let scores = classifier(Self.shifted(batch.images, by: shift, on: device))
    let loss = optimizer.minimize(
      crossEntropy(logits: scores, labels: batch.labels, labelSmoothing: labelSmoothing))
    return ["loss/C": loss]
  }

  /// Pictures `[N, C, H, W]`, each moved by whole pixels of its own, at most `shift` along each
  /// axis; -1, black, comes in at the border.
  static func shifted(_ images: Tensor, by shift: Int, on device: Device) -> Tensor {
    if shift == 0 { return images }
    func draws() -> Tensor {
      Tensor.randomIntegers([images.size(0), 1, 1, 1], below: 2 * shift + 1, on: device)
    }
    let (rows, columns) = (draws(), draws())
    let moved = (images + 1).contiguous().padded(shift).parts(
      height: images.size(2), width: images.size(3), rows: rows, columns: columns)
    return (moved - 1).settled(.channelsLast)
  }

  /// Logits `[N, classes]`.
  public func classify(_ images: Tensor) -> Tensor { classifier(images) }
}
