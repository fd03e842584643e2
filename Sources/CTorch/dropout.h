// Dropout with a generator.
#pragma once

#include "support.h"

namespace ct {
// Numbers of which each is 0 with probability p, 0 < p < 1, and else scaled so that the mean stays; nothing where they
// do not lie for it. `generator`: the process's own if there is none.
std::optional<at::Tensor> dropped(const at::Tensor &t, double p, const std::optional<at::Generator> &generator);
}  // namespace ct
