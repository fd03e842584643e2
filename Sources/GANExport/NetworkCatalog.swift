import GANKit
import GANTraining
import SwiftGAN
import Torch
import TorchNN

/// The networks of a run that can be written down: first what people use of it, then the parts of its checkpoint.
struct NetworkCatalog {
  /// What the system does, by the averaged weights where there are some; the usual one first.
  let roles: [NetworkFunction]
  /// The networks of the checkpoint as they are, that no role has the name of.
  let parts: [NetworkFunction]
  private let run: Run

  init(_ run: Run) {
    self.run = run
    roles = Self.roles(of: run)
    let found = run.recipe.networks
    parts = found.compactMap { PartFunction(run, $0.name, $0.module)?.function }
  }

  /// All names, each once.
  var names: [String] {
    var seen: Set<String> = []
    return (roles + parts).map(\.name).filter { seen.insert($0).inserted }
  }

  /// The network of a name; without one the usual one.
  ///
  /// - Throws: ``RunError`` where there is none.
  func network(_ name: String?) throws -> NetworkFunction {
    guard let name else {
      guard let usual = roles.first ?? parts.first else {
        throw RunError.unsupported("\(run.path): no network of it is a function of one tensor")
      }
      return usual
    }
    // A part whose average is kept beside it is meant as it is.
    let hasAverage = run.recipe.networks.contains { $0.name == "\(name)_ema" }
    if !hasAverage, let role = roles.first(where: { $0.name == name }) { return role }
    if name.hasSuffix("_ema"), let role = roles.first(where: { "\($0.name)_ema" == name }) {
      return role
    }
    if let part = parts.first(where: { $0.name == name }) { return part }
    if let role = roles.first(where: { $0.name == name }) { return role }
    if run.recipe.networks.contains(where: { $0.name == name }) {
      throw RunError.unsupported(
        "\(run.path): '\(name)' takes more than a tensor; its weights go into a safetensors file")
    }
    let all = names
    throw RunError.field(
      "network", found: "'\(name)'", expected: "one of \(all.joined(separator: ", "))")
  }
}

// MARK: - What systems do

extension NetworkCatalog {
  private static func roles(of run: Run) -> [NetworkFunction] {
    let recipe = run.recipe
    var roles = (recipe as? any TranslatingRecipe).map { translators($0, run) } ?? []
    if let recipe = recipe as? any EnlargingRecipe { roles.append(enlarger(recipe, run)) }
    if let recipe = recipe as? any CompletingRecipe { roles.append(completer(recipe, run)) }
    if let recipe = recipe as? any CoupledRecipe {
      roles += coupled(recipe, run)
    } else if let recipe = recipe as? any GenerativeRecipe {
      roles.append(generator(recipe, run))
    }
    if let recipe = recipe as? any EncodingRecipe { roles.append(encoder(recipe, run)) }
    if let recipe = recipe as? any ClassifyingRecipe, run.shape.classes > 0 {
      roles.append(classifier(recipe, run))
    }
    var seen: Set<String> = []
    return roles.filter { seen.insert($0.name).inserted }
  }

  private static func translators(
    _ recipe: any TranslatingRecipe, _ run: Run
  ) -> [NetworkFunction] {
    let isSingle = recipe.directions.count == 1
    return recipe.directions.flatMap { direction -> [NetworkFunction] in
      let (from, to) = sides(direction, run)
      let end = isSingle ? "" : direction == .ab ? "_ab" : "_ba"
      func function(
        _ name: String, _ result: String, _ inputs: [NetworkInput], size: ImageShape,
        _ compute: @escaping ([Tensor]) -> Tensor
      ) -> NetworkFunction {
        NetworkFunction(
          name: name + end, inputs: inputs, result: result, size: size,
          sideMultiple: recipe.sideMultiple, compute: compute)
      }
      let image = NetworkInput.image(channels: from.channels)
      if let styled = recipe as? any StyledRecipe {
        let style = NetworkInput.latent("style", styled.stylePrior)
        return [
          function("generator", "images from -1 to 1", [image, style], size: from) {
            styled.translate($0[0], direction, style: $0[1])
          },
          function(
            "style", "styles of images that the direction leads to",
            [.image(channels: to.channels)], size: to
          ) { styled.style(of: $0[0], direction) },
        ]
      }
      let translator = function("generator", "images from -1 to 1", [image], size: from) {
        recipe.translateAlike($0[0], direction)
      }
      guard let attending = recipe as? any AttendingRecipe else { return [translator] }
      let maps = function(
        "attention", "how far each pixel changes, from 0 to 1", [image], size: from
      ) {
        attending.attention($0[0], direction)
      }
      return [translator, maps]
    }
  }

  private static func sides(
    _ direction: Direction, _ run: Run
  ) -> (from: ImageShape, to: ImageShape) {
    direction == .ab ? (run.shape.input, run.shape.image) : (run.shape.image, run.shape.input)
  }

