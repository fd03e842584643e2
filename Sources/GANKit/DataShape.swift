/// What a data set looks like to a recipe.
public struct DataShape: Codable, Sendable, Equatable {
  /// Colour channels: 1 or 3 (or the dimension of points).
  public var channels: Int
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int
  /// How many classes the labels name; 0 without labels.
  public var classes: Int
  /// Colour channels of the other images of the same size, where there are two kinds: the input of
  /// a pair, domain A or the source of an adaptation.
  public var inputChannels: Int?

  /// A data set's facts.
  public init(
    channels: Int, height: Int, width: Int, classes: Int = 0, inputChannels: Int? = nil
  ) {
    (self.channels, self.height, self.width) = (channels, height, width)
    (self.classes, self.inputChannels) = (classes, inputChannels)
  }

  /// `[C, H, W]`.
  public var imageShape: [Int] { [channels, height, width] }

  /// `[C, H, W]` of the input of a pair, domain A or the source; else that of the images.
  public var inputShape: [Int] { [inputChannels ?? channels, height, width] }

  /// Numbers in one image.
  public var elementCount: Int { channels * height * width }
}
