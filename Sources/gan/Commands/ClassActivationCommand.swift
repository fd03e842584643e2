import ArgumentParser
import Foundation
import GANAnalysis
import GANData
import GANMetrics
import GANTraining
import SwiftGAN

/// `gan analyze cam`
struct ClassActivationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cam", abstract: "Show where in images a classifier sees their class.",
    discussion: """
      Class activation maps (Zhou et al. 2016): what each place adds to the score of a class, over \
      the image, with the box around the largest region above a share of the maximum. The classifier \
      is digits, which comes with the package, a run of `gan train classifier`, or weights of a \
      residual classifier. Behind global average pooling the maps are those of the paper; behind the \
      fully connected head of the classifier of digits they are the same sum over places, exact for \
      each image.

      EXAMPLES:
        gan analyze cam digits mnist --count 16 --output cam.png
        gan analyze cam runs/classifier-1 seven.png --class 1 --output one.png --json
      """)

  @Argument(help: ArgumentHelp("The classifier.", valueName: "digits|run|FILE.safetensors"))
  var classifier: String

  @Argument(help: ArgumentHelp("Image files, or data sets.", valueName: "input"))
  var inputs: [String]

  @Option(name: .customLong("class"), help: "The class (default: the one with the highest score).")
  var classIndex: Int?

  @Option(help: "The box holds what is above this share of the map's maximum.")
  var share = 0.2

  @Option(help: "Images of each data set at most.")
  var count = 8

  @Option(help: "Decides the choice of images.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    try checkField("count", count, 1...1000)
    try checkShare("--share", share)
    let network = try namedClassifier(classifier)
    let images = try inputs.flatMap { try NamedImage.all(of: $0, count: count, seed: seed) }
    let found = try images.map { try activation(of: $0, by: network) }
    try file.write(scene(images, found))
    try report(zip(images, found).map { ActivationNumbers($0, $1, share: share) })
  }

  private func activation(
    of image: NamedImage, by network: any PlaceClassifier
  ) throws -> ClassActivation {
    do {
      let best = try ClassActivation(of: image.image, by: network)
      guard let classIndex else { return best }
      try checkField("class", classIndex, 0...best.logits.count - 1)
      return try ClassActivation(of: image.image, class: classIndex, by: network)
    } catch let error as MetricError {
      throw CommandError("\(image.name): \(error)")
    }
  }

  private func scene(_ images: [NamedImage], _ found: [ClassActivation]) -> Scene {
    let rows = stride(from: 0, to: images.count, by: 8).flatMap { start in
      let range = start..<min(start + 8, images.count)
      return [
        PictureRows.Row("image", range.map { found[$0].original }),
        PictureRows.Row(
          "where", range.map { found[$0].picture(share: share) },
          notes: range.map {
            "\(found[$0].classIndex): \(decimal(found[$0].probability * 100, 1))%"
          }),
      ]
    }
    return PictureRows(title: "class activation maps, class and probability", rows).scene()
  }

  private func report(_ numbers: [ActivationNumbers]) throws {
    if json { return try Console.print(prettyJSON: numbers) }
    Console.print(
      textTable(
        numbers.map {
          [
            Console.oneLine(URL(fileURLWithPath: $0.image).lastPathComponent), "class \($0.class)",
            "\(decimal($0.probability * 100, 1))%", "box \($0.box?.description ?? "none")",
          ]
        }))
  }
}

/// What `gan analyze cam` prints of one image.
struct ActivationNumbers: Encodable {
  let image: String
  let `class`, predicted: Int
  let label: Int?
  let probability: Double
  let logits: [Double]
  let box: PixelBox?
  let map: [[Double]]

  init(_ image: NamedImage, _ found: ClassActivation, share: Double) {
    (self.image, label) = (image.name, image.label)
    (self.class, predicted) = (found.classIndex, found.predicted)
    (probability, logits) = (found.probability, found.logits)
    (box, map) = (found.box(share: share), found.contributions)
  }
}
