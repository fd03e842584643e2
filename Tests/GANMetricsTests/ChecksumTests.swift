import Foundation
import GANData
import GANMetrics
import Testing

@Suite("Checksums")
struct ChecksumTests {
  /// FIPS 180-2, appendix B.
  @Test("are those of the standard")
  func vectors() {
    #expect(
      Checksum.of(Data("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
