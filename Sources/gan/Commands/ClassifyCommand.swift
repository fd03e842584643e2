import ArgumentParser
import GANData
import GANKit
import GANTraining
import Torch
import TorchNN
import SwiftGAN

/// `gan classify`
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Tell the classes of images with a trained run.",
    discussion: """
      For systems with a classifier: the classifier itself, sgan, pixelda, cogan-adaptation, ccgan \
      with labels. Images are prepared as those that the run was trained on. One line for each image: its \
      path, the class, how sure the network is.

      EXAMPLES:
        gan classify runs/sgan-1 digit.png
        gan classify runs/pixelda-1 photos/ --json
      """)

  @OptionGroup var images: ImagesOptions

  @Flag(help: "Print JSON, with the probabilities of all classes.")
  var json = false

  func run() throws {
    let run = try images.openRun()
    let files = try images.files(for: run)
    var answers: [Classification] = []
    try files.forEach(images.policy) { index, input in
      answers.append(
        Classification(
          path: files.path(at: index), probabilities: try run.classify(input.image),
          names: run.classNames))
    }
    if json { return try Console.print(prettyJSON: answers) }
    Console.print(textTable(answers.map(\.row)))
  }
}

/// What a network says about one image.
struct Classification: Encodable {
  let path: String
  let `class`: String
  let probability: Double
  let probabilities: [String: Double]

  init(path: String, probabilities: [Double], names: [String]) {
    self.path = path
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    self.class = best < names.count ? names[best] : "\(best)"
    probability = probabilities.isEmpty ? 0 : probabilities[best]
    self.probabilities = Dictionary(
      zip(names, probabilities).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
  }

  var row: [String] { [Console.oneLine(path), self.class, decimal(probability, 4)] }
}
