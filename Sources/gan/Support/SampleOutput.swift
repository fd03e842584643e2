import Foundation
import GANData
import GANKit
import GANTraining
import Torch
import TorchNN
import SwiftGAN

/// Where samples go and in which form.
enum SampleOutput {
  /// One picture, in a file or on standard output.
  case png(String)
  /// Samples that become each other, with so many pictures from one to the next.
  case animation(AnimationFile, frames: Int)
  /// An array, with its labels beside it.
  case npy(String)
  /// An array and its labels in one archive, `arr_0` and `arr_1`.
  case npz(String)
  /// One numbered picture each.
  case folder(SampleFolder, FormerSamples)

  /// - Throws: `RunError` for a name of another kind, or a folder that must not be written to.
  init(_ path: String, _ former: FormerSamples, frames: Int) throws {
    if try PictureFile.isStandardOutput(path) {
      self = .png(path)
      return
    }
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if path.hasSuffix("/") || isFolder.boolValue {
      let folder = SampleFolder(path: path)
      try folder.check(former)
      self = .folder(folder, former)
    } else if path.lowercased().hasSuffix(".png") {
      self = .png(path)
    } else if AnimationFile.isNamed(by: path) {
      self = .animation(try AnimationFile(path, framesPerSecond: 12.5), frames: frames)
    } else if path.lowercased().hasSuffix(".npy") {
      self = .npy(path)
    } else if path.lowercased().hasSuffix(".npz") {
      self = .npz(path)
    } else {
      throw RunError.field(
        "output", found: "'\(path)'",
        expected: "FILE.png, FILE.webp, FILE.apng, FILE.mp4, FILE.npy, FILE.npz, FOLDER/ or -")
    }
  }

  /// Draws the samples and writes them.
  func write(_ samples: Samples, of run: GeneratingRun) throws {
    if run.drawsPoints { return try writePoints(samples, of: run) }
    func images() -> (pixels: [UInt8], shape: [Int]) { samples.images(of: run) }
    switch self {
    case .animation(let file, let frames):
      try file.write(AnimatedSamples(samples, of: run, frames: frames).pictures())
    case .png(let path):
      let sheet = images()
      let grid = SampleSheet.grid(
        pixels: sheet.pixels, shape: sheet.shape, columns: samples.columnCount(of: run))
      try PictureFile.write(grid.pngData(), to: path)
    case .npy(let path):
      let sheet = images()
      try AtomicFile.write(channelsLast(sheet.pixels, sheet.shape).encoded(), to: path)
      try SampleOutput.writeLabels(samples.classes, beside: path)
    case .npz(let path):
      let sheet = images()
      let array = channelsLast(sheet.pixels, sheet.shape)
      try AtomicFile.write(archive(array, samples.classes).encoded(), to: path)
    case .folder(let folder, let former):
      let sheet = images()
      try folder.prepare(former)
      try SampleOutput.writeFiles(
        sheet.pixels, sheet.shape, samples, classNames: run.classNames, to: folder.path)
    }
  }

  /// Labels of what an array of that name held before must not stay beside another one.
  private static func writeLabels(_ classes: [Int], beside path: String) throws {
    let place = PictureLabels.path(beside: path)
    guard !classes.isEmpty else {
      try? FileManager.default.removeItem(atPath: place)
      return
    }
    try AtomicFile.write(labels(classes).encoded(), to: place)
  }

  private static func writeFiles(
    _ pixels: [UInt8], _ shape: [Int], _ samples: Samples, classNames: [String], to folder: String
  ) throws {
    let (each, names) = (shape[1] * shape[2] * shape[3], samples.names)
    for index in 0..<shape[0] {
      let image = DecodedImage(
        planar: pixels[index * each..<(index + 1) * each], width: shape[3], height: shape[2],
        channels: shape[1])
      let number = names[index]
      let name =
        samples.classes.isEmpty
        ? number : "\(number)-\(fileNamePart(classNames[samples.classes[index]]))"
      let url = URL(fileURLWithPath: folder).appendingPathComponent("\(name).png")
      try AtomicFile.write(image.pngData(), to: url.path)
    }
  }

  private func writePoints(_ samples: Samples, of run: GeneratingRun) throws {
    let distribution = try run.points()
    let points = samples.scaledPoints(of: run)
    func array() -> NPYFile {
      NPYFile(
        distribution.unscaled(points.floats), shape: [points.size(0), distribution.dimension])
    }
    switch self {
    case .png(let path):
      try PictureFile.write(SampleSheet.points(points, of: distribution).pngData(), to: path)
    case .npy(let path): try AtomicFile.write(array().encoded(), to: path)
    case .npz(let path):
      try AtomicFile.write(archive(array(), samples.classes).encoded(), to: path)
    case .folder, .animation:
      throw RunError.unsupported(
        "the samples are points; --output takes FILE.png, FILE.npy or FILE.npz")
    }
  }
}

/// Samples and their classes, if any, under the names that readers of such archives expect.
private func archive(_ samples: NPYFile, _ classes: [Int]) -> NPZFile {
  NPZFile([("arr_0", samples)] + (classes.isEmpty ? [] : [("arr_1", labels(classes))]))
}

/// One class for each sample.
private func labels(_ classes: [Int]) -> NPYFile {
  NPYFile(classes.map { Int64($0) }, shape: [classes.count])
}

/// `[N, C, H, W]` as `[N, H, W, C]`.
private func channelsLast(_ pixels: [UInt8], _ shape: [Int]) -> NPYFile {
  let (count, channels, area) = (shape[0], shape[1], shape[2] * shape[3])
  let result = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, filled in
    for image in 0..<count {
      let start = image * channels * area
      for channel in 0..<channels {
        for i in 0..<area {
          buffer[start + i * channels + channel] = pixels[start + channel * area + i]
        }
      }
    }
    filled = pixels.count
  }
  return NPYFile(result, shape: [count, shape[2], shape[3], channels])
}
