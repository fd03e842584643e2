import Foundation
import GANData
import GANKit
import GANTraining
import Torch
import TorchNN
import SwiftGAN

/// Where samples go and in which form.
enum SampleOutput {
  /// One picture.
  case png(String)
  /// An array, with its labels beside it.
  case npy(String)
  /// One numbered picture each.
  case folder(String)

  init(_ path: String) throws {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if path.hasSuffix("/") || isFolder.boolValue {
      self = .folder(path)
    } else if path.lowercased().hasSuffix(".png") {
      self = .png(path)
    } else if path.lowercased().hasSuffix(".npy") {
      self = .npy(path)
    } else {
      throw RunError.field(
        "output", found: "'\(path)'", expected: "FILE.png, FILE.npy or FOLDER/")
    }
  }

  /// Draws the samples and writes them.
  func write(_ samples: Samples, of run: GeneratingRun) throws {
    if run.drawsPoints { return try writePoints(samples, of: run) }
    let sheet = SampleSheet.bytes(
      of: run.generator, latent: samples.latent, labels: samples.labels(on: run.device))
    switch self {
    case .png(let path):
      let columns =
        samples.columns
        ?? pictureColumns(count: sheet.shape[0], classes: run.generator.classCount)
      let grid = SampleSheet.grid(pixels: sheet.pixels, shape: sheet.shape, columns: columns)
      try AtomicFile.write(grid.pngData(), to: path)
    case .npy(let path):
      try AtomicFile.write(channelsLast(sheet.pixels, sheet.shape).encoded(), to: path)
      try SampleOutput.writeLabels(samples.classes, beside: path)
    case .folder(let path):
      try SampleOutput.writeFiles(
        sheet.pixels, sheet.shape, samples.classes.map { fileNamePart(run.classNames[$0]) },
        to: path)
    }
  }

  private static func writeLabels(_ classes: [Int], beside path: String) throws {
    guard !classes.isEmpty else { return }
    let labels = NPYFile(classes.map { Int64($0) }, shape: [classes.count])
    try AtomicFile.write(labels.encoded(), to: PictureLabels.path(beside: path))
  }

  private static func writeFiles(
    _ pixels: [UInt8], _ shape: [Int], _ classes: [String], to folder: String
  ) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandError("\(folder): cannot be made: \(String(cString: strerror(errno)))")
    }
    let each = shape[1] * shape[2] * shape[3]
    for index in 0..<shape[0] {
      let image = DecodedImage(
        planar: pixels[index * each..<(index + 1) * each], width: shape[3], height: shape[2],
        channels: shape[1])
      let number = String(format: "%06d", index)
      let name = classes.isEmpty ? number : "\(number)-\(classes[index])"
      let url = URL(fileURLWithPath: folder).appendingPathComponent("\(name).png")
      try AtomicFile.write(image.pngData(), to: url.path)
    }
  }

  private func writePoints(_ samples: Samples, of run: GeneratingRun) throws {
    let points = evaluating {
      run.generator.generate(samples.latent, labels: samples.labels(on: run.device))
    }
    switch self {
    case .png(let path):
      try AtomicFile.write(SampleSheet.density(points).pngData(), to: path)
    case .npy(let path):
      let values = (points / DataFeed.pointScale).floats
      try AtomicFile.write(NPYFile(values, shape: [points.size(0), 2]).encoded(), to: path)
    case .folder(let path):
      throw RunError.field(
        "output", found: "'\(path)'", expected: "FILE.png or FILE.npy, for the samples are points"
      )
    }
  }
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
