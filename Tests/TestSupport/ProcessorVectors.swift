import Foundation
import Torch

/// Whether the processor has the vectors that our own products and filters are written for, and is not told
/// to do without.
package let hasVectors =
  LibTorch.processor.features.contains(.avx2)
  && ProcessInfo.processInfo.environment["ATEN_CPU_CAPABILITY"] != "default"

/// Whether convolutions are made of products of pairs of bfloat16 numbers: it has instructions for pairs and none for
/// whole matrices, and is not told to do without its widest vectors.
package let hasPairs =
  LibTorch.processor.features.isSuperset(of: [.avx512f, .avx512BF16])
  && !LibTorch.processor.features.contains(.amxBF16)
  && ["avx512", nil].contains(ProcessInfo.processInfo.environment["ATEN_CPU_CAPABILITY"])
