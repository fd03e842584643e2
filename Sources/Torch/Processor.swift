import CTorch
import Foundation

/// A processor, as far as it decides which kernels are fast.
public struct Processor: Sendable, Hashable {
  /// An instruction set that matters for speed; the raw value is Linux's name of it.
  public enum Feature: String, Sendable, CaseIterable {
    /// Vectors of 256 bits.
    case avx2
    /// Vectors of 512 bits.
    case avx512f
    /// Products of bfloat16 vectors.
    case avx512BF16 = "avx512_bf16"
    /// Products of bfloat16 matrices.
    case amxBF16 = "amx_bf16"
  }

  /// The maker, such as `GenuineIntel` or `AuthenticAMD`; empty on other architectures than x86.
  public let vendor: String
  /// The name its maker gave it.
  public let model: String
  /// What both it and the operating system support.
  public let features: Set<Feature>

  /// A processor with these properties.
  public init(vendor: String, model: String, features: Set<Feature>) {
    (self.vendor, self.model, self.features) = (vendor, model, features)
  }

  fileprivate static let own: Processor = {
    let bits = ct_processor_features()
    let codes: [(CTProcessorFeature, Feature)] = [
      (CT_AVX2, .avx2), (CT_AVX512F, .avx512f), (CT_AVX512_BF16, .avx512BF16),
      (CT_AMX_BF16, .amxBF16),
    ]
    return Processor(
      vendor: String(cString: ct_processor_vendor()),
      model: String(cString: ct_processor_model()).trimmingCharacters(in: .whitespaces),
      features: Set(codes.filter { bits & Int32($0.0.rawValue) != 0 }.map(\.1)))
  }()
}

extension Processor: CustomStringConvertible {
  /// One line such as `AuthenticAMD, AMD EPYC 9B14 (avx2 avx512f avx512_bf16)`.
  public var description: String {
    let names = Feature.allCases.filter(features.contains).map(\.rawValue)
    let name = [vendor, model].filter { !$0.isEmpty }.joined(separator: ", ")
    return names.isEmpty ? name : "\(name) (\(names.joined(separator: " ")))"
  }
}

/// Which library multiplies the matrices of linear layers in float32 on the processor. Their sums
/// run in different orders, so the last bits of a run depend on it.
public enum LinearBackend: String, Codable, Sendable, CaseIterable {
  /// oneDNN, and where the processor has vectors of 8 or 16 numbers products of our own, which need no
  /// copies of transposed matrices, and convolutions made of them.
  case onednn
  /// What LibTorch itself takes: MKL on x86.
  case mkl

  /// The faster one: oneDNN where AMD's vectors leave MKL behind, else LibTorch's own. On Intel's
  /// processors MKL was measured to be 3 to 35 % faster.
  public init(fastestOn processor: Processor) {
    let hasVectors = !processor.features.isDisjoint(with: [.avx2, .avx512f])
    self = processor.vendor == "AuthenticAMD" && hasVectors ? .onednn : .mkl
  }

  /// The one that `name` asks for, by default the fastest of those there are; `nil` where there is
  /// none of that name.
  package init?(named name: String?, on processor: Processor, hasOneDNN: Bool) {
    guard let name, !name.isEmpty else {
      self = hasOneDNN ? LinearBackend(fastestOn: processor) : .mkl
      return
    }
    guard let match = LinearBackend(rawValue: name), match == .mkl || hasOneDNN else { return nil }
    self = match
  }

  /// The one that the environment variable `SWIFTGAN_LINEAR` asks for; `nil` without.
  package static let asked: LinearBackend? = {
    let name = ProcessInfo.processInfo.environment["SWIFTGAN_LINEAR"] ?? ""
    return name.isEmpty ? nil : chosen
  }()

  static let chosen: LinearBackend = {
    let name = ProcessInfo.processInfo.environment["SWIFTGAN_LINEAR"]
    let hasOneDNN = ct_has_onednn_products()
    guard let backend = LinearBackend(named: name, on: LibTorch.processor, hasOneDNN: hasOneDNN)
    else {
      let there = hasOneDNN ? "onednn and mkl" : "mkl"
      TorchFailure.handler("SWIFTGAN_LINEAR=\(name ?? ""): this LibTorch has \(there)")
    }
    return backend
  }()

  /// Whether this LibTorch has it.
  package var isThere: Bool { self == .mkl || ct_has_onednn_products() }
}

extension LibTorch {
  /// The processor of this machine.
  public static var processor: Processor { .own }

  /// What multiplies the matrices of linear layers on this thread: the faster for the processor, unless
  /// the environment variable `SWIFTGAN_LINEAR` (`onednn` or `mkl`) or ``with(threads:products:_:)``
  /// asks for one.
  public static var linearBackend: LinearBackend {
    _ = initialized
    return ct_uses_onednn_products() ? .onednn : .mkl
  }

  /// Runs `body` with so many threads for each operation and these products; other threads that have
  /// computed before, and this one afterwards, have theirs. One that computes for the first time
  /// meanwhile takes the same number of threads.
  ///
  /// - Parameter products: a library that this LibTorch has.
  package static func with<Result>(
    threads: Int, products: LinearBackend, _ body: () throws -> Result
  ) rethrows -> Result {
    _ = initialized
    let outer = (threads: self.threads, products: ct_choose_products(products == .onednn ? 1 : 0))
    self.threads = threads
    defer {
      self.threads = outer.threads
      _ = ct_choose_products(outer.products)
    }
    return try body()
  }
}
