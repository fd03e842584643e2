import FixtureFiles
import Foundation
import GANKit
import GANZoo
import Torch
import TorchNN

/// A system at a size at which a step takes milliseconds: what a golden was made with. There is one
/// for every choice of networks.
package struct TinySystem: Sendable, CustomStringConvertible {
  /// The golden's name.
  package var name: String
  package var recipe: any Recipe.Type
  package var settings: [(field: String, value: String)]
  package var shape: DataShape
  /// Images seen before the first step, for a system that changes its networks by their number.
  package var imagesSeen = 0
  /// Parameters that no loss depends on: the offset of a Wasserstein critic cancels, that of a hinge
  /// loss too while all outputs lie within the margins, and growing networks have done with the
  /// colours of smaller pictures.
  package var withoutGradient: [String] = []
  package var batch: Int
  /// How many steps the golden holds.
  package var steps: Int

  package var description: String { name }

  /// What the golden of a system says of itself, written by its file in `Reference/systems`.
  private struct Facts: Decodable {
    struct Shape: Decodable {
      var channels, height, width, classes: Int
      var inputChannels: Int?
    }
    var system: String
    var settings: [String: String]
    var shape: Shape
    var batch, imagesSeen, steps: Int
    var withoutGradient: [String]
  }

  /// Every golden of a system in the checkout, by name.
  package static let all: [TinySystem] = {
    do {
      return try Fixture.names(of: "systems").map { try TinySystem(golden: $0) }
    } catch {
      fatalError("\(error)")
    }
  }()

  /// What a golden was made with.
  package init(golden name: String, in folder: URL = Fixture.folder) throws {
    let facts = try JSONDecoder().decode(
      Facts.self, from: Data(Fixture("systems/\(name)", in: folder).configText.utf8))
    self.name = name
    recipe = try Zoo.recipe(named: facts.system)
    // Frozen networks are fixtures, too, which lie elsewhere on each machine.
    let fixtures = "Tests/Fixtures/"
    func located(_ value: String) -> String {
      guard value.hasPrefix(fixtures) else { return value }
      return folder.appendingPathComponent(String(value.dropFirst(fixtures.count))).path
    }
    settings = facts.settings.sorted { $0.key < $1.key }.map { ($0.key, located($0.value)) }
    shape = DataShape(
      channels: facts.shape.channels, height: facts.shape.height, width: facts.shape.width,
      classes: facts.shape.classes, inputChannels: facts.shape.inputChannels)
    (imagesSeen, withoutGradient) = (facts.imagesSeen, facts.withoutGradient)
    (batch, steps) = (facts.batch, facts.steps)
  }

  /// Those that draw from noise.
  package static let generative = all.filter { $0.recipe is any GenerativeRecipe.Type }

  /// The configuration, with one more field set where `extra` names one.
  package func config<R: Recipe>(
    of type: R.Type, _ extra: [(field: String, value: String)] = []
  ) throws -> R.Config {
    try R.Config().setting(settings + extra)
  }

  /// Which sets of images the system learns from in this configuration.
  package var layout: DataLayout {
    func layout<R: Recipe>(of type: R.Type) -> DataLayout? {
      (try? config(of: type)).map { R.layout($0) }
    }
    return layout(of: recipe) ?? .images
  }

  /// The run that a test makes of it.
  package var run: RunShape {
    RunShape(data: shape, batchSize: batch, steps: 1000, stepsPerEpoch: 100)
  }
}

/// Random images and labels like a system's data.
package func randomBatch<R: Recipe>(
  _ count: Int, for type: R.Type, _ system: TinySystem
) -> R.Batch {
  randomBatch(count, for: type, system.layout, system.shape)
}

/// Random images and labels of a layout.
package func randomBatch<R: Recipe>(
  _ count: Int, for _: R.Type, _ layout: DataLayout, _ shape: DataShape
) -> R.Batch {
  R.Batch(parts: randomParts(count, layout, shape))
}

/// Random images and labels for every part of a layout.
package func randomParts(_ count: Int, _ layout: DataLayout, _ shape: DataShape) -> [BatchPart] {
  layout.parts.enumerated().map { index, part in
    let own = layout.hasTwoKinds ? shape.parts[index] : shape.image
    let images = Tensor.uniform([count * part.frames] + own.dimensions, -1, 1)
      .contiguous(.channelsLast)
    let attached = part.attached.map { attachment -> Tensor in
      switch attachment {
      case .mask: .uniform([count, 1, own.height, own.width], 0, 1)
      case .landmarks: .uniform([count, 4, 2], 0, 1)
      }
    }
    return BatchPart(
      images: images,
      labels: part.labels == .hidden ? nil : .randomIntegers([count], below: shape.classes),
      attached: attached)
  }
}

extension Recipe {
  /// The networks and optimizers by their names in the state dictionary.
  package var parts: [(name: String, module: any Module)] {
    children.compactMap { child in
      if case .module(let module) = child.node { (child.name, module) } else { nil }
    }
  }

  /// The optimizers, by the name of the network that each is to train.
  package var optimizers: [(network: String, optimizer: any Optimizer)] {
    parts.compactMap { name, module in
      (module as? any Optimizer).map { (String(name.dropLast("_optimizer".count)), $0) }
    }
  }

  /// The networks that are trained, without averages: what goldens hold the weights of.
  package var networks: [String: any Module] {
    parts.reduce(into: [:]) { result, part in
      guard !(part.module is any Optimizer), !part.module.parameters.isEmpty,
        !part.name.hasSuffix("_ema")
      else { return }
      result[part.name] = part.module
    }
  }

  /// Puts the counter of a growing system where a tiny one starts.
  package func startAfter(images count: Int) throws {
    if count > 0 { try part("images_seen")?.load(["count": Tensor([count]).squeezed(0)]) }
  }

  package func part(_ name: String) -> (any Module)? { parts.first { $0.name == name }?.module }
}
