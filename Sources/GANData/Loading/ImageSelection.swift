/// Which pictures of a source are in use and which were left out.
struct ImageSelection {
  let policy: SkipPolicy
  /// Indices in the source.
  private(set) var kept: [Int] = []
  private(set) var skipped: [BrokenImage] = []

  init(policy: SkipPolicy) { self.policy = policy }

  mutating func keepAll(of source: any ImageSource) { kept = Array(0..<source.count) }

  /// Notes how a block of pictures was decoded and returns the positions of the good ones in it.
  /// Throws the first failure if broken files are not to be skipped.
  mutating func record(
    _ outcomes: [Result<Void, any Error>], of block: Range<Int>, in source: any ImageSource
  ) throws -> [Int] {
    var good: [Int] = []
    for (position, outcome) in outcomes.enumerated() {
      switch outcome {
      case .success:
        good.append(position)
        kept.append(block.lowerBound + position)
      case .failure(let error):
        if policy == .fail { throw error }
        let name = source.name(at: block.lowerBound + position)
        skipped.append(BrokenImage(name: name, error: error))
      }
    }
    return good
  }

  func requireSome(of source: any ImageSource) throws {
    if !kept.isEmpty { return }
    guard let first = skipped.first else {
      throw DataError.noImages(path: "data set", detail: "it is empty")
    }
    throw DataError.noImages(
      path: first.name, detail: "all \(skipped.count) files are broken, the first: \(first.reason)")
  }

  /// The labels of what is kept, or nothing if the set has none.
  func labels(in source: any ImageSource) -> [Int64] {
    let labels = kept.compactMap { source.label(at: $0).map(Int64.init) }
    return labels.count == kept.count ? labels : []
  }
}

extension BrokenImage {
  /// Says the reason without repeating the name.
  init(name: String, error: any Error) {
    let text = String(describing: error)
    let prefix = name + ": "
    self.init(
      name: name, reason: text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
  }
}

/// Decodes pictures on all cores, each into its own equal part of a buffer, in planar order.
func fillInParallel(
  _ buffer: UnsafeMutableBufferPointer<UInt8>, from indices: [Int],
  _ picture: @Sendable (Int) throws -> DecodedImage
) -> [Result<Void, any Error>] {
  if indices.isEmpty { return [] }
  let each = buffer.count / indices.count
  // Each iteration writes to one part of its own, so sharing the buffer is safe.
  nonisolated(unsafe) let parts = buffer
  return parallelMap(indices.indices) { position in
    Result {
      try picture(indices[position])
        .copyPlanar(
          to: UnsafeMutableBufferPointer(
            rebasing: parts[position * each..<(position + 1) * each]))
    }
  }
}
