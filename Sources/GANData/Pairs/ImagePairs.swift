/// Two sets of pictures, one for each kind: input and target, or domain A and B.
public struct TwoSources: Sendable {
  /// Inputs, domain A, or the source domain.
  public let a: any ImageSource
  /// Targets, domain B, or the target domain.
  public let b: any ImageSource

  /// Two sets.
  public init(a: any ImageSource, b: any ImageSource) { (self.a, self.b) = (a, b) }

  /// The sets exchanged.
  public var swapped: TwoSources { TwoSources(a: b, b: a) }
}

extension DataSet {
  /// Opens pairs: picture `i` of `a` belongs to picture `i` of `b`, and both have the same size.
  ///
  /// A built-in derived set gives the derived picture and its digit. A folder or archive holds two
  /// folders with equal file names (`A/` and `B/`, or any two names, which are taken in alphabetical
  /// order), or pictures that show both halves side by side, the left one being `a`.
  ///
  /// - Throws: `DataError` naming the file without a partner or of another size.
  public static func openPairs(_ nameOrPath: String, split: Split = .train) throws -> TwoSources {
    if let name = BuiltInName(nameOrPath) {
      guard name.kind.isDerived else {
        throw DataError.malformed(
          path: nameOrPath, problem: "holds no pairs; built in are edges, pixelated and textured")
      }
      return TwoSources(a: try name.open(split), b: try BuiltInName.digits(split))
    }
    let layout = try TwoSidedFiles(try files(at: nameOrPath), split: split)
    let pairs = try layout.sides.count > 1 ? folders(layout) : halves(layout)
    try checkSizes(pairs)
    return pairs
  }

  private static func folders(_ layout: TwoSidedFiles) throws -> TwoSources {
    guard layout.sides.count == 2 else {
      throw DataError.mismatch(
        path: layout.files.path, problem: "pairs need two folders", expected: "two",
        found: layout.sideNames)
    }
    let (a, b) = (layout.sides[0], layout.sides[1])
    let partners = Dictionary(b.members.map { ($0.key, $0.member) }) { first, _ in first }
    let known = Set(a.members.map(\.key))
    if let lonely = b.members.first(where: { !known.contains($0.key) }) {
      throw missing(partnerOf: lonely.member, in: a, layout)
    }
    let matched = try a.members.map { entry in
      guard let partner = partners[entry.key] else {
        throw missing(partnerOf: entry.member, in: b, layout)
      }
      return partner
    }
    return TwoSources(
      a: ImageFiles(layout.files, members: a.members.map(\.member)),
      b: ImageFiles(layout.files, members: matched))
  }

  private static func missing(
    partnerOf member: Int, in side: TwoSidedFiles.Side, _ layout: TwoSidedFiles
  ) -> DataError {
    .malformed(
      path: layout.files.name(ofMember: member),
      problem: "has no partner of the same name in \(side.name)/")
  }

  private static func halves(_ layout: TwoSidedFiles) throws -> TwoSources {
    let members = layout.loose + layout.sides.flatMap { $0.members.map(\.member) }
    guard !members.isEmpty else {
      throw DataError.noImages(path: layout.files.path, detail: "it holds no PNG or JPEG")
    }
    let files = ImageFiles(layout.files, members: members.sorted())
    return TwoSources(a: HalfSource(files, .left), b: HalfSource(files, .right))
  }

  private static func checkSizes(_ pairs: TwoSources) throws {
    try forEachBlock(of: pairs.a.count) { block in
      let problems = parallelMap(block) { index in
        Result { try sizeProblem(of: pairs, at: index) }
      }
      for problem in problems { if let error = try problem.get() { throw error } }
      return true
    }
  }

  private static func sizeProblem(of pairs: TwoSources, at index: Int) throws -> DataError? {
    let (a, b) = (try pairs.a.header(at: index), try pairs.b.header(at: index))
    guard a.width != b.width || a.height != b.height else { return nil }
    return .mismatch(
      path: pairs.b.name(at: index), problem: "not the size of \(pairs.a.name(at: index))",
      expected: "\(a.width)x\(a.height)", found: "\(b.width)x\(b.height)")
  }
}

/// One half of pictures that show two things side by side.
struct HalfSource: ImageSource {
  enum Half { case left, right }

  private let files: ImageFiles
  private let half: Half

  init(_ files: ImageFiles, _ half: Half) { (self.files, self.half) = (files, half) }

  var count: Int { files.count }
  var classNames: [String] { [] }
  var unused: UnusedFiles { files.unused }
  func label(at index: Int) -> Int? { nil }
  func name(at index: Int) -> String { files.name(at: index) }

  func header(at index: Int) throws -> ImageHeader {
    let whole = try files.header(at: index)
    guard whole.width == 2 * whole.height else {
      throw DataError.mismatch(
        path: name(at: index), problem: "not two squares side by side",
        expected: "\(2 * whole.height)x\(whole.height)", found: "\(whole.width)x\(whole.height)")
    }
    return ImageHeader(
      width: whole.height, height: whole.height, channels: whole.channels, mode: whole.mode)
  }

  func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    let header = try header(at: index)
    let part = try files.image(at: index).cropped(
      x: half == .left ? 0 : header.width, y: 0, width: header.width, height: header.height)
    return (part, header)
  }
}
