import ArgumentParser
import GANAnalysis
import GANData
import GANTraining
import Torch
import SwiftGAN

/// `gan analyze ablate`
struct AblateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ablate", abstract: "Find the maps that draw a region, and draw without them.",
    discussion: """
      Boxes mark the region in samples. A logistic regression tells the activations of a generator's \
      layer inside of them from as many outside; maps whose weight is above 0 are dropped everywhere \
      and the same samples drawn again (Radford et al. 2015, section 6.3.1). For comparison as many \
      maps drawn at random are dropped.

      The boxes: one for all samples with --box, or one for each with --boxes, a file of lines \
      sample,x,y,w,h in pixels. `gan analyze latents` shows the samples with their numbers.

      EXAMPLES:
        gan analyze ablate runs/dcgan-1 --box 8,0,16,12 --output without-top.png
        gan analyze ablate runs/dcgan-1 --boxes windows.csv --layer 3 --output without.png --json
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @Option(help: ArgumentHelp("The region in all samples, in pixels.", valueName: "x,y,w,h"))
  var box: PixelBox?

  @Option(help: ArgumentHelp("The regions, lines of sample,x,y,w,h.", valueName: "FILE"))
  var boxes: String?

  @Option(help: "The samples by number, such as 1-64 (default: those of --boxes, else 1-64).")
  var seeds: SeedList?

  @Option(help: "The generator's layer, from 1 (default: the last before the image).")
  var layer: Int?

  @Option(help: "Drop at most so many maps, those with the largest weights (default: all above 0).")
  var most: Int?

  @Option(name: .customLong("class"), help: "The class (conditional systems only; default: 0).")
  var className: String?

  @Option(help: "Decides the places outside and the random maps.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    let marked = try markedSamples()
    if let most { try checkField("most", most, 1...1_000_000) }
    let run = try GeneratingRun(images: path)
    let classIndex = try className.map { try run.classIndex("class", $0) }
    try run.check("seeds", pictures: marked.count)
    let boxes = marked.map(\.box)
    for box in boxes.compactMap({ $0 }) {
      try box.check(
        self.box == nil ? "--boxes" : "--box", width: run.shape[2], height: run.shape[1])
    }
    let latent = SeededLatents(of: run.generator, on: run.device)(marked.map(\.seed))
    let labels = try run.labels(marked.map { _ in classIndex ?? 0 })
    let ablation = try FeatureAblation(
      of: run.generator, latent: latent, labels: labels, boxes: boxes, layer: layer,
      most: most ?? .max, seed: seed)
    let maps = GeneratorMaps(of: run.generator, latent: latent, labels: labels)
    let pictures = AblatedImages(maps, ablation, seed: seed)
    try file.write(
      AblationPictures(
        before: pictures.before, after: pictures.after, random: pictures.random, boxes: boxes,
        names: marked.map { "\($0.seed)" }
      ).scene())
    try report(AblationNumbers(ablation, pictures, boxes: boxes))
  }

  private func markedSamples() throws -> [(seed: UInt64, box: PixelBox?)] {
    switch (box, boxes) {
    case (let box?, nil): return (seeds ?? SeedList(1...64)).numbers.map { ($0, box) }
    case (nil, let path?):
      let list = try BoxList(readingFrom: path).boxes
      let samples = seeds?.numbers ?? list.keys.sorted()
      guard samples.contains(where: { list[$0] != nil }) else {
        throw RunError.field(
          "seeds", found: "no sample that \(path) has a box for", expected: "some of its samples")
      }
      return samples.map { ($0, list[$0]) }
    default:
      throw RunError.field(
        "box", found: box == nil ? "nothing" : "--boxes beside it",
        expected: "one of --box and --boxes")
    }
  }

  private func report(_ numbers: AblationNumbers) throws {
    if json { return try Console.print(prettyJSON: numbers) }
    let held =
      numbers.heldOutAccuracy.map { ", \(decimal($0 * 100, 1))% on samples left out" } ?? ""
    Console.print(
      """
      layer \(numbers.layer): \(numbers.dropped) of \(numbers.maps) maps dropped; the regression \
      tells \(decimal(numbers.accuracy * 100, 1))% of \(numbers.examples * 2) places\(held)
      mean change of pixels inside the boxes \(decimal(numbers.inside, 4)), outside \
      \(decimal(numbers.outside, 4)); by as many random maps \(decimal(numbers.randomInside, 4)) \
      and \(decimal(numbers.randomOutside, 4))
      """)
  }
}

/// Samples with and without maps.
struct AblatedImages {
  let before, after, random: Tensor

  init(_ maps: GeneratorMaps, _ ablation: FeatureAblation, seed: UInt64) {
    let layer = ablation.layer - 1
    before = maps.images(without: [], ofLayer: layer)
    after = maps.images(without: ablation.dropped, ofLayer: layer)
    random = maps.images(without: ablation.randomMaps(seed: seed), ofLayer: layer)
  }
}

/// What `gan analyze ablate` prints.
struct AblationNumbers: Encodable {
  let layer, maps, dropped, examples: Int
  let accuracy: Double
  let heldOutAccuracy: Double?
  let inside, outside, randomInside, randomOutside: Double
  let droppedMaps: [Int]
  let weights: [Double]

  init(_ ablation: FeatureAblation, _ images: AblatedImages, boxes: [PixelBox?]) {
    (layer, maps, dropped) = (ablation.layer, ablation.maps, ablation.dropped.count)
    (examples, accuracy) = (ablation.examples, ablation.accuracy)
    heldOutAccuracy = ablation.heldOutAccuracy
    (inside, outside) = FeatureAblation.change(
      from: images.before, to: images.after, boxes: boxes)
    (randomInside, randomOutside) = FeatureAblation.change(
      from: images.before, to: images.random, boxes: boxes)
    (droppedMaps, weights) = (ablation.dropped, ablation.droppedWeights)
  }
}
