import GANAnalysis
import GANData
import GANTraining
import SwiftGAN
import Torch

/// Samples that become each other: from each to the next and back to the first, or along the range of a code and
/// back.
struct AnimatedSamples {
  private let run: GeneratingRun
  private let domain: DrawnDomain?
  /// The noise of each picture, a row for each sample in it.
  private let frames: [Tensor]
  /// The class of each row; empty for an unconditional system.
  private let classes: [Int]

  /// The way through samples. Each picture of a conditional system shows one noise in all of their classes;
  /// where samples run over a code, it shows them all at one value.
  ///
  /// - Parameter frames: pictures from a sample to the next.
  /// - Precondition: the run draws images.
  /// - Throws: `RunError` for more pictures than fit into memory.
  init(_ samples: Samples, of run: GeneratingRun, frames: Int) throws {
    (self.run, domain) = (run, samples.domain)
    if let columns = samples.columns {
      self.frames = Self.alongRange(samples.latent, columns: columns)
      classes = stride(from: 0, to: samples.classes.count, by: columns).map { samples.classes[$0] }
    } else {
      classes = samples.turns
      self.frames = Self.through(
        samples.latent, rows: max(classes.count, 1), frames: frames, of: run)
    }
    try run.check("frames", pictures: self.frames.count * (self.frames.first?.size(0) ?? 0))
  }

  /// Row after row of a sweep, one column each and back without repeating the ends.
  private static func alongRange(_ latent: Tensor, columns: Int) -> [Tensor] {
    let rows = latent.size(0) / columns
    let grid = latent.reshaped(to: [rows, columns, latent.size(1)])
    let there = (0..<columns).map { grid.sliced(1, $0..<$0 + 1).squeezed(1) }
    return there + there.dropFirst().dropLast().reversed()
  }

  private static func through(
    _ latent: Tensor, rows: Int, frames: Int, of run: GeneratingRun
  ) -> [Tensor] {
    let points = (0..<latent.size(0)).map {
      Tensor.concatenated([Tensor](repeating: latent[$0..<$0 + 1], count: rows))
    }
    return zip(points, points.dropFirst() + points.prefix(1)).flatMap { from, to in
      (0..<frames).map {
        run.generator.prior.interpolate(from, to, at: Double($0) / Double(frames))
      }
    }
  }

  /// The pictures in order; behind the last comes the first.
  func pictures() throws -> [DecodedImage] {
    try frames.map { latent in
      var samples = try Samples(
        of: run, count: latent.size(0), seed: 1, latent: latent,
        classes: classes.isEmpty ? nil : classes)
      samples.domain = domain
      let (pixels, shape) = samples.images(of: run)
      return SampleSheet.grid(
        pixels: pixels, shape: shape, columns: samples.columnCount(of: run))
    }
  }
}
