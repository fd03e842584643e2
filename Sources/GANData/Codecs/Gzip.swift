import CImage

/// gzip data in memory.
enum Gzip {
  /// How an expansion went; `output` holds what was produced before a failure.
  struct Expansion {
    let output: [UInt8]
    let failure: CodecFailure?
  }

  static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The most that deflate can make of `count` bytes: its best ratio is 1032 to 1.
  ///
  /// A header that promises more than this is lying, whatever it says.
  static func largestExpansion(of count: Int) -> Int {
    let (product, overflow) = count.multipliedReportingOverflow(by: 1032)
    return overflow ? .max : max(product, 64)
  }

  /// Expands at most `limit` bytes.
  static func expand(_ bytes: [UInt8], limit: Int) -> Expansion {
    let capacity = min(limit, largestExpansion(of: bytes.count))
    var failure: CodecFailure?
    let output = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      do throws(CodecFailure) {
        try CodecFailure.check { error in
          ci_gunzip(bytes, bytes.count, buffer.baseAddress, capacity, &count, error)
        }
      } catch {
        failure = error
      }
    }
    return Expansion(output: output, failure: failure)
  }
}
