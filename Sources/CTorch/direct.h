// Convolutions as products of what windows see, which is gathered for some of them at a time. These take as many
// multiplications as the definition says, of any sizes: those of one to three channels, too. Numbers are float or, where
// the processor multiplies pairs of them, bfloat16 (`direct16.h`).
#pragma once

#include "convolution.h"
#include "support.h"

namespace ct {

// Whether it is one of these, and they run at the processor's rate.
bool has_direct(const Convolution &convolution, at::ScalarType type);

at::Tensor direct_values(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &b,
                         const Convolution &convolution);
at::Tensor direct_input(const at::Tensor &g, const at::Tensor &w, const Convolution &convolution);
at::Tensor direct_kernel(const at::Tensor &g, const at::Tensor &x, const Convolution &convolution);

}  // namespace ct
