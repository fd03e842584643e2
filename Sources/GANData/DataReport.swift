/// What a data set holds, found by decoding every file once.
public struct DataReport: Codable, Sendable, Equatable {
  /// All files, pictures or not.
  public private(set) var files = 0
  /// Pictures that decode.
  public private(set) var readableImages = 0
  /// Pictures that were not looked at, and why.
  public private(set) var leftOut: [LeftOutImages] = []
  /// The file that says the classes, where it is not the folders.
  public private(set) var labelFile: String?
  /// Each class with its number of readable pictures, in label order.
  public private(set) var classes: [Count] = []
  /// Each size, such as `481x321`, most common first.
  public private(set) var sizes: [Count] = []
  /// Each kind of file, such as `grey` or `YCbCr`, most common first.
  public private(set) var modes: [Count] = []
  /// Pictures that do not decode, and why.
  public private(set) var brokenImages: [BrokenImage] = []
  /// Files that are not read, by the reason, most common first.
  public private(set) var unused: [UnusedFiles.Group] = []

  /// The values that 16-bit files use; nil where there are none.
  public private(set) var sampleRange: SampleRange?
  /// Whether each picture has only one colour, as when what shows is transparent.
  public private(set) var isUniform = false

  /// How often something occurs.
  public struct Count: Codable, Sendable, Equatable {
    /// What is counted.
    public let name: String
    /// How many there are.
    public let count: Int
  }

  /// Files that are no pictures.
  public var otherFiles: Int { unused.reduce(0) { $0 + $1.count } }

  /// Examines what lies at a path, or a built-in set.
  public init(inspecting nameOrPath: String, split: Split = .all) throws {
    self.init(inspecting: try DataSet.open(nameOrPath, split: split))
  }

  /// Examines a source on all cores. Only a few hundred pictures are in hand at any time.
  public init(inspecting source: any ImageSource) {
    var sizeCounts: [String: Int] = [:]
    var modeCounts: [String: Int] = [:]
    var varied = false
    var classCounts = [Int](repeating: 0, count: source.classNames.count)
    forEachBlock(of: source.count) { block in
      let outcomes = parallelMap(block) { index in
        Result { try Finding(source, index) }
      }
      for (index, outcome) in zip(block, outcomes) {
        switch outcome {
        case .success(let finding):
          let header = finding.header
          readableImages += 1
          varied = varied || !finding.isUniform
          take(finding.largest)
          sizeCounts["\(header.height)x\(header.width)", default: 0] += 1
          modeCounts[header.mode, default: 0] += 1
          let label = source.label(at: index) ?? -1
          if classCounts.indices.contains(label) { classCounts[label] += 1 }
        case .failure(let error):
          brokenImages.append(BrokenImage(name: source.name(at: index), error: error))
        }
      }
      return true
    }
    isUniform = readableImages > 0 && !varied
    (leftOut, labelFile) = (source.leftOut, source.labelFile)
    unused = source.unused.groups
    files = source.count + source.unused.count + source.leftOut.total
    classes = zip(source.classNames, classCounts).map(Count.init(name:count:))
    sizes = Self.mostCommonFirst(sizeCounts)
    modes = Self.mostCommonFirst(modeCounts)
  }

  /// What one picture tells.
  private struct Finding {
    let header: ImageHeader
    let isUniform: Bool
    let largest: Int?

    init(_ source: any ImageSource, _ index: Int) throws {
      let (image, header) = try source.decoded(at: index)
      (self.header, isUniform) = (header, image.isUniform)
      largest = header.isDeep ? try source.largestSample(at: index) : nil
    }
  }

  private mutating func take(_ largest: Int?) {
    guard let largest else { return }
    let found = SampleRange(largest: largest)
    if sampleRange == nil { sampleRange = found } else { sampleRange?.merge(found) }
  }

  private static func mostCommonFirst(_ counts: [String: Int]) -> [Count] {
    counts.map { Count(name: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
  }
}
