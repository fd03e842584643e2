import GANData
import GANTraining
import Torch

/// Rows of equally large pictures with a caption beside each row and under each picture.
public struct PictureRows {
  /// One row.
  public struct Row {
    /// Said to the left of the row.
    public var caption: String
    /// The pictures from left to right.
    public var pictures: [DecodedImage]
    /// Said below each picture; may be shorter than the row.
    public var notes: [String]

    /// A row.
    public init(_ caption: String, _ pictures: [DecodedImage], notes: [String] = []) {
      (self.caption, self.pictures, self.notes) = (caption, pictures, notes)
    }
  }

  private let rows: [Row]
  private let title: String

  /// Rows below a title.
  public init(title: String = "", _ rows: [Row]) { (self.title, self.rows) = (title, rows) }

  /// The rows, small pictures enlarged by a whole number to at least about 64 pixels.
  public func scene() -> Scene {
    let pictures = rows.flatMap(\.pictures)
    let side = pictures.map { max($0.width, $0.height) }.max() ?? 1
    let scale = max(1, (64 + side - 1) / side)
    let cell = side * scale + 6
    let left = 16 + (rows.map { Typeface.width(of: $0.caption, size: 8) }.max() ?? 0) + 8
    let most = rows.map(\.pictures.count).max() ?? 0
    let heights = rows.map { cell + ($0.notes.isEmpty ? 0 : 16) }
    let head = title.isEmpty ? 10 : 34
    let across = max(left + Double(most * cell), 32 + Typeface.width(of: title, size: 9))
    var scene = Scene(width: Int(across) + 10, height: heights.reduce(head, +) + 10)
    scene.write(title, at: Place(16, 22), size: 9)
    var top = Double(head)
    for (row, height) in zip(rows, heights) {
      scene.write(row.caption, at: Place(16, top + Double(side * scale) / 2 + 4))
      for (index, picture) in row.pictures.enumerated() {
        let x = left + Double(index * cell)
        scene.add(.picture(picture, Place(x, top), scale: scale))
        guard index < row.notes.count else { continue }
        let middle = x + Double(side * scale) / 2
        let note = Typeface.shortened(row.notes[index], to: Double(cell) - 2, size: 6.5)
        scene.write(note, at: Place(middle, top + Double(cell) + 6), size: 6.5, .middle)
      }
      top += Double(height)
    }
    return scene
  }
}

extension DecodedImage {
  /// Pictures of one size as `[N, C, H, W]` in [-1, 1].
  public static func tensor(_ images: [DecodedImage]) -> Tensor {
    .concatenated(
      images.map { image in
        Tensor(
          imageBytes: image.planarPixels,
          shape: [1, image.channels, image.height, image.width])
      })
  }

  /// The pictures of `images` `[N, C, H, W]` in [-1, 1].
  static func pictures(_ images: Tensor) -> [DecodedImage] {
    let shape = images.shape
    let each = shape[1] * shape[2] * shape[3]
    let bytes = (images.cast(to: .float32).contiguous() * 127.5 + 127.5).clamped(to: 0...255)
      .rounded().cast(to: .uint8).bytes
    return stride(from: 0, to: bytes.count, by: each).map {
      DecodedImage(
        planar: bytes[$0..<$0 + each], width: shape[3], height: shape[2], channels: shape[1])
    }
  }
}
