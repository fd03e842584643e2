// What windows say of the pixels that they see, added up for each pixel.
#pragma once

#include "support.h"

namespace ct {

// Whether `folded` knows the tensor's kind of numbers.
inline bool folds(const at::Tensor &t) {
  return t.scalar_type() == at::kFloat || t.scalar_type() == at::kBFloat16;
}

// Images of the given sizes `[N, C, H, W]`, channels-last. Of every pixel of a window of the kernel's height and width,
// line by line, `said` has C numbers: `[N, height·width·C, h, w]`.
at::Tensor folded(const at::Tensor &said, at::IntArrayRef sizes, std::array<int64_t, 2> kernel,
                  at::IntArrayRef stride, at::IntArrayRef padding);

}  // namespace ct
