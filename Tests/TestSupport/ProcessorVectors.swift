import Foundation
import Torch

/// Whether the processor has the vectors that our own products and filters are written for, and is not told
/// to do without.
package let hasVectors =
  LibTorch.processor.features.contains(.avx2)
  && ProcessInfo.processInfo.environment["ATEN_CPU_CAPABILITY"] != "default"

/// Whether it multiplies pairs of bfloat16 numbers, and is not told to do without its widest vectors.
package let hasPairs =
  LibTorch.processor.features.contains(.avx512BF16)
  && ["avx512", nil].contains(ProcessInfo.processInfo.environment["ATEN_CPU_CAPABILITY"])
