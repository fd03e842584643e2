/// Which axes of an array of images are which.
struct ArrayLayout: Equatable {
  let count: Int
  let height: Int
  let width: Int
  /// 1 (grey), 3 (RGB) or 4 (RGB and opacity).
  let channels: Int
  /// The axes of images, rows, columns and channels; nil for channels where there is no such axis.
  private let axes: (Int, Int, Int, Int?)

  /// `[N, H, W]`, `[N, H, W, C]` or `[N, C, H, W]` with 1, 3 or 4 channels; nil for other shapes. Where
  /// both of the last fit, the channels come last.
  init?(_ shape: [Int]) {
    guard shape.allSatisfy({ $0 > 0 }) else { return nil }
    let known = [1, 3, 4]
    switch shape.count {
    case 3: axes = (0, 1, 2, nil)
    case 4 where known.contains(shape[3]): axes = (0, 1, 2, 3)
    case 4 where known.contains(shape[1]): axes = (0, 2, 3, 1)
    default: return nil
    }
    (count, height, width) = (shape[0], shape[axes.1], shape[axes.2])
    channels = axes.3.map { shape[$0] } ?? 1
  }

  static let expected = "[N, H, W], [N, H, W, C] or [N, C, H, W] with 1, 3 or 4 channels"

  /// How far it is from image to image, row to row, column to column and channel to channel.
  func steps(_ strides: [Int]) -> (image: Int, row: Int, column: Int, channel: Int) {
    (strides[axes.0], strides[axes.1], strides[axes.2], axes.3.map { strides[$0] } ?? 0)
  }

  static func == (a: ArrayLayout, b: ArrayLayout) -> Bool {
    (a.count, a.height, a.width, a.channels) == (b.count, b.height, b.width, b.channels)
      && a.axes == b.axes
  }
}
