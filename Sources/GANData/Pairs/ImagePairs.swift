/// Two sets of pictures, one for each kind: input and target, or domain A and B.
public struct TwoSources: Sendable {
  /// Inputs, domain A, or the source domain.
  public let a: any ImageSource
  /// Targets, domain B, or the target domain.
  public let b: any ImageSource
  /// What each is called, such as the names of two folders.
  public let names: (a: String, b: String)

  /// Two sets.
  public init(a: any ImageSource, b: any ImageSource, names: (a: String, b: String) = ("A", "B")) {
    (self.a, self.b, self.names) = (a, b, names)
  }

  /// Both sets decoded otherwise.
  public func decoding(_ options: DecodingOptions) -> TwoSources {
    TwoSources(a: a.decoding(options), b: b.decoding(options), names: names)
  }

  /// The sets exchanged.
  public var swapped: TwoSources { TwoSources(a: b, b: a, names: (names.b, names.a)) }
}

extension DataSet {
  /// Opens pairs: picture `i` of `a` belongs to picture `i` of `b`, and both have the same size.
  ///
  /// A built-in derived set gives the derived picture and its digit. With a table of poses, `poses.csv`,
  /// turned pictures belong to frontal ones of the same person (`PoseTable`). Else a folder or archive holds two
  /// folders with equal file names (`A/` and `B/`, or any two names, which are taken in alphabetical
  /// order), two files of each pair in one folder (`0_A.png` and `0_B.png`, or `0.jpg` and `0.png`), or
  /// pictures that show both halves side by side, the left one being `a`. Pictures without a partner
  /// are left out.
  ///
  /// - Throws: `DataError` naming a file of another size than its partner, two files that may both be
  ///   one's partner, and the first without any where that goes for most of them.
  public static func openPairs(
    _ nameOrPath: String, split: Split = .train,
    decoding options: DecodingOptions = DecodingOptions()
  ) throws -> TwoSources {
    if let name = BuiltInName(nameOrPath) {
      guard name.kind.isDerived else {
        throw DataError.malformed(
          path: nameOrPath, problem: "holds no pairs; built in are \(BuiltInSet.derivedNames)")
      }
      return TwoSources(
        a: try name.open(split), b: try name.plain(split), names: (name.text, "digits"))
    }
    let files = try files(at: nameOrPath)
    let pairs = try (posed(files, split) ?? sided(files, split)).decoding(options)
    try checkSizes(pairs)
    return pairs
  }

  private static func posed(_ files: any FileSet, _ split: Split) throws -> TwoSources? {
    try PoseTable(of: files).map { try $0.pairs(in: files, split) }
  }

  private static func sided(_ files: any FileSet, _ split: Split) throws -> TwoSources {
    let layout = try TwoSidedFiles(files, split: split)
    return try layout.sides.count > 1 ? folders(layout) : halves(layout)
  }

  private static func folders(_ layout: TwoSidedFiles) throws -> TwoSources {
    guard layout.sides.count == 2 else {
      throw DataError.mismatch(
        path: layout.files.path, problem: "pairs need two folders", expected: "two",
        found: layout.sideNames)
    }
    let (a, b) = (layout.sides[0], layout.sides[1])
    let (own, partners) = (try members(of: a, layout), try members(of: b, layout))
    let matched = a.members.filter { partners[$0.key] != nil }
    let lonely =
      (a.members.filter { partners[$0.key] == nil } + b.members.filter { own[$0.key] == nil })
      .map(\.member).sorted()
    if let first = lonely.first, lonely.count > 2 * matched.count {
      let side = a.members.contains { $0.member == first } ? b : a
      throw DataError.malformed(
        path: layout.files.name(ofMember: first),
        problem: "has no partner of the same name in \(side.name), as \(lonely.count) of "
          + "\(lonely.count + 2 * matched.count) images")
    }
    let leftOut = [LeftOutImages(.unpaired, (lonely + layout.loose).map(layout.files.name))].merged
    return TwoSources(
      a: ImageFiles(layout.files, members: matched.map(\.member), leftOut: leftOut),
      b: ImageFiles(
        layout.files, members: matched.compactMap { partners[$0.key] }, leftOut: leftOut),
      names: (a.name, b.name))
  }

  /// The pictures of a side by what they are paired by.
  ///
  /// - Throws: `DataError` naming two pictures that are paired by the same.
  static func members(
    of side: TwoSidedFiles.Side, _ layout: TwoSidedFiles
  ) throws -> [String: Int] {
    var members: [String: Int] = [:]
    for entry in side.members {
      guard let other = members.updateValue(entry.member, forKey: entry.key) else { continue }
      throw DataError.malformed(
        path: layout.files.name(ofMember: other),
        problem: "and \(layout.files.name(ofMember: entry.member)) may both be the partner of "
          + "'\(entry.key)'; keep one")
    }
    return members
  }

  private static func halves(_ layout: TwoSidedFiles) throws -> TwoSources {
    let members = layout.loose + layout.sides.flatMap { $0.members.map(\.member) }
    guard !members.isEmpty else {
      throw DataError.noImages(path: layout.files.path, detail: "it holds no \(ImageFormat.names)")
    }
    let files = ImageFiles(layout.files, members: members.sorted())
    return TwoSources(
      a: HalfSource(files, .left), b: HalfSource(files, .right),
      names: ("left halves", "right halves"))
  }

  static func checkSizes(_ pairs: TwoSources) throws {
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
      expected: "\(a.height)x\(a.width)", found: "\(b.height)x\(b.width)")
  }
}

/// One half of pictures that show two things side by side.
struct HalfSource: ImageSource {
  enum Half { case left, right }

  private let files: any ImageSource
  private let half: Half

  init(_ files: any ImageSource, _ half: Half) { (self.files, self.half) = (files, half) }

  var count: Int { files.count }
  var classNames: [String] { [] }
  var unused: UnusedFiles { files.unused }
  func label(at index: Int) -> Int? { nil }
  func name(at index: Int) -> String { files.name(at: index) }

  func largestSample(at index: Int) throws -> Int? { try files.largestSample(at: index) }
  func decoding(_ options: DecodingOptions) -> any ImageSource {
    HalfSource(files.decoding(options), half)
  }

  func header(at index: Int) throws -> ImageHeader {
    try self.half(of: files.header(at: index), at: index)
  }

  private func half(of whole: ImageHeader, at index: Int) throws -> ImageHeader {
    // Less wide, it may be a picture of one thing.
    guard whole.width >= 2 * whole.height, whole.width.isMultiple(of: 2) else {
      throw DataError.mismatch(
        path: name(at: index), problem: "not two pictures side by side",
        expected: "an even width of at least \(2 * whole.height)",
        found: "\(whole.height)x\(whole.width)")
    }
    return ImageHeader(
      width: whole.width / 2, height: whole.height, channels: whole.channels, mode: whole.mode,
      isDeep: whole.isDeep)
  }

  func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    let whole = try files.decoded(at: index)
    let header = try self.half(of: whole.header, at: index)
    let part = whole.image.cropped(
      x: half == .left ? 0 : header.width, y: 0, width: header.width, height: header.height)
    return (part, header)
  }
}
