import GANKit
import GANTraining
import GANZoo
import SwiftGAN
import Torch
import TorchNN

/// Systems that take networks which others have trained with PyTorch.
public enum ImportedSystem: String, CaseIterable, Sendable {
  /// Residual generators, or U-Nets with instance normalisation, of pytorch-CycleGAN-and-pix2pix.
  case cyclegan
  /// U-Nets of pytorch-CycleGAN-and-pix2pix.
  case pix2pix
  /// The generator of PyTorch's DCGAN example.
  case dcgan
  /// SRResNet (Ledig et al. 2017).
  case srgan
}

extension Run {
  /// Makes a run of weights that others have trained, and opens it. It translates, draws or enlarges; it cannot be
  /// resumed, but new runs can start from it.
  ///
  /// Sizes of the networks follow from the weights. Networks without weights, such as discriminators, have initial
  /// values.
  ///
  /// - Parameters:
  ///   - file: a safetensors file of a PyTorch state dictionary with its own keys, as
  ///     `Scripts/convert_weights.py state-dict` makes it of a `.pth` file.
  ///   - back: for cyclegan the generator of the other direction.
  ///   - assignments: other fields of the configuration, as text.
  ///   - path: the run's folder, new or empty.
  /// - Throws: one-line errors that name the file and its tensor.
  @discardableResult
  public static func importing(
    _ file: String, back: String? = nil, into system: ImportedSystem,
    setting assignments: [(field: String, value: String)] = [], in path: String
  ) throws -> Run {
    if back != nil && system != .cyclegan {
      throw RunError.field("back", found: "a file", expected: "none but for cyclegan")
    }
    switch system {
    case .cyclegan: return try importCycleGAN(file, back, assignments, path)
    case .pix2pix: return try importPix2Pix(file, assignments, path)
    case .dcgan: return try importDCGAN(file, assignments, path)
    case .srgan: return try importSRGAN(file, assignments, path)
    }
  }

  private typealias Assignments = [(field: String, value: String)]

  private static func importCycleGAN(
    _ file: String, _ back: String?, _ assignments: Assignments, _ path: String
  ) throws -> Run {
    func taken(_ file: String) throws -> (ForeignWeights, TranslatorFacts) {
      var weights = try ForeignWeights(file)
      if weights.areOfUNet && weights.unetHasGains {
        throw weights.problem("has batch normalisation; --into pix2pix takes such U-Nets")
      }
      let facts = try weights.areOfUNet ? weights.takeUNet() : weights.takeResidualTranslator()
      return (weights, facts)
    }
    let (weights, facts) = try taken(file)
    var config = CycleGAN.Config()
    if let blocks = facts.blocks {
      (config.architecture, config.blocks) = (.resnet, blocks)
      config.generatorWidth = facts.widths[0]
    } else {
      (config.architecture, config.unetWidths) = (.unet, facts.widths)
    }
    var networks = [("generator_ab", weights)]
    if let back {
      let (other, otherFacts) = try taken(back)
      var reversed = facts
      (reversed.inputs, reversed.outputs) = (facts.outputs, facts.inputs)
      guard otherFacts == reversed else {
        throw other.problem("is another kind of network than \(file), or does not lead back")
      }
      networks.append(("generator_ba", other))
    }
    return try write(
      CycleGAN.self, config.setting(assignments), shape(facts, halvings: facts.blocks == nil),
      batchSize: 1, networks, path)
  }

  private static func importPix2Pix(
    _ file: String, _ assignments: Assignments, _ path: String
  ) throws -> Run {
    var weights = try ForeignWeights(file)
    var config = Pix2Pix.Config()
    config.normalization = weights.unetHasGains ? .batch : .instance
    let facts = try weights.takeUNet()
    (config.generatorWidths, config.dropout) = (facts.widths, 0)
    return try write(
      Pix2Pix.self, config.setting(assignments), shape(facts, halvings: true), batchSize: 1,
      [("generator", weights)], path)
  }

  private static func importDCGAN(
    _ file: String, _ assignments: Assignments, _ path: String
  ) throws -> Run {
    var weights = try ForeignWeights(file)
    let facts = try weights.takeDCGAN()
    var config = DCGAN.Config()
    (config.generatorWidth, config.latentSize) = (facts.width, facts.latent)
    (config.kernelSize, config.noise, config.upsampling) = (4, .normal, .transposed)
    let shape = DataShape(channels: facts.channels, height: facts.side, width: facts.side)
    return try write(
      DCGAN.self, config.setting(assignments), shape, batchSize: 128, [("generator", weights)],
      path)
  }

  private static func importSRGAN(
    _ file: String, _ assignments: Assignments, _ path: String
  ) throws -> Run {
    var weights = try ForeignWeights(file)
    let facts = try weights.takeSRResNet()
    guard [2, 4].contains(facts.scale) else {
      throw weights.problem("enlarges \(facts.scale) times, expected 2 or 4")
    }
    var config = SRGAN.Config()
    (config.scale, config.blocks, config.generatorWidth) = (facts.scale, facts.blocks, facts.width)
    let shape = DataShape(channels: facts.channels, height: 96, width: 96)
    return try write(
      SRGAN.self, config.setting(assignments), shape, batchSize: 16, [("generator", weights)], path)
  }

  /// Images of 256x256, or of the size that a U-Net halves down to a pixel.
  private static func shape(_ facts: TranslatorFacts, halvings: Bool) -> DataShape {
    let side = halvings ? 1 << facts.widths.count : 256
    return DataShape(parts: [
      ImageShape(channels: facts.inputs, height: side, width: side),
      ImageShape(channels: facts.outputs, height: side, width: side),
    ])
  }

  private static func write<R: Recipe>(
    _: R.Type, _ config: R.Config, _ shape: DataShape, batchSize: Int,
    _ networks: [(name: String, weights: ForeignWeights)], _ path: String
  ) throws -> Run {
    let run = ImportedRun<R>(
      config, for: shape, batchSize: batchSize,
      networks: Dictionary(uniqueKeysWithValues: networks.map { ($0.name, $0.weights.tensors) }),
      from: networks.map(\.weights.absolutePath))
    do {
      let directory = try run.write(to: .at(path))
      return try open(directory.path)
    } catch let error as StateError {
      throw named(error, networks.map(\.weights))
    }
  }

  /// Which file's tensor it is that does not fit, by the key that it has there.
  private static func named(_ error: StateError, _ files: [ForeignWeights]) -> any Error {
    let text: StateErrorText
    switch error {
    case .missing(let key): text = StateErrorText(key: key, shapes: nil)
    case .shape(let key, let found, let expected):
      text = StateErrorText(key: key, shapes: (found, expected))
    case .unexpected(let key): text = StateErrorText(key: key, shapes: nil)
    }
    return files.first { $0.sources[text.key] != nil }?.problem(text) ?? error
  }
}
