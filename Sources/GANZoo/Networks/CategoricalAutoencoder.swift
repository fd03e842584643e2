import GANKit
import Torch
import TorchNN

/// What the autoencoders have in common whose codes are a category beside a style (Makhzani et al. 2015,
/// sections 5 and 6): codes `[N, style + categories]`, in which the categories' probabilities stand for
/// the category where images are encoded. Each part of the code has a discriminator of its own.
protocol CategoricalAutoencoder: EncodingRecipe, CodedRecipe {
  var encoder: Averaged<CategoryEncoder> { get }
  var generator: Averaged<Sequential> { get }
  var styleDiscriminator: Sequential { get }
  var categoryDiscriminator: Sequential { get }
  /// Of encoder and decoder in the reconstruction phase.
  var generatorOptimizer: Adam { get }
  /// Of the encoder in the regularisation phase.
  var encoderOptimizer: Adam { get }
  /// Of both discriminators.
  var discriminatorOptimizer: Adam { get }
}

extension CategoricalAutoencoder {
  /// The two phases of section 2, in which what the encoder learns has a weight.
  func autoencode(_ images: Tensor, weight: Double = 1) -> StepReport {
    let again = generator.trained(code(encoder.trained(images)))
    let reconstruction = generatorOptimizer.minimize(weight * reconstructionLoss(images, again))
    var report = regularized(images, weight)
    report["loss/reconstruction"] = reconstruction
    return report
  }

  /// Both discriminators in one update, then the encoder alone in another.
  private func regularized(_ images: Tensor, _ weight: Double) -> StepReport {
    let loss = AdversarialLoss.nonSaturating()
    let (logits, style) = encoder.trained(images)
    let goal = prior.sample(like: images)
    let split = style.size(1)
    let parts = [
      (styleDiscriminator, goal.sliced(1, 0..<split), style),
      (categoryDiscriminator, goal.sliced(1, split..<goal.size(1)), logits.softmax(axis: 1)),
    ]
    let lossesD = parts.map { judge, drawn, code in
      loss.discriminator(inOnePass: drawn, code.detached()) { judge($0) }
    }
    let lossD = discriminatorOptimizer.minimize(lossesD[0] + lossesD[1])
    let lossesG = parts.map { judge, _, code in loss.generator(fake: judge(code)) }
    let lossG = encoderOptimizer.minimize(weight * (lossesG[0] + lossesG[1]))
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// Style and probabilities side by side, `[N, style + categories]`.
  func code(_ encoded: (logits: Tensor, style: Tensor)) -> Tensor {
    .concatenated([encoded.style, encoded.logits.softmax(axis: 1)], axis: 1)
  }
}

/// The numbers that these autoencoders share.
protocol CategoricalConfig: AutoencoderConfig {
  var styleSize: Int { get }
  var encoderWidths: [Int] { get }
  var generatorWidths: [Int] { get }
  var discriminatorWidths: [Int] { get }
  var learningRate: Double { get }
  var adversarialRate: Double { get }
  var discriminatorRate: Double { get }
  var beta1: Double { get }
  var ema: Double { get }
}

/// The networks of an autoencoder of categories, and optimizers of the two phases, at their initial values.
struct CategoricalPlayers {
  let encoder: Averaged<CategoryEncoder>
  let generator: Averaged<Sequential>
  let styleDiscriminator, categoryDiscriminator: Sequential
  let generatorOptimizer, encoderOptimizer, discriminatorOptimizer: Adam

  init(
    _ config: some CategoricalConfig, categories: Int, corruption: any Layer, for run: RunShape,
    on device: Device
  ) {
    let style = config.styleSize
    encoder = Averaged(decay: config.ema) {
      CategoryEncoder(
        run.data, widths: config.encoderWidths, categories: categories, style: style,
        corruption: corruption
      ).placed(on: device)
    }
    generator = Averaged(decay: config.ema) {
      rectifiedDecoder(code: style + categories, widths: config.generatorWidths, run.data)
        .placed(on: device)
    }
    func judge(_ inputs: Int) -> Sequential {
      rectifiedJudge(inputs: inputs, widths: config.discriminatorWidths).placed(on: device)
    }
    (styleDiscriminator, categoryDiscriminator) = (judge(style), judge(categories))
    generatorOptimizer = config.adam(
      encoder.trained.parameters + generator.trained.parameters, config.learningRate, for: run)
    encoderOptimizer = config.adam(
      encoder.trained.parameters, config.adversarialRate, beta1: config.beta1, for: run)
    discriminatorOptimizer = config.adam(
      styleDiscriminator.parameters + categoryDiscriminator.parameters, config.discriminatorRate,
      beta1: config.beta1, for: run)
  }
}

/// A prior of styles from N(0, 1) and categories of equal probabilities, and the category's place in it.
func categoricalCode(style: Int, categories: Int) -> (prior: LatentPrior, codes: [LatentCode]) {
  (
    .joint([.normal(style), .categorical(categories)]),
    LatentCode.named([.categorical(categories)], from: style)
  )
}

/// q(y | x) and q(z | x) with batch normalisation behind every linear layer, the last ones included
/// (appendix A): images `[N, C, H, W]` to logits `[N, categories]` and styles `[N, style]`.
struct CategoryEncoder: Module {
  let body, category, style: Sequential

  /// - Parameter corruption: what is done in training to the pixels, which it sees in [0, 1].
  init(
    _ data: DataShape, widths: [Int], categories: Int, style styleSize: Int,
    corruption: any Layer
  ) {
    var inputs = data.elementCount
    body = Sequential {
      Flatten()
      Lambda { $0 * 0.5 + 0.5 }
      corruption
      for width in widths {
        Linear(inputs, width, bias: false)
        BatchNorm(width)
        ReLU()
        let _ = inputs = width
      }
    }
    func head(_ outputs: Int) -> Sequential {
      Sequential {
        Linear(inputs, outputs, bias: false)
        BatchNorm(outputs)
      }
    }
    (category, style) = (head(categories), head(styleSize))
  }

  func callAsFunction(_ images: Tensor) -> (logits: Tensor, style: Tensor) {
    let features = body(images)
    return (category(features), style(features))
  }
}
