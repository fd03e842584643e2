import GANAnalysis
import GANData
import GANKit
import GANTraining
import SwiftGAN
import Torch
import TorchNN

/// Samples that are asked for.
struct DrawingRequest: Sendable, Equatable {
  var count = 1
  var seed: UInt64 = 1
  /// Which classes in turn; `nil` for all.
  var classes: [String]?
  /// Codes by name.
  var codes: [(name: String, value: Double)] = []
  /// How far noise keeps from its mean: 1 as it is drawn, 0 at the mean.
  var truncation = 1.0
  /// Another seed to walk to, and how far: 0 at the first, 1 at the other.
  var toward: (seed: UInt64, at: Double)?
  /// A dimension of the noise that is moved, and by how much.
  var move: (dimension: Int, by: Double)?

  static func == (a: Self, b: Self) -> Bool { "\(a)" == "\(b)" }

  /// The picture.
  ///
  /// - Throws: `RunError` naming what the system cannot do, or does not have.
  func picture(of run: Run) throws -> DecodedImage {
    let source = try GeneratingRun(run)
    let classes = try classes?.map { try source.classIndex("class", $0) }
    var samples = try Samples(
      of: source, count: count, seed: seed, latent: latent(of: source), classes: classes)
    if run.recipe is any CoupledRecipe { samples.domain = .both }
    return try run.inUse(seed: seed) {
      if source.drawsPoints {
        return SampleSheet.points(samples.scaledPoints(of: source), of: try source.points())
      }
      let (pixels, shape) = samples.images(of: source)
      return SampleSheet.grid(
        pixels: pixels, shape: shape, columns: samples.columnCount(of: source))
    }
  }

  private func latent(of run: GeneratingRun) throws -> Tensor {
    let prior = run.generator.prior
    try run.check("count", pictures: count)
    var latent = prior.rows(count, seed: seed, on: run.device)
    if let toward {
      let other = prior.rows(count, seed: toward.seed, on: run.device)
      latent = prior.interpolate(latent, other, at: toward.at)
    }
    latent = prior.truncated(latent, to: truncation)
    if let move {
      try checkField("dimension", move.dimension, 0...(prior.dimension - 1))
      let step = Tensor([move.dimension]).oneHot(classes: prior.dimension).cast(to: .float32)
      latent = latent + step.moved(to: run.device) * move.by
    }
    return try setCodes(latent, of: run)
  }

  private func setCodes(_ latent: Tensor, of run: GeneratingRun) throws -> Tensor {
    guard !codes.isEmpty else { return latent }
    guard let recipe = run.generator as? any CodedRecipe else {
      throw RunError.field(
        "codes", found: "'\(codes[0].name)'",
        expected: "none, for '\(run.configuration.recipe)' has no codes")
    }
    return try codes.reduce(latent) { latent, choice in
      let code = try recipe.code(named: choice.name, [choice.value])
      return code.setting(latent, to: [Double](repeating: choice.value, count: latent.size(0)))
    }
  }
}
