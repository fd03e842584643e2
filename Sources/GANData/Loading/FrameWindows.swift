/// Where frames follow one another in a set: pictures of one folder whose names have the same words and
/// whose numbers count up evenly, whatever the step. A number that is passed over is a gap, which no
/// window spans.
public struct FrameWindows: Sendable, Equatable {
  /// The pictures of each window, in order.
  public let windows: [[Int]]
  /// How many sequences without a gap there are, of any length.
  public let sequences: Int
  /// Names of the frames behind which some are missing.
  public let gaps: [String]

  /// The windows of `length` frames, one for each frame that has enough behind it.
  public init(of source: any ImageSource, length: Int) {
    self.init(names: (0..<source.count).map(source.name), length: length)
  }

  init(names: [String], length: Int) {
    var order: [String] = []
    var groups: [String: [Frame]] = [:]
    for (index, name) in names.enumerated() {
      let frame = Frame(index: index, name: name)
      if groups[frame.sequence] == nil { order.append(frame.sequence) }
      groups[frame.sequence, default: []].append(frame)
    }
    var (found, runs, gaps): ([[Int]], Int, [String]) = ([], 0, [])
    for sequence in order {
      for run in Self.runs(of: groups[sequence] ?? [], namingGaps: &gaps, names) {
        runs += 1
        guard run.count >= length else { continue }
        found += (0...run.count - length).map { Array(run[$0..<$0 + length]) }
      }
    }
    (windows, sequences, self.gaps) = (found, runs, gaps)
  }

  /// The frames of a sequence in order, cut where numbers are missing.
  private static func runs(
    of frames: [Frame], namingGaps gaps: inout [String], _ names: [String]
  ) -> [[Int]] {
    let sorted = frames.sorted { ($0.number, $0.index) < ($1.number, $1.index) }
    let step = commonStep(sorted)
    var runs = [[sorted[0].index]]
    for (last, next) in zip(sorted, sorted.dropFirst()) {
      if next.number - last.number == step {
        runs[runs.count - 1].append(next.index)
      } else {
        gaps.append(names[last.index])
        runs.append([next.index])
      }
    }
    return runs
  }

  /// The most frequent difference of successive numbers, of several the smallest.
  private static func commonStep(_ frames: [Frame]) -> Int {
    let steps = zip(frames, frames.dropFirst()).map { $1.number - $0.number }
    let counts = steps.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 1
  }
}

/// A frame by its name: `a/shot_0012.png` is number 12 of the sequence `a/shot_#`.
private struct Frame {
  let index: Int
  let sequence: String
  /// 0 where there is none.
  let number: Int

  init(index: Int, name: String) {
    self.index = index
    let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    let stem = name[start...].split(separator: ".", omittingEmptySubsequences: false)
    // Only what stands behind the last point is a kind of file.
    let text = stem.count > 1 ? stem.dropLast().joined(separator: ".") : String(name[start...])
    guard let last = text.lastIndex(where: \.isASCIIDigit) else {
      (sequence, number) = (name, 0)
      return
    }
    let first = text[...last].lastIndex { !$0.isASCIIDigit }.map { text.index(after: $0) }
    let digits = (first ?? text.startIndex)...last
    // Longer numbers than this are no numbers of frames.
    number = Int(text[digits].suffix(15)) ?? 0
    sequence = name[..<start] + text[..<digits.lowerBound] + "#" + text[text.index(after: last)...]
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
