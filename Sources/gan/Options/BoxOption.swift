import ArgumentParser
import Foundation
import GANData
import GANTraining

extension PixelBox: ExpressibleByArgument {
  /// A box written as `x,y,w,h`.
  public init?(argument: String) { self.init(argument) }
}

extension PixelBox {
  /// Stops unless the box lies in pictures of a size and leaves something of them out.
  func check(_ option: String, width: Int, height: Int) throws {
    guard isInside(width: width, height: height), self.width * self.height < width * height else {
      throw RunError.field(
        option, found: "\(self)", expected: "a box inside of \(height)x\(width), smaller than it")
    }
  }
}

/// Stops unless a share of a map's maximum makes sense.
func checkShare(_ option: String, _ share: Double) throws {
  guard share >= 0, share < 1 else {
    throw RunError.field(option, found: "\(share)", expected: "a number from 0, below 1")
  }
}

/// Boxes by the number of their sample: lines of `sample,x,y,w,h`; lines that begin with # are
/// notes.
struct BoxList {
  let boxes: [UInt64: PixelBox]

  init(readingFrom path: String) throws {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw DataError.cannotRead(path: path, reason: "no such file, or no text")
    }
    var boxes: [UInt64: PixelBox] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = line.filter { !$0.isWhitespace }
      if line.isEmpty || line.hasPrefix("#") { continue }
      let parts = line.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let sample = UInt64(parts[0]), let box = PixelBox(parts[1]) else {
        throw DataError.malformed(
          path: path, problem: "line \(index + 1): expected sample,x,y,w,h, found '\(line)'")
      }
      boxes[sample] = box
    }
    guard !boxes.isEmpty else {
      throw DataError.malformed(path: path, problem: "expected lines of sample,x,y,w,h, found none")
    }
    self.boxes = boxes
  }
}
