// Direct convolutions of bfloat16 numbers of multiples of 32 channels, which are added up as floats and rounded once.
#pragma once

#include "convolution.h"
#include "support.h"

namespace ct {

// Whether it is one of these, and pairs are the fastest that the processor has.
bool has_direct16(const Convolution &convolution);

at::Tensor direct16_values(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &b,
                           const Convolution &convolution);
at::Tensor direct16_input(const at::Tensor &g, const at::Tensor &w, const Convolution &convolution);
at::Tensor direct16_kernel(const at::Tensor &g, const at::Tensor &x, const Convolution &convolution);

}  // namespace ct
