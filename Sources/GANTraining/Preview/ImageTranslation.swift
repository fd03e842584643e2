import GANData
import GANKit
import Torch
import TorchNN

/// Translates single images of any size, or maps where they are changed.
public struct ImageTranslation {
  /// `[N, C, H, W] -> [N, C', H, W]`, both in [-1, 1], and the points of these images, if they are known.
  private let network: (Tensor, Tensor?) -> Tensor
  private let sideMultiple: Int
  private let channels: Int
  private let tile: Int
  private let device: Device

  /// A translation by a trained recipe.
  ///
  /// - Parameters:
  ///   - direction: one of the recipe's; `nil` takes the first.
  ///   - shape: what the recipe was trained on.
  ///   - tile: the longest side that is translated at once; larger images are put together from
  ///     overlapping tiles.
  /// - Throws: ``RunError`` for a direction or tile that the recipe cannot take.
  public init(
    by recipe: any TranslatingRecipe, _ direction: Direction?, shape: DataShape, tile: Int,
    on device: Device
  ) throws {
    let landmarked = recipe as? any LandmarkedRecipe
    try self.init(recipe, direction, shape, tile: tile, on: device) { images, points, direction in
      landmarked?.translate(images, direction, landmarks: points)
        ?? recipe.translate(images, direction)
    }
  }

  /// A translation in one style, `[1, D]`, whatever the image.
  ///
  /// - Throws: as for a translation.
  public init(
    by recipe: any StyledRecipe, _ direction: Direction?, style: Tensor, shape: DataShape,
    tile: Int, on device: Device
  ) throws {
    try self.init(recipe, direction, shape, tile: tile, on: device) { images, _, direction in
      recipe.translate(images, direction, style: style)
    }
  }

  /// Maps of where a trained recipe changes images: black where they keep what they are.
  ///
  /// - Throws: as for a translation.
  public init(
    attentionOf recipe: any AttendingRecipe, _ direction: Direction?, shape: DataShape, tile: Int,
    on device: Device
  ) throws {
    try self.init(recipe, direction, shape, tile: tile, on: device) { images, _, direction in
      recipe.attention(images, direction) * 2 - 1
    }
  }

  private init(
    _ recipe: any TranslatingRecipe, _ direction: Direction?, _ shape: DataShape, tile: Int,
    on device: Device, network: @escaping (Tensor, Tensor?, Direction) -> Tensor
  ) throws {
    let direction = try recipe.known(direction)
    let least = max(2 * recipe.sideMultiple, 32)
    try checkField("tile", tile, least...8192)
    self.network = { network($0, $1, direction) }
    (sideMultiple, self.device) = (recipe.sideMultiple, device)
    channels = direction == .ab ? shape.inputShape[0] : shape.channels
    // Points belong to whole images.
    self.tile = recipe is any LandmarkedRecipe ? .max : tile / sideMultiple * sideMultiple
  }

  /// The image's translation or map, of the same size.
  ///
  /// - Parameter landmarks: points of the image, for recipes that are told them.
  public func callAsFunction(
    _ image: DecodedImage, landmarks: [Landmark]? = nil
  ) -> DecodedImage {
    let pixels = Tensor(picture: image, channels: channels, on: device)
    let points = landmarks.map { shares(of: $0, in: image.size) }
    let output = evaluating { translated(pixels, points) }
    return DecodedImage(
      planar: output.imageBytes, width: image.width, height: image.height,
      channels: output.size(1))
  }

  /// `[1, K, 2]`, x and y as shares of width and height.
  private func shares(of landmarks: [Landmark], in size: ImageSize) -> Tensor {
    let shares = landmarks.flatMap {
      [Float($0.x / Double(size.width)), Float($0.y / Double(size.height))]
    }
    return Tensor(shares, shape: [1, landmarks.count, 2]).moved(to: device)
  }

  private func translated(_ image: Tensor, _ landmarks: Tensor?) -> Tensor {
    let (height, width) = (image.size(2), image.size(3))
    let (rows, columns) = (spans(height), spans(width))
    let tiles = rows.flatMap { row in columns.map { Tile(row: row, column: $0) } }
    if tiles.count == 1 { return whole(image, landmarks) }
    let statistics = surveyed(image, tiles)
    var sum: Tensor?
    var weights = Tensor.zeros([1, 1, height, width], on: device)
    for tile in tiles {
      let part = statistics.using { whole(tile.cut(from: image)) }
      let weight = weight(of: tile, in: image)
      let placed = tile.placed(part * weight, in: image)
      sum = sum.map { $0 + placed } ?? placed
      weights = weights + tile.placed(weight, in: image)
    }
    return (sum ?? image) / weights
  }

