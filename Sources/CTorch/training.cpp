// Automatic differentiation, autocast, and updates of many tensors in place.
#include "support.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/autograd.h>

namespace {
c10::DeviceType kind(int type) { return static_cast<c10::DeviceType>(type); }

void differentiate(const CTTensor *outputs, const CTTensor *cotangents, int output_count,
                   const CTTensor *inputs, int input_count, bool retain, bool create,
                   bool allow_unused, CTTensor *gradients) {
  std::vector<at::Tensor> seeds;
  if (cotangents) seeds = ct::list(cotangents, output_count);
  const auto sources = ct::list(inputs, input_count);
  std::vector<at::Tensor> result;
  try {
    result = torch::autograd::grad(ct::list(outputs, output_count), sources, seeds, retain, create, allow_unused);
  } catch (const c10::Error &e) {
    if (!ct::is_recording()) throw;
    // What it came by is gone, so it cannot be done again outside of the recording. Nobody will use what the step
    // comes to.
    const ct::BrokenRecording broken(e.what_without_backtrace());
    for (const auto &source : sources) result.push_back(at::zeros_like(source));
  }
  for (int i = 0; i < input_count; i++)
    gradients[i] = result[i].defined() ? ct::wrap(result[i]) : nullptr;
}

// Whether equal positions in memory hold equal positions of the tensors.
bool same_layout(const at::Tensor &a, const at::Tensor &b) {
  if (a.sizes() != b.sizes()) return false;
  for (int64_t axis = 0; axis < a.dim(); axis++)
    if (a.size(axis) > 1 && a.stride(axis) != b.stride(axis)) return false;
  return true;
}

// The fused kernels walk through memory without looking at strides or, on the processor, types:
// what the caller hands over is first laid out and typed like its parameter.
std::vector<at::Tensor> gradients_like(const std::vector<at::Tensor> &parameters,
                                       const CTTensor *gradients, int n) {
  auto result = ct::list(gradients, n);
  for (int i = 0; i < n; i++) {
    TORCH_CHECK(result[i].sizes() == parameters[i].sizes(), "gradient ", i, " has shape ",
                result[i].sizes(), ", its parameter ", parameters[i].sizes());
    if (result[i].scalar_type() != parameters[i].scalar_type() ||
        !same_layout(result[i], parameters[i]))
      result[i] = at::empty_like(parameters[i]).copy_(result[i]);
  }
  return result;
}

std::vector<at::Tensor> moments_like(const std::vector<at::Tensor> &parameters,
                                     const CTTensor *moments, int n) {
  auto result = ct::list(moments, n);
  for (int i = 0; i < n; i++)
    TORCH_CHECK(same_layout(result[i], parameters[i]),
                "the optimizer was made before its network was placed");
  return result;
}

// As they lie in memory, one number behind the other: of gradients in another order than the usual one the kernels
// make copies.
std::vector<at::Tensor> flat(const std::vector<at::Tensor> &tensors) {
  std::vector<at::Tensor> result;
  result.reserve(tensors.size());
  for (const auto &t : tensors)
    result.push_back(t.is_non_overlapping_and_dense() ? t.as_strided({t.numel()}, {1}) : t);
  return result;
}

// What the kernels call "found inf": where this number on their device is 1, they leave everything as
// it is, and nobody on the host has to know.
std::optional<at::Tensor> found_inf(CTTensor skipped) {
  return skipped ? std::optional(ct::unwrap(skipped)) : std::nullopt;
}

void fused_adam(const CTTensor *p, const CTTensor *g, const CTTensor *m, const CTTensor *v, int n,
                CTTensor step, CTTensor skipped, double rate, double beta1, double beta2,
                double eps, double decay) {
  at::NoGradGuard guard;
  auto parameters = ct::list(p, n);
  std::vector<at::Tensor> steps(static_cast<size_t>(n), ct::unwrap(step));
  ct::unwrap(step).add_(1);
  if (skipped) ct::unwrap(step).sub_(ct::unwrap(skipped));
  at::_fused_adam_(flat(parameters), flat(gradients_like(parameters, g, n)),
                   flat(moments_like(parameters, m, n)), flat(moments_like(parameters, v, n)), {}, steps,
                   rate, beta1, beta2, decay, eps, false, false, {}, found_inf(skipped));
}

void fused_sgd(const CTTensor *p, const CTTensor *g, const CTTensor *momenta, int n, double rate,
               double momentum, double decay, bool first) {
  at::NoGradGuard guard;
  auto parameters = ct::list(p, n);
  std::vector<at::Tensor> buffers;
  if (momentum != 0) buffers = moments_like(parameters, momenta, n);
  at::_fused_sgd_(flat(parameters), flat(gradients_like(parameters, g, n)), flat(buffers), decay, momentum,
                  rate, 0.0, false, false, first);
}

// Adam without a first moment, so late that nothing is left of the corrections of its start. The
// first moments, which the kernel writes, are then the gradients themselves.
void fused_rmsprop(const CTTensor *p, const CTTensor *g, const CTTensor *squares, int n,
                   CTTensor skipped, double rate, double alpha, double eps) {
  at::NoGradGuard guard;
  const auto parameters = ct::list(p, n);
  const auto gradients = flat(gradients_like(parameters, g, n));
  const auto late = at::full({}, 1e30, parameters[0].options().dtype(at::kFloat));
  const std::vector<at::Tensor> steps(static_cast<size_t>(n), late);
  at::_fused_adam_(flat(parameters), gradients, gradients, flat(moments_like(parameters, squares, n)), {},
                   steps, rate, 0, alpha, 0, eps, false, false, {}, found_inf(skipped));
}

// New tensors: gradients of several parameters may be one and the same.
std::vector<at::Tensor> clipped(const std::vector<at::Tensor> &tensors, double limit) {
  const auto length = at::linalg_vector_norm(at::stack(at::_foreach_norm(tensors)), 2);
  return at::_foreach_mul(tensors, limit / (length + 1e-6).clamp_min(limit));
}

// Divided by 1 where a tensor is short enough, so that it keeps its bits.
std::vector<at::Tensor> clipped_each(const std::vector<at::Tensor> &tensors, double limit) {
  auto norms = at::_foreach_norm(tensors);
  at::_foreach_clamp_min_(norms, limit);
  at::_foreach_div_(norms, limit);
  return at::_foreach_div(tensors, norms);
}

void hand_over(const std::vector<at::Tensor> &tensors, CTTensor *results) {
  for (size_t i = 0; i < tensors.size(); i++) results[i] = ct::wrap(tensors[i]);
}
}  // namespace

