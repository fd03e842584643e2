import ArgumentParser
import GANData

/// Decodes and prepares all images of a folder as training does that does not keep them, and says how many there
/// were a second.
struct Decoding: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "decode")

  @Argument var folder: String
  @Option var size = 128
  @Option var batchSize = 64

  func run() throws {
    let side = ImageSize(height: size, width: size)
    let images = try StreamingImages(DataSet.open(folder), size: side, channels: 3, fit: .crop)
    let start = ContinuousClock.now
    for first in stride(from: 0, to: images.count, by: batchSize) {
      let indices = Array(first..<min(first + batchSize, images.count))
      _ = try images.batch(indices, crop: nil, draws: [])
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print("{\"images\": \(images.count), \"seconds\": \(seconds)}")
  }
}
