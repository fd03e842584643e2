import Foundation
import GANData
import GANKit
import GANTraining
import GANZoo
import Testing

@testable import SwiftGAN

@Suite("Runs and the sets they are used on")
struct SetTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "swiftgan-sets-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try body(path)
  }

  /// An IDX file of bytes.
  private func idx(_ dimensions: [UInt8], _ values: [UInt8]) -> Data {
    var bytes: [UInt8] = [0, 0, 8, UInt8(dimensions.count)]
    for dimension in dimensions { bytes += [0, 0, 0, dimension] }
    return Data(bytes + values)
  }

  /// Twelve grey images of 10x10 with labels 1 and 2.
  private func makeIDX(in folder: String) throws -> String {
    let pixels = (0..<1200).map { index -> UInt8 in
      let shade = index / 100 % 2 == 0 ? 0 : 90
      return UInt8((index * 7 + shade) % 251)
    }
    let path = folder + "/train-images-idx3-ubyte"
    try idx([12, 10, 10], pixels).write(to: URL(fileURLWithPath: path))
    try idx([12], (0..<12).map { UInt8(1 + $0 % 2) })
      .write(to: URL(fileURLWithPath: folder + "/train-labels-idx1-ubyte"))
    return path
  }

  private func classifier(
    _ path: String, in run: String, _ change: (inout DataConfiguration) -> Void = { _ in }
  ) throws -> Run {
    var data = DataConfiguration.at(path, size: 32)
    change(&data)
    return try Classifier.train(
      .with { ($0.architecture, $0.width) = (.residual, 4) }, on: data, for: .steps(2), in: run
    ) { ($0.batchSize, $0.threads) = (4, 1) }
  }

  @Test(
    "a picture is classified as it is in training, whatever the set", arguments: ImageFit.allCases)
  func fit(fit: ImageFit) throws {
    try withFolder { folder in
      let path = try makeIDX(in: folder)
      let run = try classifier(path, in: folder + "/run") { if fit != .pad { $0.fit = fit } }
      // Digits are kept whole where nothing else is asked for.
      #expect(run.configuration.data.fit == fit && run.classNames == ["1", "2"])
      let source = try DataSet.open(path)
      let prepared = ImagePreparation(size: 32, channels: 1, fit: fit)
        .prepared(try source.image(at: 3))
      #expect(try run.classify(source.image(at: 3)) == run.classify(prepared))
    }
  }

  @Test("classes are drawn as often as the reference has them, and in turn where equally often")
  func turns() {
    #expect(ClassTurns.labels(7, shares: [1, 1, 1]) == [0, 1, 2, 0, 1, 2, 0])
    let labels = ClassTurns.labels(40, shares: [36, 0, 4])
    #expect(labels.count { $0 == 2 } == 4 && !labels.contains(1))
    #expect(ClassTurns.labels(11, shares: [36, 0, 4]) == Array(labels.prefix(11)))
  }

  @Test("the classifier of an adaptation is judged on the domain it was adapted to")
  func target() {
    var data = DataConfiguration(source: "photos")
    data.other = "drawings"
    #expect(data.target == "drawings")
    data.direction = .ba
    #expect(data.target == "photos")
    data = DataConfiguration(source: "mnist-m")
    #expect(data.target == "mnist-m")
    data.direction = .ba
    #expect(data.target == "mnist")
    data.source = "painted"
    #expect(data.target == "grounded")
  }

  @Test("a run that balances its classes keeps that, and its batches are balanced")
  func balance() throws {
    try withFolder { folder in
      let path = try makeIDX(in: folder)
      try idx([12], (0..<12).map { UInt8($0 < 10 ? 1 : 2) })
        .write(to: URL(fileURLWithPath: folder + "/train-labels-idx1-ubyte"))
      var data = DataConfiguration.at(path)
      data.sampling = .balanced
      let feed = try DataFeed(data, layout: .labeled, batchSize: 4, seed: 3)
      #expect(feed.described.classCounts == [10, 2])
      for step in 0..<5 {
        #expect(try feed.parts(at: step)[0].labels?.integers.sorted() == [0, 0, 1, 1])
      }
      let run = try classifier(path, in: folder + "/run") { $0.sampling = .balanced }
      #expect(try RunDirectory(run.path).configuration().data.sampling == .balanced)
      data.source = "ring"
      #expect(throws: RunError.self) { try DataFeed(data, batchSize: 4, seed: 3) }
    }
  }

  @Test("the start says which domains and how images were made to fit")
  func kinds() throws {
    try withFolder { folder in
      let wide = DecodedImage(
        width: 48, height: 32, channels: 1, pixels: (0..<1536).map { UInt8($0 % 251) })
      for (name, count) in [("cats", 3), ("dogs", 2)] {
        let place = "\(folder)/set/\(name)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        for index in 0..<count {
          try Data(wide.pngData()).write(to: URL(fileURLWithPath: "\(place)/\(index).png"))
        }
      }
      var data = DataConfiguration.at(folder + "/set", size: 32)
      data.direction = .ba
      let feed = try DataFeed(data, layout: .unpaired, batchSize: 1, seed: 1)
      #expect(feed.kinds.map(\.name) == ["B dogs", "A cats"])
      #expect(feed.kinds.map(\.count) == [2, 3])
      #expect(feed.changedProportions == .crop && feed.described.fit == .crop)
      data.fit = .stretch
      #expect(
        try DataFeed(data, layout: .unpaired, batchSize: 1, seed: 1).changedProportions == .stretch)
    }
  }
}