  private static func enlarger(_ recipe: any EnlargingRecipe, _ run: Run) -> NetworkFunction {
    NetworkFunction(
      name: "generator", inputs: [.image(channels: run.shape.channels)],
      result: "images \(recipe.scale) times as high and as wide, from -1 to 1",
      size: run.shape.image, sideMultiple: 1
    ) { recipe.enlarge($0[0]) }
  }

  private static func completer(_ recipe: any CompletingRecipe, _ run: Run) -> NetworkFunction {
    NetworkFunction(
      name: "generator", inputs: [.image(channels: run.shape.channels), .mask],
      result: "images without holes, from -1 to 1", size: run.shape.image,
      sideMultiple: recipe.sideMultiple
    ) { recipe.complete($0[0], mask: $0[1] .> 0.5) }
  }

  private static func generator(_ recipe: any GenerativeRecipe, _ run: Run) -> NetworkFunction {
    let isConditional = recipe.classCount > 0
    let noise = NetworkInput.latent("noise", recipe.prior)
    return NetworkFunction(
      name: "generator", inputs: [noise] + (isConditional ? [.labels(recipe.classCount)] : []),
      result: run.shape.arePoints ? "points" : "images from -1 to 1", size: pixel,
      sideMultiple: nil
    ) { recipe.generate($0[0], labels: isConditional ? $0[1] : nil) }
  }

  private static func coupled(_ recipe: any CoupledRecipe, _ run: Run) -> [NetworkFunction] {
    ["b", "a"].map { domain in
      NetworkFunction(
        name: "generator_\(domain)", inputs: [.latent("noise", recipe.prior)],
        result: "images of domain \(domain.uppercased()), from -1 to 1", size: pixel,
        sideMultiple: nil
      ) { inputs in
        let pair = recipe.generatePairs(inputs[0])
        return domain == "a" ? pair.a : pair.b
      }
    }
  }

  private static func encoder(_ recipe: any EncodingRecipe, _ run: Run) -> NetworkFunction {
    NetworkFunction(
      name: "encoder", inputs: [.image(channels: run.shape.channels)],
      result: "codes, the generator's input", size: run.shape.image, sideMultiple: nil
    ) { recipe.encode($0[0]) }
  }

  private static func classifier(_ recipe: any ClassifyingRecipe, _ run: Run) -> NetworkFunction {
    NetworkFunction(
      name: "classifier", inputs: [.image(channels: run.shape.channels)],
      result: "a logit for each class, in the order of the classes", size: run.shape.image,
      sideMultiple: nil
    ) { recipe.classify($0[0]) }
  }

  /// Of networks that are given no images.
  static let pixel = ImageShape(channels: 1, height: 1, width: 1)
}

extension Recipe {
  /// The parts with weights, by their names in a checkpoint.
  var networks: [(name: String, module: any Module)] {
    modules.filter { !$0.module.parameters.isEmpty }
  }
}

// MARK: - Parts of a checkpoint

/// A network of a checkpoint, whose input its first weights tell.
private struct PartFunction {
  let function: NetworkFunction

  /// - Returns: `nil` for one that is no function of a tensor, and labels.
  init?(_ run: Run, _ name: String, _ module: any Module) {
    let classes = (run.recipe as? any GenerativeRecipe)?.classCount ?? 0
    guard let (input, size) = Self.input(of: module, run) else { return nil }
    let compute: ([Tensor]) -> Tensor
    var inputs = [input]
    if let layer = module as? any LabelableLayer, classes > 0 {
      inputs.append(.labels(classes))
      compute = { layer($0[0], labels: $0[1]) }
    } else if let layer = module as? any Layer {
      compute = { layer($0[0]) }
    } else if let layer = module as? any ConditionalLayer, classes > 0 {
      inputs.append(.labels(classes))
      compute = { layer($0[0], labels: $0[1]) }
    } else {
      return nil
    }
    function = NetworkFunction(
      name: name, inputs: inputs, result: "what the network says", size: size, sideMultiple: nil,
      compute: compute)
  }

  private static func input(of module: any Module, _ run: Run) -> (NetworkInput, ImageShape)? {
    guard let weight = module.parameters.first(where: { [2, 4].contains($0.value.rank) }) else {
      return nil
    }
    let count = weight.value.size(1)
    let images = [run.shape.image] + run.shape.parts
    if weight.value.rank == 4 {
      let image = images.first { $0.channels == count } ?? run.shape.image
      return (.image(channels: count), image)
    }
    if let recipe = run.recipe as? any GenerativeRecipe {
      let noise = recipe.prior.dimension
      // Classes may stand beside the noise.
      if [noise, noise + recipe.classCount].contains(count) {
        return (.latent("noise", recipe.prior), NetworkCatalog.pixel)
      }
    }
    if let image = images.first(where: { $0.dimensions.reduce(1, *) == count }) {
      return (.image(channels: image.channels), image)
    }
    return (.vector(count), NetworkCatalog.pixel)
  }
}
