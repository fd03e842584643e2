/// What the images of one part of a layout look like.
public struct ImageShape: Codable, Sendable, Equatable {
  /// Colour channels: 1 or 3 (or the dimension of points).
  public var channels: Int
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// A shape.
  public init(channels: Int, height: Int, width: Int) {
    (self.channels, self.height, self.width) = (channels, height, width)
  }

  /// `[C, H, W]`.
  public var dimensions: [Int] { [channels, height, width] }
}

/// What a data set looks like to a recipe.
public struct DataShape: Codable, Sendable, Equatable {
  /// One for each part of the layout, in its order.
  public var parts: [ImageShape]
  /// How many classes the labels name; 0 without labels.
  public var classes: Int

  /// The facts of several sets.
  ///
  /// - Precondition: there is at least one part.
  public init(parts: [ImageShape], classes: Int = 0) {
    precondition(!parts.isEmpty, "a data set has a part")
    (self.parts, self.classes) = (parts, classes)
  }

  /// The facts of one set, or of two of equal sides.
  ///
  /// - Parameter inputChannels: those of the first of two parts.
  public init(
    channels: Int, height: Int, width: Int, classes: Int = 0, inputChannels: Int? = nil
  ) {
    let own = ImageShape(channels: channels, height: height, width: width)
    let input = inputChannels.map { ImageShape(channels: $0, height: height, width: width) }
    self.init(parts: [input, own].compactMap { $0 }, classes: classes)
  }

  /// What a system draws or translates to: the last part.
  public var image: ImageShape { parts[parts.count - 1] }
  /// The images of a part of the layout, of which several may be of one kind.
  public func image(of part: Int) -> ImageShape { parts[min(part, parts.count - 1)] }
  /// What it translates from: the first part.
  public var input: ImageShape { parts[0] }

  /// Colour channels of ``image``.
  public var channels: Int { image.channels }
  /// Rows of ``image``.
  public var height: Int { image.height }
  /// Columns of ``image``.
  public var width: Int { image.width }
  /// `[C, H, W]` of ``image``.
  public var imageShape: [Int] { image.dimensions }
  /// `[C, H, W]` of ``input``.
  public var inputShape: [Int] { input.dimensions }
  /// Numbers in one ``image``.
  public var elementCount: Int { imageShape.reduce(1, *) }
  /// Whether these are points of the plane or of a line, not images.
  public var arePoints: Bool { height == 1 && width == 1 && channels < 3 }
}
