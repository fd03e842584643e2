// Weights divided by their largest singular value (Miyato et al. 2018, algorithm 1).
#include "support.h"

#include <torch/csrc/autograd/custom_function.h>

namespace {
using at::Tensor;
using ct::is_tracing;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// W as a matrix with a row for each output. Columns come in the order in which they lie in memory,
// which only permutes v: a channels-last kernel is not copied.
Tensor rows(const Tensor &w) {
  return (w.dim() == 4 ? w.permute({0, 2, 3, 1}) : w).reshape({w.size(0), -1});
}
// The inverse of `rows`.
Tensor weight_of(const Tensor &matrix, at::IntArrayRef shape) {
  if (shape.size() != 4) return matrix.view(shape);
  return matrix.view({shape[0], shape[2], shape[3], shape[1]}).permute({0, 3, 1, 2});
}
Tensor unit(const Tensor &vector) { return vector / vector.norm().clamp_min_(1e-12); }

// W / σ with σ = uᵀWv, where u and v are constants. With G the gradient of the quotient, that of W is
// (G - (⟨G, W⟩ / σ) u vᵀ) / σ: two walks through memory. Made of pieces by automatic differentiation
// it takes seven.
struct Quotient : torch::autograd::Function<Quotient> {
  static Tensor forward(AutogradContext *context, const Tensor &w, const Tensor &u,
                        const Tensor &v, const Tensor &sigma) {
    context->save_for_backward({w, u, v, sigma});
    return w / sigma;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &w = saved[0], &u = saved[1], &v = saved[2];
    const bool again = at::GradMode::is_enabled();  // the result will be differentiated
    const Tensor sigma = again ? at::dot(u, at::mv(rows(w), v)) : saved[3];
    const Tensor g = rows(gradients[0]);
    const Tensor share = at::dot(g.reshape(-1), rows(w).reshape(-1)) / sigma;
    const Tensor numerator = at::addr(g, u * share, v, 1, -1);
    const Tensor result = again ? numerator / sigma : numerator.div_(sigma);
    return {weight_of(result, w.sizes()), Tensor(), Tensor(), Tensor()};
  }
};

// The same without a trace of the iteration and without a derivative of its own.
Tensor plain(const Tensor &w, const Tensor &u) {
  const Tensor matrix = rows(w);
  const Tensor right = unit(at::mv(matrix.t(), u)), image = at::mv(matrix, right);
  return w / at::dot(unit(image), image);
}

// One power iteration from u, which keeps its result if `moves`. The product W·v serves both the new
// u and σ.
Tensor normalized(const Tensor &w, Tensor &u, bool moves) {
  if (is_tracing()) return plain(w, u);
  Tensor right, left, sigma;
  {
    at::NoGradGuard guard;
    const Tensor matrix = rows(w);
    right = unit(at::mv(matrix.t(), u));
    const Tensor image = at::mv(matrix, right);
    left = unit(image);
    sigma = at::dot(left, image);
    if (moves) u.copy_(left);
  }
  return Quotient::apply(w, left, right, sigma);
}
}  // namespace

CT_TENSOR(ct_spectral_norm(CTTensor w, CTTensor u, bool moves),
          normalized(unwrap(w), unwrap(u), moves))
