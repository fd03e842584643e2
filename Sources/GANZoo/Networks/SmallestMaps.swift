import GANKit

/// The maps that images are enlarged from, and end in, where both sides are halved as often as the
/// shorter one comes down to 4: 4x4 for squares.
struct SmallestMaps {
  /// How often the sides are halved.
  let halvings: Int
  /// Rows.
  let height: Int
  /// Columns.
  let width: Int

  /// Those of images that a system's needs allow, see `DataNeeds.halvings(from:)`.
  init(of data: DataShape) {
    halvings = doublings(from: 4, to: min(data.height, data.width))
    (height, width) = (data.height >> halvings, data.width >> halvings)
  }

  /// Places of one map.
  var area: Int { height * width }
}

/// How many doublings lead from one size to another.
func doublings(from start: Int, to end: Int) -> Int {
  var (size, count) = (start, 0)
  while size < end { (size, count) = (size * 2, count + 1) }
  return count
}
