/// The image files of a folder or archive, as a data set.
///
/// - One folder around everything is looked through.
/// - If files lie in folders such as `train/` and `test/` (or `val/`), a split picks one of them.
/// - If a file lists labels, `dataset.json` of StyleGAN or a table `labels.csv`, or pictures have files of
///   their own for it (`000123.cls`, as WebDataset writes them), these are the classes.
///   Else, if all pictures lie in at least two sub-folders, these are: `class/name.png`.
///   Classes are numbered over all splits, so that a class missing from one shifts no label.
/// - Otherwise the set is unlabelled.
/// - Without such folders, CelebA's `list_eval_partition.txt` in the set, or beside it if it names the
///   set's pictures, tells the splits.
///
/// - `poses.csv`, a table of people and poses, gives the classes, which are the people, and the splits
///   where nothing else does (`PoseTable`); `landmarks.csv` gives points (`LandmarkTable`).
///
/// Hidden files, what systems leave behind and files without an image's extension are ignored. A few
/// pictures beside the folders are left out.
public struct ImageFiles: ImageSource {
  /// The folder or archive.
  public let files: any FileSet
  /// The classes in their natural order.
  public let classNames: [String]
  /// Files below the folder, in all splits, that are no pictures or cannot be read.
  public let unused: UnusedFiles
  /// Pictures that are in none of the classes, or lie where none of the others do.
  public let leftOut: [LeftOutImages]
  /// The file that says the labels, where one does.
  public let labelFile: String?
  private let members: [Int]
  /// A class each, or nothing for an unlabelled set; ``unlabelled`` for a picture without one.
  private let labels: [Int]
  private var options = DecodingOptions()

  private static let unlabelled = -1
  /// A file larger than this is not read as a picture.
  private static let largestFile = 1 << 30
  /// Enough for the header of almost every file.
  private static let probeSize = 1 << 16

  /// Chooses pictures.
  ///
  /// - Parameters:
  ///   - folder: Use only what lies below this relative path, such as `trainA`.
  ///   - split: Which of `train/` and `test/` to use, if there are such folders.
  public init(_ files: any FileSet, folder: String = "", split: Split = .all) throws {
    let layout = ImageLayout(members: files.members, folder: folder)
    let chosen = try Self.chosen(of: layout, files, split)
    let listed = try ListedLabels(of: files, members: layout.allItems.map(\.member))
    self.files = files
    classNames = listed?.classNames ?? layout.classNames
    members = chosen.map(\.member)
    let labels =
      listed.map { list in chosen.map { list.label(ofMember: $0.member) ?? Self.unlabelled } }
      ?? layout.labels(of: chosen)
    self.labels = labels.contains { $0 != Self.unlabelled } ? labels : []
    labelFile = listed?.fileName
    unused = ImageLayout.unused(in: files, folder: folder)
    leftOut =
      layout.strays.map { stray in
        LeftOutImages(stray.reason, [files.name(ofMember: stray.member)])
      }.merged
  }

  private static func chosen(
    of layout: ImageLayout, _ files: any FileSet, _ split: Split
  ) throws -> [ImageLayout.Item] {
    let chosen = try layout.items(of: split, path: files.path)
    guard let first = chosen.first else {
      throw DataError.noImages(path: files.path, detail: layout.complaint())
    }
    guard split != .all, !layout.hasSplitFolders else { return chosen }
    if let poses = try? PoseTable(of: files) {
      // Whom the table does not know is trained on.
      let heldOut = poses.members(in: .all).subtracting(poses.members(in: .train))
      if heldOut.isEmpty { return chosen }
      return chosen.filter { heldOut.contains($0.member) == (split == .test) }
    }
    guard
      let partition = try EvaluationPartition(of: files, naming: files.members[first.member])
    else { return chosen }
    let isChosen = try partition.chosen(
      split, of: chosen.map { files.members[$0.member] }, in: files)
    return zip(chosen, isChosen).filter(\.1).map(\.0)
  }

  /// The members of these numbers, without labels.
  init(_ files: any FileSet, members: [Int], leftOut: [LeftOutImages] = []) {
    (self.files, self.members, self.leftOut) = (files, members, leftOut)
    (classNames, labels, labelFile) = ([], [], nil)
    unused = ImageLayout.unused(in: files)
  }

