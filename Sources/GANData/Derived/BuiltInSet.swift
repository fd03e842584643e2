import Foundation

/// The sets that come with the package: handwritten digits and what is made of them.
public enum BuiltInSet: String, Sendable, CaseIterable {
  /// Handwritten digits, 28x28 grey: 60,000 to train on and 10,000 to test.
  case mnist
  /// Their outlines; as pairs, the outline and its digit.
  case edges
  /// Digits in blocks of 7x7 pixels; as pairs, the blocks and their digit.
  case pixelated
  /// Bright textured digits on a dark texture, in colour; as two domains, plain digits and these.
  case textured
  /// MNIST-M (Ganin et al. 2016, section 5.1): the absolute difference of the digit and a patch, in
  /// colour; as source and target, MNIST and this.
  case mnistM = "mnist-m"
  /// Digits on planes turned about the vertical axis, with four landmarks each (`TurnedDigit`); as
  /// pairs, the turned digit and the digit.
  case turned

  /// Whether the pictures are made of the digits' rather than being them.
  public var isDerived: Bool { self != .mnist }

  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// Where the digits' files are.
  static var digitsPath: String { Bundle.module.bundleURL.appendingPathComponent("mnist").path }
}

/// A built-in set as a user names it: `mnist`, or with the place of the photos whose patches are to
/// take the place of made-up textures, `mnist-m@photos/`.
public struct BuiltInName: Sendable, Equatable {
  /// The set.
  public let kind: BuiltInSet
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
  func open(_ split: Split) throws -> any ImageSource {
    guard let picture = try picture() else { return try Self.digits(split) }
    return DerivedSource(try Self.digits(split), making: picture)
  }

  /// The digits that the set is made of.
  static func digits(_ split: Split) throws -> any ImageSource {
    guard let files = try IDXFolder(BuiltInSet.digitsPath) else {
      throw DataError.noImages(path: BuiltInSet.digitsPath, detail: "the package is not whole")
    }
    return try files.open(split)
  }

  private func picture() throws -> (any DigitPicture)? {
    if let photos, kind != .textured, kind != .mnistM {
      throw DataError.malformed(
        path: "\(kind.rawValue)@\(photos)", problem: "only textured and mnist-m take photos")
    }
    switch kind {
    case .mnist: return nil
    case .edges: return DigitOutline()
    case .pixelated: return PixelatedDigit(block: 7)
    case .textured: return TexturedDigit(textures: try textures())
    case .mnistM: return BlendedDigit(textures: try textures())
    case .turned: return TurnedDigit()
    }
  }

  private func textures() throws -> any TextureSource {
    guard let photos else { return WaveTextures() }
    return try PhotoPatches(DataSet.open(photos, split: .train), name: photos)
  }
}