  /// What normalisations find in all tiles together: tiles normalised each for itself would differ
  /// where they overlap, however gently one is led over into the other. Doubles the time.
  private func surveyed(_ image: Tensor, _ tiles: [Tile]) -> PooledStatistics {
    let statistics = PooledStatistics()
    for (index, tile) in tiles.enumerated() where index == 0 || !statistics.isEmpty {
      _ = statistics.surveying { whole(tile.cut(from: image)) }
    }
    return statistics
  }

  /// An image that fits into one pass, with its border mirrored up to sides that the networks take.
  private func whole(_ image: Tensor, _ landmarks: Tensor? = nil) -> Tensor {
    let extended = image.extended(toMultiplesOf: sideMultiple)
    return network(extended.settled(.channelsLast), landmarks).cut(like: image)
  }

  private struct Span {
    let start: Int
    let length: Int
  }

  /// A part of an image.
  private struct Tile {
    let row: Span
    let column: Span

    func cut(from image: Tensor) -> Tensor {
      image.narrowed(2, from: row.start, length: row.length)
        .narrowed(3, from: column.start, length: column.length)
    }

    /// Zero around what belongs to the tile.
    func placed(_ part: Tensor, in image: Tensor) -> Tensor {
      part.padded(
        left: column.start, right: image.size(3) - column.start - column.length, top: row.start,
        bottom: image.size(2) - row.start - row.length)
    }
  }

  /// Overlapping parts of a side, each at most a tile long.
  private func spans(_ length: Int) -> [Span] {
    if length <= tile { return [Span(start: 0, length: length)] }
    let step = tile * 3 / 4
    let count = (length - tile + step - 1) / step + 1
    return (0..<count).map { index in
      Span(start: index * (length - tile) / (count - 1), length: tile)
    }
  }

  /// `[1, 1, H, W]`, falling towards the sides where another tile takes over.
  private func weight(of tile: Tile, in image: Tensor) -> Tensor {
    ramp(tile.row, in: image.size(2)).reshaped(to: [1, 1, tile.row.length, 1])
      * ramp(tile.column, in: image.size(3)).reshaped(to: [1, 1, 1, tile.column.length])
  }

  /// Weights that fall towards the ends where another tile takes over.
  private func ramp(_ span: Span, in length: Int) -> Tensor {
    let overlap = Double(tile) / 4
    let values = (0..<span.length).map { place -> Double in
      let before = span.start == 0 ? overlap : Double(place) + 0.5
      let after =
        span.start + span.length == length ? overlap : Double(span.length - place) - 0.5
      return min(1, min(before, after) / overlap)
    }
    return Tensor(values.map { Float($0) }).moved(to: device)
  }
}

extension TranslatingRecipe {
  /// A direction that the recipe has; `nil` is its usual one.
  ///
  /// - Throws: ``RunError`` for one that it has not.
  fileprivate func known(_ direction: Direction?) throws -> Direction {
    let direction = direction ?? directions[0]
    guard directions.contains(direction) else {
      throw RunError.field(
        "direction", found: direction.rawValue,
        expected: directions.map(\.rawValue).joined(separator: " or "))
    }
    return direction
  }
}

extension StyledRecipe {
  /// The style `[1, D]` of a picture of any size, in the channels of the images that a direction leads to. As with
  /// images that are translated, sides that the networks cannot take are mirrored up to the next that they can.
  ///
  /// - Throws: ``RunError`` for a direction that the recipe has not.
  public func style(
    of picture: DecodedImage, _ direction: Direction?, shape: DataShape, on device: Device
  ) throws -> Tensor {
    let direction = try known(direction)
    let channels = direction == .ab ? shape.channels : shape.inputShape[0]
    let pixels = Tensor(picture: picture, channels: channels, on: device)
    return style(
      of: pixels.extended(toMultiplesOf: sideMultiple).settled(.channelsLast), direction)
  }
}

extension Tensor {
  /// A picture as an image `[1, C, H, W]` in [-1, 1].
  fileprivate init(picture: DecodedImage, channels: Int, on device: Device) {
    let input = picture.converted(toChannels: channels)
    self.init(
      imageBytes: input.planarPixels, shape: [1, channels, picture.height, picture.width],
      on: device)
  }
}
