import Foundation
import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("CC-GAN", .reproducible)
struct CCGANTests {
  init() { LibTorch.threads = 1 }

  private let shape = DataShape(channels: 1, height: 16, width: 16, classes: 4)

  private func recipe(_ change: (inout CCGAN.Config) -> Void = { _ in }) -> CCGAN {
    CCGAN(config(change), for: RunShape(data: shape), on: .cpu)
  }

  private func config(_ change: (inout CCGAN.Config) -> Void = { _ in }) -> CCGAN.Config {
    .with {
      ($0.generatorWidths, $0.discriminatorWidths) = ([8, 8], [4, 4])
      ($0.smallestHole, $0.largestHole) = (4, 8)
      change(&$0)
    }
  }

  private func images(_ count: Int = 8) -> Tensor {
    Tensor.uniform([count, 1, 16, 16], -1, 1).contiguous(.channelsLast)
  }

  private func batch(labeled: Bool) -> MaybePartlyLabeledBatch {
    MaybePartlyLabeledBatch(
      images: images(),
      labeled: labeled
        ? LabeledBatch(images: images(), labels: .randomIntegers([8], below: 4)) : nil)
  }

  private func values(_ recipe: CCGAN) -> [String: Tensor] {
    recipe.stateDictionary.mapValues { $0.cloned() }
  }

  private func changed(_ recipe: CCGAN, since before: [String: Tensor]) -> Set<String> {
    Set(
      recipe.namedParameters.filter { before[$0.key]?.rawBytes != $0.parameter.value.rawBytes }
        .compactMap { $0.key.split(separator: ".").first.map(String.init) })
  }

  @Test("holes are squares of the sizes asked for, and every pixel may be missing")
  func squares() {
    let images = Tensor.zeros([4000, 1, 6, 9])
    let holes = SquareHoles(sizes: 2...4).drawn(like: images).cast(to: .float32)
    let rows = holes.maximum(axes: [3]).sum(axes: [1, 2])
    let columns = holes.maximum(axes: [2]).sum(axes: [1, 2])
    expectEqual(rows, columns, "sides")
    expectEqual(holes.sum(axes: [1, 2, 3]), rows * columns, "whole squares")
    #expect(Set(rows.floats) == [2, 3, 4])
    #expect(holes.maximum(axes: [0]).minimum().item() == 1, "a pixel that is never missing")
    // A corner of the image lies in the hole at one place of 5·8, 4·7 or 3·6.
    let corners = [(0, 0), (0, 8), (5, 0), (5, 8)].map { row, column in
      holes.selected(3, column).selected(2, row).mean().item()
    }
    let expected = (1.0 / 40 + 1 / 28.0 + 1 / 18.0) / 3
    for share in corners { #expect(abs(share - expected) < 0.01, "\(corners)") }
  }

  @Test("without a hint nothing of what lies in a hole is seen; with one its means are")
  func hints() {
    let (images, other) = (images(), images())
    for hint in CCGAN.Hint.allCases {
      let recipe = recipe { $0.hint = hint }
      let mask = recipe.holes(like: images)
      // The same context, with something else where the holes are.
      let swapped = images.replacing(where: mask, with: other).contiguous(.channelsLast)
      let (first, second) = evaluating {
        (recipe.complete(images, mask: mask), recipe.complete(swapped, mask: mask))
      }
      let isSame =
        first.filled(where: mask.logicalNot(), with: 0).rawBytes
        == second.filled(where: mask.logicalNot(), with: 0).rawBytes
      #expect(isSame == (hint == .none), "\(hint)")
    }
  }

  @Test("the absolute error is that inside of holes, and what it teaches is seen there")
  func absoluteErrors() {
    let images = images()
    let recipe = recipe { ($0.variant, $0.learningRate) = (.l1, 0.01) }
    let mask = recipe.holes(like: images)
    let completed = evaluating { recipe.complete(images, mask: mask) }
    let inside = zip(
      (completed - images).abs().floats, mask.expanded(to: images.shape).cast(to: .float32).floats)
    let pixels = inside.filter { $1 == 1 }.map { Double($0.0) }
    #expect(
      abs(holeError(completed, images, mask).item() - pixels.reduce(0, +) / Double(pixels.count))
        < 1e-5)

    // Images of one shade each: the context tells the hole.
    var learner = recipe
    let shades = (Tensor.uniform([64, 1, 1, 1], -1, 1) + Tensor.zeros([64, 1, 16, 16]))
      .contiguous(.channelsLast)
    for _ in 0..<150 {
      _ = learner.step(MaybePartlyLabeledBatch(images: shades, labeled: nil))
    }
    let holes = learner.holes(like: shades)
    let error = holeError(evaluating { learner.complete(shades, mask: holes) }, shades, holes)
    #expect(error.item() < 0.15, "\(error.item()), where grey has 0.5")
  }

