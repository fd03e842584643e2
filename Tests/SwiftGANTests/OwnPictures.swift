import Foundation
import GANData
import GANKit
import GANTraining
import TestSupport

/// Pictures as somebody may have them in a folder, in the form that a layout asks for: spots of all colours, of
/// a size that no system has by itself.
struct OwnPictures {
  let folder: URL
  let shape: DataShape
  let width, height: Int

  /// Writes `A/`, `B/`, folders of classes, frames, or profiles with their table, whatever the layout needs.
  init(for layout: DataLayout, _ shape: DataShape, size: (Int, Int), in folder: URL) throws {
    (self.folder, self.shape, (width, height)) = (folder, shape, size)
    let classes = max(shape.classes, 2)
    if layout.needs(.landmarks) || layout == .frontal {
      // A quarter of them is held out.
      try people(classes + classes / 3)
    } else if layout.relation == .independent, layout.needsLabels {
      try labelled("source", classes, shape.input.channels)
      try plain("target", shape.image.channels)
    } else if layout.hasTwoKinds {
      try plain("A", shape.input.channels)
      try plain("B", shape.image.channels)
    } else {
      try labelled("pictures", classes, shape.image.channels)
    }
  }

  /// What a run is given.
  var data: DataConfiguration {
    var data = DataConfiguration(source: folder.path)
    if names.contains("source") {
      data.source = folder.appendingPathComponent("source").path
      data.other = folder.appendingPathComponent("target").path
    } else if names.contains("pictures") {
      data.source = folder.appendingPathComponent("pictures").path
    }
    return data
  }

  private var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  private func labelled(_ name: String, _ classes: Int, _ channels: Int) throws {
    for index in 0..<max(4 * classes, 40) {
      let own = String(format: "%03d", index % classes)
      try write(picture(index, channels), "\(name)/kind \(own)/\(index).png")
    }
  }

  private func plain(_ name: String, _ channels: Int) throws {
    for index in 0..<40 {
      try write(picture(index + 12 * name.count, channels), "\(name)/\(index).png")
    }
  }

  private func people(_ count: Int) throws {
    let (w, h) = (Double(width), Double(height))
    let points = [0.3 * w, 0.4 * h, 0.6 * w, 0.4 * h, 0.5 * w, 0.5 * h, 0.5 * w, 0.7 * h]
    let pictures = try (0..<4 * count).map { index in
      try write(picture(index, shape.image.channels), "\(index).png")
      return PosedPicture(
        "\(index).png", person: index / 4, isFrontal: index % 4 == 0, points: points)
    }
    try writeTables(of: pictures, into: folder)
  }

  private func picture(_ index: Int, _ channels: Int) -> [UInt8] {
    let pixels = (0..<height * width * channels).map { place in
      UInt8(truncatingIfNeeded: (place / 3 + 7919 * index) &* 2_654_435_761 >> 13)
    }
    return DecodedImage(width: width, height: height, channels: channels, pixels: pixels).pngData()
  }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }
}
