// What a user of the library writes in a package of their own: a system of the zoo trained on a
// built-in set, and a system that the zoo does not have.
import Foundation
import SwiftGAN

let folder = NSTemporaryDirectory() + "swiftgan-consumer-\(UUID().uuidString)"
defer { try? FileManager.default.removeItem(atPath: folder) }

// MARK: - A system of the zoo

// README.md shows this.
let run = try GAN.train(.with { $0.ema = 0.9 }, on: .mnist, for: .steps(5), in: "\(folder)/gan")
let digits = try run.sample(4, seed: 1)
let scores = try run.evaluate(count: 200)
print(digits.images.shape, scores["fid[digits]"] ?? .nan)

let again = try Run.open("\(folder)/gan").sample(4, seed: 1)
precondition(again.images.floats == digits.images.floats, "the same run, seed and samples")

// MARK: - A system of one's own

/// The least-squares game of two linear networks, on one sheet of paper.
struct Linears: GenerativeRecipe {
  struct Config: RecipeConfig {
    @Setting(.latentSize("N(0, 1)")) var latentSize = 8
    @Setting(.learningRate) var learningRate = 1e-3
  }

  static let card = RecipeCard(
    name: "linears", title: "Two linear networks", summary: "As little as a GAN can be.",
    paper: "none")

  let prior: LatentPrior
  let generator, discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let loss = AdversarialLoss.leastSquares()

  init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    generator = Sequential {
      Linear(config.latentSize, run.data.elementCount)
      Tanh()
      Unflatten(run.data.imageShape)
    }.placed(on: device)
    discriminator = Sequential {
      Flatten()
      Linear(run.data.elementCount, 1)
    }.placed(on: device)
    let rate = Schedule.constant(config.learningRate)
    generatorOptimizer = Adam(generator, learningRate: rate)
    discriminatorOptimizer = Adam(discriminator, learningRate: rate)
  }

  mutating func step(_ batch: ImageBatch) -> StepReport {
    let fake = generator(prior.sample(like: batch.images))
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(real: discriminator(batch.images), fake: discriminator(fake.detached())))
    let lossG = generatorOptimizer.minimize(loss.generator(fake: discriminator(fake)))
    return ["loss/D": lossD, "loss/G": lossG]
  }

  func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator(latent) }
}

let path = "\(folder)/linears"
_ = try Linears.train(.with { $0.latentSize = 4 }, on: .mnist, for: .steps(6), in: path) {
  $0.seed = 3
}
let longer = try Linears.resume(path, steps: 10)
precondition(longer.step == 10 && longer.configuration.recipe == "linears")
let opened = try Run.open(path, recipes: [Linears.self])
let found = try opened.evaluate(count: 200)
print("own: \(try opened.sample(2).images.shape), fid \(found["fid[digits]"] ?? .nan)")
precondition(found["fid[digits]"] ?? -1 > 0, "an evaluation")