  @Test("by L1 alone the discriminator stands still, or learns labels; labels alone teach it alone")
  func parts() {
    for (variant, supervision, names, expected) in [
      (.l1, .none, ["loss/G"], ["generator"]),
      (.l1, .labels, ["loss/D", "loss/class", "loss/G"], ["discriminator", "generator"]),
      (.cc, .labelsOnly, ["loss/D", "loss/class"], ["discriminator"]),
      (.cc, .none, ["loss/D", "loss/G"], ["discriminator", "generator"]),
    ] as [(CCGAN.Variant, CCGAN.Supervision, [String], Set<String>)] {
      var recipe = recipe { ($0.variant, $0.supervision) = (variant, supervision) }
      let before = values(recipe)
      let report = recipe.step(batch(labeled: supervision != .none))
      #expect(report.entries.map(\.name).sorted() == names.sorted())
      #expect(changed(recipe, since: before) == expected, "\(variant), \(supervision)")
    }
  }

  @Test("running statistics are those of real images, labelled and not together")
  func statistics() throws {
    for variant in [CCGAN.Variant.cc, .cc2] {
      var trained = recipe { ($0.variant, $0.supervision) = (variant, .labels) }
      let state = trained.discriminator.stateDictionary.mapValues { $0.cloned() }
      let batch = batch(labeled: true)
      _ = trained.step(batch)
      let other = recipe { $0.supervision = .labels }
      try other.discriminator.load(state)
      let labeled = try #require(batch.labeled)
      _ = withoutGradients { other.discriminator(.concatenated([labeled.images, batch.images])) }
      for (key, buffer) in trained.discriminator.namedBuffers {
        expectEqual(buffer.value, try #require(other.discriminator.stateDictionary[key]), key)
      }
    }
  }

  @Test("classes are those of the labels, which only some variants need")
  func classes() {
    #expect(CCGAN.layout(config()) == .images)
    for supervision in [CCGAN.Supervision.labels, .labelsOnly] {
      #expect(CCGAN.layout(config { $0.supervision = supervision }) == .partlyLabeled)
      let recipe = recipe { $0.supervision = supervision }
      #expect(evaluating { recipe.classify(images()) }.shape == [8, 4])
    }
    #expect(recipe().discriminator(images()).shape == [8, 1])
  }

  @Test("what cannot be is refused before any tensor exists")
  func refusals() throws {
    func refusal(_ words: String, classes: Int = 4, _ change: (inout CCGAN.Config) -> Void) {
      var data = shape
      data.classes = classes
      let error = #expect(throws: ConfigError.self) {
        try CCGAN.validate(config(change), for: data)
      }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    refusal("'largestHole': expected less than 16") { $0.largestHole = 16 }
    refusal("'smallestHole': expected at most largestHole, 8, found 9") { $0.smallestHole = 9 }
    refusal("'generatorWidths': expected from 2 widths") {
      ($0.hint, $0.generatorWidths) = (.lowResolution, [8])
    }
    refusal("at least 2 classes", classes: 1) { $0.supervision = .labels }
    refusal("at least 2 classes", classes: 0) { $0.supervision = .labelsOnly }
    try CCGAN.validate(config { $0.largestHole = 15 }, for: shape)
    var unlabeled = shape
    unlabeled.classes = 0
    try CCGAN.validate(config(), for: unlabeled)
  }
}
