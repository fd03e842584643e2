import Foundation
import Testing
import Torch

@Suite("Shapes that do not fit")
struct FailureTests {
  @Test("stop the process with the operation and the shapes")
  func message() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor.zeros([2, 3]) + Tensor.zeros([4])
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("+([2, 3], [4])"))
    #expect(message.contains("must match"))
  }

  @Test("reach the handler in force")
  func handler() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(3), observing: [\.standardErrorContent]
    ) {
      TorchFailure.withHandler({ text in
        FileHandle.standardError.write(Data("refused \(text)".utf8))
        exit(3)
      }) { _ = Tensor.zeros([2, 3]).matmul(.zeros([2, 3])) }
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("refused matmul([2, 3], [2, 3]): "))
    #expect(message.split(separator: "\n").count == 1)
  }

  @Test("losses do not broadcast")
  func losses() async {
    await #expect(processExitsWith: .failure) {
      _ = binaryCrossEntropy(logits: .zeros([4]), targets: .zeros([4, 1]))
    }
    await #expect(processExitsWith: .failure) {
      _ = meanSquaredError(.zeros([4]), .zeros([4, 1]))
    }
  }

  @Test("a normalisation is refused numbers that are not one for each channel")
  func normalization() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = normalized(gain: .ones([8])) }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("a normalisation of 3 images of 16 channels has a gain of 8 numbers"))
    await #expect(processExitsWith: .failure) { _ = normalized(offset: .ones([8])) }
    // Every image's own offset belongs to a gain of every image's own, and the other way round.
    await #expect(processExitsWith: .failure) {
      _ = normalized(gain: .ones([16]), offset: .ones([3, 16]))
    }
    await #expect(processExitsWith: .failure) { _ = normalized(gain: .ones([3, 16])) }
    await #expect(processExitsWith: .failure) { _ = normalized(mean: .zeros([8])) }
    #expect(normalized(gain: .ones([3, 16]), offset: .ones([3, 16])).shape == [3, 16, 4, 4])
  }

  @Test("a bias of another length than the kernels have is refused")
  func bias() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let images = Tensor.ones([8, 32, 16, 16]).contiguous(.channelsLast)
      _ = images.conv2d(.ones([64, 32, 3, 3]), bias: .ones([16]), padding: 1)
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("bias") && message.contains("[16]"))
  }

  @Test(
    "convolutions of sizes that there are not are refused",
    .enabled(if: LinearBackend.onednn.isThere))
  func sizes() async throws {
    // A kernel larger than the image, with a stride by which it rounds to one window; no kernels.
    let large = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      withOwnConvolutions {
        _ = Tensor.ones([1, 3, 4, 4]).conv2d(.ones([8, 3, 5, 5]), stride: 2)
      }
    }
    let none = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      withOwnConvolutions {
        _ = Tensor.ones([1, 8, 5, 5]).conv2d(.ones([0, 8, 3, 3]), padding: 1)
      }
    }
    // Images -1 pixels wide.
    let narrow = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      withOwnConvolutions {
        _ = Tensor.ones([1, 8, 4, 1]).convTranspose2d(.ones([8, 3, 3, 3]), padding: 2)
      }
    }
    for result in [large, none, narrow] {
      let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(message.contains("conv2d(") || message.contains("convTranspose2d("))
    }
  }
}

private func withOwnConvolutions(_ body: () -> Void) {
  LibTorch.with(threads: 1, products: .onednn, body)
}

private func normalized(gain: Tensor? = nil, offset: Tensor? = nil, mean: Tensor? = nil) -> Tensor {
  Tensor.randn([3, 16, 4, 4]).contiguous(.channelsLast).batchNormalized(
    scale: gain, offset: offset, runningMean: mean, runningVariance: mean.map { .ones($0.shape) },
    training: true, momentum: 0.1, epsilon: 1e-5)
}
