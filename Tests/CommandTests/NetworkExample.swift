import GANKit
import SwiftGAN
import Torch
import TorchNN

/// What a network of a run is given, and what the library makes of it.
struct NetworkExample {
  private var inputs: [(name: String, value: Tensor)] = []
  private var expected = Tensor.zeros([])

  /// - Parameters:
  ///   - network: as `gan export` calls it.
  ///   - count: how many inputs.
  ///   - isLarger: whether images have other sides than in training, where the network takes any.
  init(_ network: String, of run: Run, count: Int, isLarger: Bool) {
    let recipe = run.recipe
    let direction: Direction = network.hasSuffix("_ba") ? .ba : .ab
    let takesAny = recipe is any TranslatingRecipe || recipe is any EnlargingRecipe
    let isFree = isLarger && (takesAny || recipe is any CompletingRecipe)
    let shape = direction == .ab ? run.shape.input : run.shape.image
    let (height, width) =
      isFree ? (shape.height + 16, shape.width + 8) : (shape.height, shape.width)
    func image(_ channels: Int) -> Tensor { .uniform([count, channels, height, width], -1, 1) }
    switch (network, recipe) {
    case ("classifier", let recipe as any ClassifyingRecipe):
      set(image(shape.channels), recipe.classify)
    case ("encoder", let recipe as any EncodingRecipe): set(image(shape.channels), recipe.encode)
    case ("style_ab", let recipe as any StyledRecipe):
      set(image(run.shape.channels)) { recipe.style(of: $0, .ab) }
    case ("generator_ab", let recipe as any StyledRecipe):
      let style = recipe.stylePrior.sample(count, on: .cpu)
      add("style", style)
      set(image(shape.channels)) { recipe.translate($0, .ab, style: style) }
    case ("generator", let recipe as any EnlargingRecipe):
      set(image(shape.channels), recipe.enlarge)
    case ("generator", let recipe as any CompletingRecipe):
      let mask = Tensor.uniform([count, 1, height, width], 0, 1) .> 0.5
      add("mask", mask.cast(to: .float32))
      set(image(shape.channels)) { recipe.complete($0, mask: mask) }
    case (_, let recipe as any TranslatingRecipe) where network.hasPrefix("generator"):
      set(image(shape.channels)) { recipe.translateAlike($0, direction) }
    case ("generator", let recipe as any GenerativeRecipe): draw(count, recipe)
    default: ask(network, of: run, count)
    }
  }

  /// As a file for `Scripts/check_export.py`.
  func file() -> SafetensorsFile {
    var tensors = Dictionary(uniqueKeysWithValues: inputs.map { ("input.\($0.name)", $0.value) })
    tensors["expected"] = expected
    return SafetensorsFile(tensors: tensors)
  }

  private mutating func add(_ name: String, _ value: Tensor) { inputs.append((name, value)) }

  private mutating func set(_ image: Tensor, _ compute: (Tensor) -> Tensor) {
    add("image", image)
    expected = evaluating { compute(image) }
  }

  private mutating func draw(_ count: Int, _ recipe: any GenerativeRecipe) {
    let noise = recipe.prior.sample(count, on: .cpu)
    add("noise", noise)
    var labels: Tensor?
    if recipe.classCount > 0 {
      let classes = Tensor((0..<count).map { ($0 * 3 + 1) % recipe.classCount })
      add("labels", classes)
      labels = classes
    }
    expected = evaluating { recipe.generate(noise, labels: labels) }
  }

  /// A part of the checkpoint, on images of so many channels as its first weight has inputs.
  private mutating func ask(_ part: String, of run: Run, _ count: Int) {
    for child in run.recipe.children where child.name == part {
      guard case .module(let module) = child.node else { continue }
      let shape = run.shape.image
      let weight = module.parameters[0].value
      let channels = weight.rank == 4 ? weight.size(1) : shape.channels
      let image = Tensor.uniform([count, channels, shape.height, shape.width], -1, 1)
      let classes = (run.recipe as? any GenerativeRecipe)?.classCount ?? 0
      if let layer = module as? any LabelableLayer, classes > 0 {
        let labels = Tensor((0..<count).map { $0 % classes })
        add("labels", labels)
        set(image) { layer($0, labels: labels) }
      } else if let layer = module as? any Layer {
        set(image) { layer($0) }
      }
    }
  }
}
