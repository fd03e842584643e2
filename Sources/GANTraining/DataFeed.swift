import GANData
import GANKit
import Torch

/// What a system learns from: for each step a minibatch of every set of images it needs, which
/// follows from the seed and the step's number alone.
public final class DataFeed {
  /// What the images look like.
  public let shape: DataShape
  /// How many there are in the largest set.
  public let count: Int
  /// The classes' names in label order; empty without labels.
  public let classNames: [String]
  /// Broken files that were left out.
  public let skipped: [BrokenImage]
  /// Images that are in none of the classes or domains that attributes make.
  public let leftOutCount: Int

  private let kind: DataKind
  private let streams: [ImageStream]
  private let batchSize: Int

  /// Opens and prepares the data.
  ///
  /// - Parameters:
  ///   - kind: which sets to open.
  ///   - size: the side of the images; `nil` takes what `fitting` makes of the data's own.
  /// - Throws: `DataError` naming the file, or saying how many images there are and how many a
  ///   batch needs.
  public init(
    _ configuration: DataConfiguration, kind: DataKind = .images, size: Int?,
    fitting: (Int) -> Int = { $0 }, batchSize: Int, seed: UInt64, on device: Device = .cpu
  ) throws {
    (self.kind, self.batchSize) = (kind, batchSize)
    if let toy = ToyDistribution(rawValue: configuration.source) {
      try DataFeed.checkPoints(configuration, kind)
      let points = DataFeed.points(toy, count: max(DataFeed.pointCount, batchSize), seed: seed)
      streams = [try ImageStream(points: points, batchSize: batchSize, seed: seed, on: device)]
    } else {
      streams = try DataFeed.streams(
        configuration, kind, size: size, fitting: fitting, batchSize: batchSize, seed: seed,
        on: device)
    }
    (count, skipped) = (streams.map(\.count).max() ?? 0, streams.flatMap(\.skipped))
    leftOutCount = streams.map(\.leftOutCount).max() ?? 0
    classNames = streams[0].classNames
    shape = DataFeed.shape(of: streams, kind)
  }

  /// Whole minibatches in one pass over the largest set.
  public var stepsPerEpoch: Int { Self.stepsPerEpoch(count: count, batchSize: batchSize) }

  /// Whole minibatches in one pass over so many images, at least one.
  public static func stepsPerEpoch(count: Int, batchSize: Int) -> Int { max(count / batchSize, 1) }

  /// The minibatches of a step, counted from 0, one for each set. Labels are there only for the
  /// sets whose labels the kind of data lets a step see.
  public func parts(at step: Int) throws -> [BatchPart] {
    try streams.enumerated().map { index, stream in
      let part = try stream.batch(at: step)
      return index == 0 && kind != .unpaired && kind != .paired
        ? part : BatchPart(images: part.images)
    }
  }

  private static func shape(of streams: [ImageStream], _ kind: DataKind) -> DataShape {
    let images = streams[streams.count - 1].imageShape
    var shape = DataShape(
      channels: images[0], height: images[1], width: images[2],
      classes: kind == .paired || kind == .unpaired ? 0 : streams[0].classNames.count)
    if kind.partCount == 2, kind != .partlyLabeled {
      shape.inputChannels = streams[0].imageShape[0]
    }
    return shape
  }
}

// MARK: - Points

extension DataFeed {
  /// How many points are drawn from a toy distribution.
  public static let pointCount = 100_000
  /// By how much points are scaled for training: networks see and draw the half.
  public static let pointScale = 0.5

  /// Points scaled, which brings the built-in distributions into [-1, 1].
  private static func points(_ toy: ToyDistribution, count: Int, seed: UInt64) -> Tensor {
    Tensor(toy.points(count: count, seed: seed), shape: [count, 2, 1, 1]) * pointScale
  }

  private static func checkPoints(_ data: DataConfiguration, _ kind: DataKind) throws {
    guard kind == .images else {
      throw RunError.option(
        "--data", found: "'\(data.source)'", expected: "\(kind.description), not points")
    }
    for (option, value) in [
      ("--size", data.size.map { "\($0)" }), ("--channels", data.channels.map { "\($0)" }),
      ("--crop", data.crop.map { "\($0)" }), ("--flip", data.flip ? "it" : nil),
      ("--attribute", data.attributes?.joined(separator: ",")),
    ] {
      guard let value else { continue }
      throw RunError.option(
        option, found: value, expected: "none, for '\(data.source)' has points, not images")
    }
  }
}
