// Products of matrices by the library that the process or its thread has chosen.
#pragma once

#include "support.h"

namespace ct {

// x·wᵀ + b, whose derivatives are such products too.
at::Tensor affine(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &b);

// Whether products run faster by oneDNN, or what is made here in its way, than by MKL on this processor.
bool prefers_own_products();

}  // namespace ct