  /// Those pictures of a set that have a label, with other classes than its own.
  private init(
    _ set: ImageFiles, labels: [Int?], classNames: [String], _ reason: LeftOutImages.Reason
  ) {
    (files, unused, self.classNames) = (set.files, set.unused, classNames)
    members = zip(set.members, labels).filter { $1 != nil }.map(\.0)
    (self.labels, options) = (labels.compactMap { $0 }, set.options)
    leftOut = (set.leftOut + [LeftOutImages(reason, count: labels.count - members.count)]).merged
    labelFile = nil
  }

  /// The pictures that have a label, under these labels.
  func relabeled(_ labels: [Int?], classNames: [String]) -> ImageFiles {
    ImageFiles(self, labels: labels, classNames: classNames, .attributes)
  }

  /// The pictures of one class, without labels. Those of the other classes do not count as left out.
  public func only(_ label: Int) -> ImageFiles {
    var part = ImageFiles(
      files, members: zip(members, labels).filter { $1 == label }.map(\.0),
      leftOut: leftOut)
    part.options = options
    return part
  }

  /// The same pictures, decoded otherwise.
  public func decoding(_ options: DecodingOptions) -> any ImageSource {
    var copy = self
    copy.options = options
    return copy
  }

  /// Number of pictures.
  public var count: Int { members.count }

  /// The class of a picture.
  public func label(at index: Int) -> Int? {
    labels.isEmpty || labels[index] == Self.unlabelled ? nil : labels[index]
  }

  /// The path of a picture's file.
  public func name(at index: Int) -> String { files.name(ofMember: members[index]) }

  /// The path of a picture's file inside the folder or archive.
  public func relativeName(at index: Int) -> String { files.members[members[index]] }

  /// That path without the folder of a split.
  public func nameInSplit(at index: Int) -> String {
    var folders = relativeName(at: index).split(separator: "/")
    if let split = folders.dropLast().firstIndex(where: { SplitFolder($0) != nil }) {
      folders.remove(at: split)
    }
    return folders.joined(separator: "/")
  }

  /// Reads the beginning of a file.
  public func header(at index: Int) throws -> ImageHeader {
    let beginning = try files.bytes(ofMember: members[index], limit: Self.probeSize)
    guard beginning.count == Self.probeSize else {
      return try ImageHeader(probing: beginning, name: name(at: index), options: options)
    }
    do {
      // What is asked for may stand behind a large colour profile, a thumbnail or the picture itself.
      if !ImageOrientation.isBehind(beginning) {
        return try ImageHeader(probing: beginning, name: name(at: index), options: options)
      }
    } catch DataError.malformed {}
    return try coded(at: index).header
  }

  /// Reads and decodes a file.
  public func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    let coded = try coded(at: index)
    return (try coded.decoded().image, coded.header)
  }

  /// Reads a file and decodes as much of it as is used.
  public func prepared(
    at index: Int, by preparation: ImagePreparation
  ) throws -> DecodedImage {
    preparation.prepared(try coded(at: index).reduced(for: preparation).decoded().image)
  }

  /// Reads and decodes a file with its transparency.
  public func layered(at index: Int, options: DecodingOptions) throws -> LayeredImage {
    try CodedImage(wholeFile(at: index), name: name(at: index), options: options).decoded()
  }

  /// The points that `landmarks.csv` tells.
  public func landmarks() throws -> [[Landmark]]? {
    guard let table = try LandmarkTable(of: files) else { return nil }
    return try members.map { try table.points(ofMember: $0, in: files) }
  }

  /// Decodes a file of 16-bit samples.
  public func largestSample(at index: Int) throws -> Int? { try coded(at: index).largestSample() }

  private func coded(at index: Int) throws -> CodedImage {
    try CodedImage(wholeFile(at: index), name: name(at: index), options: options)
  }

  private func wholeFile(at index: Int) throws -> [UInt8] {
    let size = try files.size(ofMember: members[index])
    guard size <= Self.largestFile else {
      throw DataError.mismatch(
        path: name(at: index), problem: "the file is too large for a picture",
        expected: "at most \(Self.largestFile) bytes", found: "\(size)")
    }
    return try files.bytes(ofMember: members[index], limit: .max)
  }
}
