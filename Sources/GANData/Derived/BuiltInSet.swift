import Foundation

/// The sets that come with the package: handwritten digits and what is made of them.
public enum BuiltInSet: String, Sendable, CaseIterable {
  /// Handwritten digits, 28x28 grey: 60,000 to train on and 10,000 to test.
  case mnist
  /// Their outlines; as pairs, the outline and its digit.
  case edges
  /// Soft outlines, three pixels wide, for systems that have no pairs to learn from; as two domains, digits
  /// and these.
  case outlines
  /// Digits in blocks of 7x7 pixels; as pairs, the blocks and their digit.
  case pixelated
  /// Digits with a hole, a grey square of a quarter of the picture at a random place; as pairs, these and
  /// the whole digit.
  case masked
  /// Digits of 7x7 pixels, enlarged smoothly; as pairs, these and their digit.
  case lowResolution = "low-resolution"
  /// Bright textured digits on a dark texture, in colour; as two domains, plain digits and these.
  case textured
  /// MNIST-M (Ganin et al. 2016, section 5.1): the absolute difference of the digit and a patch, in
  /// colour; as source and target, MNIST and this.
  case mnistM = "mnist-m"
  /// White digits on a texture, in colour.
  case grounded
  /// Digits of a bright texture on such a ground; as two domains, ``grounded`` digits and these, so that
  /// nothing but the digits' look tells the domains apart.
  case painted
  /// Soft outlines of digits that move, six frames of 40x40 of each; as pairs, outlines and the same frames of
  /// the digits; as two domains, digits and outlines. See ``MovingDigits``.
  case moving
  /// Digits on planes turned about the vertical axis, with four landmarks each (`TurnedDigit`); as
  /// pairs, the turned digit and the digit.
  case turned

  /// Whether the pictures are made of the digits' rather than being them.
  public var isDerived: Bool { self != .mnist }

  /// The first of the two domains whose second it is.
  public var plainDomain: BuiltInSet { self == .painted ? .grounded : .mnist }

  /// Whether it is known where the digit is: not of outlines, which run beside it, nor of what hides it.
  var hasMasks: Bool { self == .mnist || hasTextures }

  /// Whether the pictures take textures, which may be cut out of photos.
  var hasTextures: Bool { [.textured, .mnistM, .grounded, .painted].contains(self) }

  static var names: String { words(of: allCases) }

  /// Those that hold pairs and two domains.
  static var derivedNames: String { words(of: allCases.filter(\.isDerived)) }

  private static func words(of sets: [BuiltInSet]) -> String {
    sets.map(\.rawValue).joined(separator: ", ")
  }

  /// Where the digits' files are.
  static var digitsPath: String { Bundle.module.bundleURL.appendingPathComponent("mnist").path }
}

/// A built-in set as a user names it: `mnist`, or with the place of the photos whose patches are to
/// take the place of made-up textures, `mnist-m@photos/`.
public struct BuiltInName: Sendable, Equatable {
  /// The set.
  public private(set) var kind: BuiltInSet
  /// Folder or archive of photos.
  public var photos: String?

  /// Nil for what is not the name of a built-in set.
  public init?(_ text: String) {
    let pieces = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = pieces.first, let set = BuiltInSet(rawValue: name.lowercased()) else {
      return nil
    }
    kind = set
    photos = pieces.count > 1 ? String(pieces[1]) : nil
  }

  /// The name as ``init(_:)`` reads it.
  public var text: String { kind.rawValue + (photos.map { "@\($0)" } ?? "") }

  /// The set's pictures.
  func open(_ split: Split) throws -> any ImageSource { try open(split, of: Self.digits) }

  /// The set's pictures, made of the digits of a split that `digits` gives.
  private func open(
    _ split: Split, of digits: (Split) throws -> any ImageSource
  ) throws -> any ImageSource {
    guard let picture = try picture() else { return try plain(split, of: digits) }
    return kind == .moving
      ? MovingDigits(try Self.movingDigits(split, of: digits), look: picture)
      : DerivedSource(try digits(split), making: picture)
  }

  /// All sets without photos, each with its pictures to train on and to test: the digits are read once.
  package static func all() throws -> [(
    set: BuiltInSet, train: any ImageSource, test: any ImageSource
  )] {
    let (train, test) = (try digits(.train), try digits(.test))
    return try BuiltInSet.allCases.map { set in
      let name = BuiltInName(set)
      return (
        set, try name.open(.train, of: { _ in train }), try name.open(.test, of: { _ in test })
      )
    }
  }

  private init(_ kind: BuiltInSet) { self.kind = kind }

  /// The digits as they are, where pictures made of them have their place.
  func plain(_ split: Split) throws -> any ImageSource { try plain(split, of: Self.digits) }

  private func plain(
    _ split: Split, of digits: (Split) throws -> any ImageSource
  ) throws -> any ImageSource {
    kind == .moving
      ? MovingDigits(try Self.movingDigits(split, of: digits), look: nil) : try digits(split)
  }

  /// The digits that move: more of them would add nothing but memory.
  private static func movingDigits(
    _ split: Split, of digits: (Split) throws -> any ImageSource
  ) throws -> any ImageSource {
    func first(_ count: Int, _ split: Split) throws -> any ImageSource {
      SubsetSource(try digits(split), Array(0..<count))
    }
    switch split {
    case .train: return try first(5000, .train)
    case .test: return try first(1000, .test)
    case .all: return JoinedSource([try first(5000, .train), try first(1000, .test)])
    }
  }

  /// The digits that the set is made of.
  static func digits(_ split: Split) throws -> any ImageSource {
    guard let files = try IDXFolder(BuiltInSet.digitsPath) else {
      throw DataError.noImages(path: BuiltInSet.digitsPath, detail: "the package is not whole")
    }
    return try files.open(split)
  }

  /// With the same textures, the first of the two domains whose second the set is.
  public var plainDomain: BuiltInName {
    var plain = self
    plain.kind = kind.plainDomain
    if !plain.kind.hasTextures { plain.photos = nil }
    return plain
  }

  private func picture() throws -> (any DigitPicture)? {
    if let photos, !kind.hasTextures {
      throw DataError.malformed(
        path: "\(kind.rawValue)@\(photos)",
        problem: "only textured, mnist-m, grounded and painted take photos")
    }
    switch kind {
    case .mnist: return nil
    case .edges: return DigitOutline()
    case .outlines, .moving: return SoftOutline()
    case .pixelated: return PixelatedDigit(block: 7)
    case .masked: return MaskedDigit()
    case .lowResolution: return ReducedDigit(factor: 4)
    case .textured: return TexturedDigit(textures: try textures())
    case .mnistM: return BlendedDigit(textures: try textures())
    case .grounded: return GroundedDigit(textures: try textures(), ink: .white)
    case .painted: return GroundedDigit(textures: try textures(), ink: .textured)
    case .turned: return TurnedDigit()
    }
  }

  private func textures() throws -> any TextureSource {
    guard let photos else { return WaveTextures() }
    return try PhotoPatches(DataSet.open(photos, split: .train), name: photos)
  }
}
