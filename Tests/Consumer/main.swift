// What a user of the library writes: train a system on a built-in set, then draw from it.
import Foundation
import GANTraining
import GANZoo

let folder = NSTemporaryDirectory() + "swiftgan-consumer-\(UUID().uuidString)"
defer { try? FileManager.default.removeItem(atPath: folder) }

let configuration = RunConfiguration(
  recipe: GAN.card.name, config: try GAN.Config().jsonObject(), data: .init(source: "mnist"),
  steps: 5)
let session = try TrainingSession<GAN>(new: configuration, in: .at(folder))
let outcome = try session.run { print("step \($0.step): \($0.losses)") }

let recipe = session.recipe
let digits = recipe.generate(recipe.prior.sample(4, on: .cpu), labels: nil)
print("\(outcome): images \(digits.shape), brightest pixel \(digits.maximum().item())")
