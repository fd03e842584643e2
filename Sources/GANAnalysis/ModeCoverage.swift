import Foundation
import GANData
import GANTraining
import Torch

/// How many modes of a mixture of Gaussians a generator has found.
///
/// The convention of VEEGAN (Srivastava et al. 2017): a sample is of high quality when
/// it lies within three standard deviations of the nearest mode, and a mode is covered when it is
/// the nearest one of at least one sample of high quality.
public struct ModeCoverage: Encodable {
  /// The toy distribution's name.
  public let data: String
  /// Samples looked at.
  public let samples: Int
  /// Modes that the distribution has.
  public let modes: Int
  /// Modes with at least one sample of high quality.
  public let covered: Int
  /// The share of samples of high quality, from 0 to 1.
  public let highQuality: Double
  /// Samples of high quality at each mode, in the order of `ToyDistribution.modes`.
  public let counts: [Int]
  /// The Kullback-Leibler divergence in nats of these counts' shares from equal shares; absent
  /// without any sample of high quality.
  public let divergence: Double?
  /// How near a sample of high quality must lie, in the distribution's own units.
  public let radius: Double

  /// Counts points `x, y, x, y, ...` in the distribution's own units.
  ///
  /// - Throws: ``GANTraining/RunError/unsupported(_:)`` for a distribution without modes.
  public init(of points: [Float], from toy: ToyDistribution) throws {
    let centers = toy.modes
    guard !centers.isEmpty else {
      throw RunError.unsupported("'\(toy.rawValue)' has no modes to count")
    }
    let radius = 3 * Double(toy.standardDeviation)
    var counts = [Int](repeating: 0, count: centers.count)
    for index in stride(from: 0, to: points.count - 1, by: 2) {
      let squares = centers.map { center in
        let (dx, dy) = (Double(points[index] - center.x), Double(points[index + 1] - center.y))
        return dx * dx + dy * dy
      }
      guard let nearest = squares.indices.min(by: { squares[$0] < squares[$1] }),
        squares[nearest] <= radius * radius
      else { continue }
      counts[nearest] += 1
    }
    let good = counts.reduce(0, +)
    (data, samples, modes) = (toy.rawValue, points.count / 2, centers.count)
    (self.counts, self.radius) = (counts, radius)
    covered = counts.count { $0 > 0 }
    highQuality = Double(good) / Double(max(points.count / 2, 1))
    divergence = good == 0 ? nil : ModeCoverage.divergence(counts, of: good)
  }

  private static func divergence(_ counts: [Int], of total: Int) -> Double {
    counts.filter { $0 > 0 }.reduce(0) { sum, count in
      let share = Double(count) / Double(total)
      return sum + share * log(share * Double(counts.count))
    }
  }

  /// The density of the points with a circle around every mode: blue where covered, else orange.
  public func scene(_ points: [Float], from toy: ToyDistribution, side: Int = 480) -> Scene {
    let scale = PointDistribution.plane(toy).frame.scale
    let reach = 1 / scale
    var scene = Scene(width: side + 80, height: side + 96)
    let axes = Axes(
      frame: (50, 40, Double(side), Double(side)), x: -reach...reach, y: -reach...reach)
    let inside = points.map { min(max($0, -1e6), 1e6) }
    let density = SampleSheet.density(
      Tensor(inside, shape: [inside.count / 2, 2, 1, 1]) * scale, side: side / 2)
    let onPaper = DecodedImage(
      width: density.width, height: density.height, channels: 1,
      pixels: density.pixels.map { 255 - $0 })
    scene.add(.picture(onPaper, Place(50, 40), scale: 2))
    let share = String(format: "%.1f", highQuality * 100)
    axes.draw(
      in: &scene, title: "\(data): \(covered) of \(modes) modes, \(share)% of high quality")
    for (center, count) in zip(toy.modes, counts) {
      let place = axes.place(Double(center.x), Double(center.y))
      let ink = Style(count > 0 ? 0 : 1).ink
      scene.add(.circle(place, radius: radius / (2 * reach) * Double(side), ink))
    }
    Legend(["mode with samples of high quality", "mode without"], from: 50, width: Double(side))
      .draw(in: &scene, top: Double(side) + 66, sign: .dot)
    return scene
  }
}
