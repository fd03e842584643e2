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

  /// One set of images.
  public struct Part: Sendable, Equatable {
    /// What the batch calls it.
    public let name: String
    /// Whether a step sees classes.
    public let labels: Labels
    /// Whether a step sees points of each image, such as eyes and mouth.
    public let landmarks: Labels

    /// A part of a layout.
    public init(_ name: String, labels: Labels = .hidden, landmarks: Labels = .hidden) {
      (self.name, self.labels, self.landmarks) = (name, labels, landmarks)
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

  /// The parts, in the order in which a batch takes them.
  public let parts: [Part]
  /// How they belong together.
  public let relation: Relation
  /// In words.
  public let description: String
  /// The built-in set that suits, so that every system trains with no download.
  public let defaultSet: String

  /// A layout.
  public init(
    _ parts: [Part], _ relation: Relation, description: String, defaultSet: String = "mnist"
  ) {
    (self.parts, self.relation) = (parts, relation)
    (self.description, self.defaultSet) = (description, defaultSet)
  }

  /// Whether (some) images must have classes.
  public var needsLabels: Bool { parts.contains { $0.labels == .required } }

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
  public static func frontal(landmarks: Labels) -> DataLayout {
    DataLayout(
      [Part("input", labels: .required, landmarks: landmarks), Part("target")], .aligned,
      description: "pairs of turned and frontal images with identities"
        + (landmarks == .required ? " and landmarks" : ""), defaultSet: "turned")
  }
  /// Images of two domains, A and B.
  public static let unpaired = DataLayout(
    [Part("a"), Part("b")], .independent, description: "two domains", defaultSet: "textured")
  /// Images of a source domain with their classes and images of a target domain without.
  public static let adaptation = DataLayout(
    [Part("source", labels: .required), Part("target")], .independent,
    description: "labelled source, target", defaultSet: "mnist-m")
}
