// Products of matrices by the arithmetic of tiles.
#pragma once

#include "support.h"

namespace ct {

// Whether the numbers of a column lie one behind another, and the columns too.
inline bool lies_in_columns(const at::Tensor &t) { return t.stride(0) == 1 && t.stride(1) == t.size(0); }

// Whether these are float matrices `[m, k]` and `[n, k]`, each of which lies in rows or in columns, of sizes at which
// packing the second costs little.
bool has_fast_product(const at::Tensor &x, const at::Tensor &w);

// x·wᵀ + b, outside any graph.
at::Tensor product(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &b);

}  // namespace ct
