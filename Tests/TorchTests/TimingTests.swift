import Foundation
import TestSupport
import Testing

@testable import Torch

/// What counts as a convolution or a product of matrices, whoever computes it.
@Suite("Seconds of products", .reproducible)
struct TimingTests {
  /// The share of a body's seconds that counts, of the most of five tries.
  private func share(_ body: () -> Void) -> Double {
    body()
    return (0..<5).map { _ in
      var whole = 0.0
      let counted = OperationLog.secondsOfProducts {
        let start = ProcessInfo.processInfo.systemUptime
        for _ in 0..<10 { body() }
        whole = ProcessInfo.processInfo.systemUptime - start
      }
      return counted / whole
    }.max() ?? 0
  }

  @Test("linear maps of every library", arguments: LinearBackend.allCases.filter(\.isThere))
  func linear(_ backend: LinearBackend) {
    let (x, w) = (Tensor.randn([256, 512]), Tensor.randn([512, 512]))
    let found = LibTorch.with(threads: 1, products: backend) { share { _ = x.linear(w) } }
    #expect(found > 0.8)
  }

  @Test(
    "convolutions of every way",
    arguments: [
      ([8, 64, 16, 16], [64, 64, 3, 3]), ([8, 12, 24, 24], [14, 12, 3, 3]),
      ([4, 64, 8, 8], [160, 64, 4, 4]),
    ])
  func convolutions(_ images: [Int], _ kernel: [Int]) {
    let x = Tensor.randn(images).contiguous(.channelsLast)
    let w = Tensor.randn(kernel).contiguous(.channelsLast)
    #expect(share { _ = x.conv2d(w) } > 0.5)
  }

  @Test("nothing else")
  func others() {
    let x = Tensor.randn([256, 512])
    #expect(share { _ = (x + 1).tanh() } == 0)
  }
}
