import Foundation
import Synchronization
import Testing
import Torch

@Suite("Kernels by processor")
struct ProcessorTests {
  private func processor(_ vendor: String, _ features: Set<Processor.Feature>) -> Processor {
    Processor(vendor: vendor, model: "", features: features)
  }

  @Test("oneDNN multiplies on AMD, MKL elsewhere")
  func products() {
    let cases: [(String, Set<Processor.Feature>, LinearBackend)] = [
      ("AuthenticAMD", [.avx2], .onednn), ("AuthenticAMD", [.avx2, .avx512f], .onednn),
      ("AuthenticAMD", [], .mkl), ("GenuineIntel", [.avx2, .avx512f], .mkl),
      ("GenuineIntel", [.avx2, .avx512f, .avx512BF16, .amxBF16], .mkl), ("", [], .mkl),
      ("HygonGenuine", [.avx2], .mkl),
    ]
    for (vendor, features, expected) in cases {
      #expect(LinearBackend(fastestOn: processor(vendor, features)) == expected)
    }
  }

  @Test("a name asks for a library, which must be there")
  func names() {
    let amd = processor("AuthenticAMD", [.avx2])
    func choice(_ name: String?, _ hasOneDNN: Bool = true) -> LinearBackend? {
      LinearBackend(named: name, on: amd, hasOneDNN: hasOneDNN)
    }
    #expect(choice(nil) == .onednn && choice("") == .onednn)
    #expect(choice("mkl") == .mkl && choice("onednn") == .onednn)
    #expect(choice(nil, false) == .mkl && choice("mkl", false) == .mkl)
    #expect(choice("onednn", false) == nil && choice("openblas") == nil)
  }

  @Test("threads and products of a scope are its thread's alone, and end with it")
  func scope() {
    let usual = (LibTorch.threads, LibTorch.linearBackend)
    let other: LinearBackend = usual.1 == .mkl && LinearBackend.onednn.isThere ? .onednn : .mkl
    LibTorch.with(threads: usual.0 + 1, products: other) {
      #expect(LibTorch.threads == usual.0 + 1 && LibTorch.linearBackend == other)
      LibTorch.with(threads: 1, products: usual.1) {
        #expect(LibTorch.threads == 1 && LibTorch.linearBackend == usual.1)
      }
      #expect(LibTorch.threads == usual.0 + 1 && LibTorch.linearBackend == other)
      let found = Mutex(other)
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        found.withLock { $0 = LibTorch.linearBackend }
        done.signal()
      }
      done.wait()
      #expect(found.withLock { $0 } == usual.1)
    }
    #expect(LibTorch.threads == usual.0 && LibTorch.linearBackend == usual.1)
  }

  @Test("one line says what it is")
  func description() {
    let some = Processor(
      vendor: "AuthenticAMD", model: "AMD EPYC", features: [.avx512BF16, .avx2])
    #expect(some.description == "AuthenticAMD, AMD EPYC (avx2 avx512_bf16)")
    #expect(Processor(vendor: "", model: "aarch64", features: []).description == "aarch64")
    #expect(!LibTorch.processor.description.isEmpty)
    #expect(!LibTorch.processor.description.contains("\n"))
  }
}
