import Torch

/// Which sets of images a system learns from, and how the images of one step belong together. It is
/// data: opening, options, refusals and documents follow from it.
public struct DataLayout: Sendable, Equatable {
  /// Whether a step sees the classes of a part's images.
  public enum Labels: Sendable {
    /// Never, whatever the data has.
    case hidden
    /// Always; data without classes is refused.
    case required
  }

  /// What belongs to each image of a part. Planes go with it through resizing, cutting and mirroring, points
  /// through resizing.
  public enum Attachment: String, Sendable {
    /// Where the object is that the part is about: `[N, 1, H, W]` in [0, 1], 1 where it is.
    case mask
    /// Left eye, right eye, nose and mouth: `[N, 4, 2]`, x and y as shares of width and height.
    case landmarks

    /// Planes of one image; 0 for points.
    public var channels: Int { self == .mask ? 1 : 0 }

    /// What a step is given, of planes in [-1, 1].
    public func values(of planes: Tensor) -> Tensor { planes * 0.5 + 0.5 }
  }

  /// One set of images.
  public struct Part: Sendable, Equatable {
    /// What the batch calls it.
    public let name: String
    /// Whether a step sees classes.
    public let labels: Labels
    /// How many successive frames of a sequence a step sees for each of its images; 1 for images that
    /// have nothing to do with each other.
    public let frames: Int
    /// What a step is given with each image.
    public let attached: [Attachment]

    /// A part of a layout.
    public init(
      _ name: String, labels: Labels = .hidden, frames: Int = 1, attached: [Attachment] = []
    ) {
      (self.name, self.labels, self.frames, self.attached) = (name, labels, frames, attached)
    }
  }

  /// How the parts belong together.
  public enum Relation: Sendable {
    /// There is one.
    case single
    /// Image i of one belongs to image i of the other.
    case aligned
    /// They have nothing to do with each other.
    case independent
    /// The first is a few images of the second.
    case subset
  }

  /// Whether both kinds of images are given the same channels, where the files of one have fewer.
  public enum Colours: Sendable {
    /// Each kind has those of its files.
    case own
    /// Both have those of the kind with more: one network sees both.
    case common
  }

  /// The parts, in the order in which a batch takes them.
  public let parts: [Part]
  /// How they belong together.
  public let relation: Relation
  /// What channels two kinds of images have.
  public let colours: Colours
  /// In words.
  public let description: String
  /// The built-in set that suits, so that every system trains with no download.
  public let defaultSet: String

  /// A layout.
  public init(
    _ parts: [Part], _ relation: Relation, colours: Colours = .own, description: String,
    defaultSet: String = "mnist"
  ) {
    (self.parts, self.relation, self.colours) = (parts, relation, colours)
    (self.description, self.defaultSet) = (description, defaultSet)
  }

  /// Whether (some) images must have classes.
  public var needsLabels: Bool { parts.contains { $0.labels == .required } }

  /// Whether images must have something attached.
  public func needs(_ attachment: Attachment) -> Bool {
    parts.contains { $0.attached.contains(attachment) }
  }

  /// Whether the parts are two kinds of images, of channels and a look of their own.
  public var hasTwoKinds: Bool { relation == .aligned || relation == .independent }
}

extension DataLayout {
  /// Images alone.
  public static let images = DataLayout([Part("images")], .single, description: "images")
  /// Images with their classes.
  public static let labeled = DataLayout(
    [Part("images", labels: .required)], .single, description: "labelled images")
  /// A few images with their classes and many without.
  public static let partlyLabeled = DataLayout(
    [Part("labeled", labels: .required), Part("images")], .subset,
    description: "images, some labelled")
  /// An input and the target that belongs to it.
  public static let paired = DataLayout(
    [Part("input"), Part("target")], .aligned, description: "pairs of images",
    defaultSet: "edges")
  /// A turned image and the frontal one that belongs to it, of the same identity.
  public static let frontal = DataLayout(
    [Part("input", labels: .required), Part("target")], .aligned,
    description: "turned and frontal images of people", defaultSet: "turned")
  /// The same with points of the turned image.
  public static let landmarkedFrontal = DataLayout(
    [Part("input", labels: .required, attached: [.landmarks]), Part("target")], .aligned,
    description: "turned and frontal images of people with landmarks", defaultSet: "turned")
  /// Images of two domains, A and B.
  public static let unpaired = DataLayout(
    [Part("a"), Part("b")], .independent, description: "two domains", defaultSet: "textured")
  /// Three successive frames of each of two domains, A and B.
  public static let sequences = DataLayout(
    [Part("a", frames: 3), Part("b", frames: 3)], .independent,
    description: "frames of two domains", defaultSet: "moving")
  /// Images of two domains that one network sees, in the same colours.
  public static let union = DataLayout(
    [Part("a"), Part("b")], .independent, colours: .common, description: "two domains",
    defaultSet: "textured")
  /// Images of two domains that differ in the look of an object.
  public static let objects = DataLayout(
    [Part("a"), Part("b")], .independent, colours: .common, description: "two domains",
    defaultSet: "painted")
  /// The same with masks that say where the object is.
  public static let maskedObjects = DataLayout(
    [Part("a", attached: [.mask]), Part("b", attached: [.mask])], .independent, colours: .common,
    description: "two domains with masks", defaultSet: "painted")
  /// Images of a source domain with their classes and images of a target domain without.
  public static let adaptation = DataLayout(
    [Part("source", labels: .required), Part("target")], .independent, colours: .common,
    description: "labelled source, target", defaultSet: "mnist-m")
}
