// Convolutions with fewer multiplications, by Winograd's minimal filtering.
#pragma once

#include "convolution.h"
#include "support.h"

namespace ct {

// How many times fewer multiplications it takes, the work on tiles included; zero of convolutions that it doesn't know.
double winograd_gain(const Convolution &convolution);

at::Tensor winograd_values(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &b,
                           const Convolution &convolution);
at::Tensor winograd_input(const at::Tensor &g, const at::Tensor &w, const Convolution &convolution);
at::Tensor winograd_kernel(const at::Tensor &g, const at::Tensor &x, const Convolution &convolution);

}  // namespace ct
