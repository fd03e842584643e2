import Foundation
import GANAnalysis
import GANData
import GANTraining

/// Where a drawing goes and in which form.
struct DrawingFile {
  private let path: String

  /// Checks the name before any work is done.
  ///
  /// - Parameter other: Other forms that the option takes, for the message.
  init(_ path: String, field: String = "output", or other: String = "") throws {
    guard [".png", ".svg"].contains(where: path.lowercased().hasSuffix) else {
      throw RunError.field(field, found: "'\(path)'", expected: "\(other)FILE.png or FILE.svg")
    }
    self.path = path
  }

  func write(_ scene: Scene) throws {
    let isVector = path.lowercased().hasSuffix(".svg")
    try AtomicFile.write(isVector ? scene.svg() : scene.png(), to: path)
  }
}