CT_STATUS(ct_set_requires_grad(CTTensor t, bool value), unwrap(t).requires_grad_(value))
CT_TENSOR(ct_detach(CTTensor t), unwrap(t).detach())
extern "C" bool ct_grad_enabled(void) { return at::GradMode::is_enabled(); }
extern "C" void ct_set_grad_enabled(bool enabled) { at::GradMode::set_enabled(enabled); }
CT_STATUS(ct_grad(const CTTensor *outputs, const CTTensor *cotangents, int output_count,
                  const CTTensor *inputs, int input_count, bool retain, bool create,
                  bool allow_unused, CTTensor *gradients),
          differentiate(outputs, cotangents, output_count, inputs, input_count, retain, create,
                        allow_unused, gradients))

extern "C" bool ct_autocast_enabled(int type) {
  return at::autocast::is_autocast_enabled(kind(type));
}
// No cache of converted weights: it would go on serving a weight after an optimizer has moved it.
CT_STATUS(ct_autocast_begin(int type, int dtype), {
  at::autocast::set_autocast_cache_enabled(false);
  at::autocast::set_autocast_enabled(kind(type), true);
  at::autocast::set_autocast_dtype(kind(type), static_cast<at::ScalarType>(dtype));
  at::autocast::increment_nesting();
})
extern "C" void ct_autocast_end(int type) {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(kind(type), false);
}
extern "C" void ct_autocast_set_enabled(int type, bool enabled) {
  at::autocast::set_autocast_enabled(kind(type), enabled);
}

CT_STATUS(ct_fused_adam(const CTTensor *p, const CTTensor *g, const CTTensor *m, const CTTensor *v,
                        int n, CTTensor step, CTTensor skipped, double rate, double beta1,
                        double beta2, double eps, double decay),
          fused_adam(p, g, m, v, n, step, skipped, rate, beta1, beta2, eps, decay))
CT_STATUS(ct_fused_sgd(const CTTensor *p, const CTTensor *g, const CTTensor *momenta, int n,
                       double rate, double momentum, double decay, bool first),
          fused_sgd(p, g, momenta, n, rate, momentum, decay, first))

CT_STATUS(ct_fused_rmsprop(const CTTensor *p, const CTTensor *g, const CTTensor *squares, int n,
                           CTTensor skipped, double rate, double alpha, double eps),
          fused_rmsprop(p, g, squares, n, skipped, rate, alpha, eps))

#define CT_FOREACH(signature, expression) \
  CT_STATUS(signature, at::NoGradGuard guard; expression)

CT_FOREACH(ct_foreach_add(const CTTensor *t, const CTTensor *o, int n, double alpha),
           at::_foreach_add_(list(t, n), list(o, n), alpha))
CT_FOREACH(ct_foreach_mul_scalar(const CTTensor *t, int n, double factor),
           at::_foreach_mul_(list(t, n), factor))
CT_FOREACH(ct_foreach_lerp(const CTTensor *t, const CTTensor *o, int n, double weight),
           at::_foreach_lerp_(list(t, n), list(o, n), weight))
CT_FOREACH(ct_foreach_clamp(const CTTensor *t, int n, double low, double high),
           at::_foreach_clamp_min_(list(t, n), low);
           at::_foreach_clamp_max_(list(t, n), high))
CT_FOREACH(ct_foreach_copy(const CTTensor *t, const CTTensor *o, int n),
           at::_foreach_copy_(list(t, n), list(o, n)))
CT_FOREACH(ct_foreach_clip(const CTTensor *t, int n, double limit, CTTensor *results),
           hand_over(clipped(list(t, n), limit), results))
CT_FOREACH(ct_foreach_clip_each(const CTTensor *t, int n, double limit, CTTensor *results),
           hand_over(clipped_each(list(t, n), limit), results))
CT_FOREACH(ct_increment(CTTensor t), unwrap(t).add_(1))
