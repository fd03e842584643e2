// The rectifier with learned slopes, whose gradients LibTorch computes number by number: here in one pass.
#include "normalization.h"
#include "parallel.h"
#include "rows.h"

#include <torch/csrc/autograd/custom_function.h>

using namespace ct;

namespace {
struct BentGradients {
  Tensor values, slopes;
};

template <typename T>
BentGradients in_one_pass(const Tensor &x, const Tensor &gradient, const Tensor &slopes) {
  const Maps maps(x, true, false);
  const Tensor bends = slopes.to(at::kFloat).expand({maps.channels}).contiguous();
  const Tensor sums = at::zeros({maps.pieces(), maps.channels}, at::kFloat);
  BentGradients result{at::empty_like(x), {}};
  const T *from = x.const_data_ptr<T>(), *down = gradient.const_data_ptr<T>();
  const float *slope = bends.const_data_ptr<float>();
  T *to = result.values.mutable_data_ptr<T>();
  float *sum = sums.mutable_data_ptr<float>();
  in_parallel(maps.pieces(), 1, [&](int64_t piece) {
    const int64_t start = maps.start(0, piece);
    unbend(from + start, down + start, maps.rows_of(piece), maps.channels, slope, to + start,
           sum + piece * maps.channels);
  });
  const Tensor total = sums.sum(0, false, at::kDouble);
  result.slopes = (slopes.numel() == 1 ? total.sum() : total).to(slopes.scalar_type()).view_as(slopes);
  return result;
}

// The same gradients as differentiable functions.
BentGradients differentiable(const Tensor &x, const Tensor &gradient, const Tensor &slopes) {
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  shape[1] = slopes.numel();
  const auto below = x <= 0;
  const auto values = at::where(below, gradient * slopes.view(shape), gradient);
  const auto each = at::where(below, gradient * x, at::zeros({}, x.options()));
  return {values, slopes.numel() == 1 ? each.sum().view_as(slopes)
                                      : each.transpose(0, 1).flatten(1).sum(1).view_as(slopes)};
}

struct PReLU : torch::autograd::Function<PReLU> {
  static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x, const Tensor &slopes) {
    context->save_for_backward({x, slopes});
    return at::prelu(x, slopes);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list cotangents) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &slopes = saved[1];
    BentGradients result;
    if (at::GradMode::is_enabled()) {
      result = differentiable(x, cotangents[0], slopes);
    } else {
      const auto cotangent = cotangents[0].to(x.scalar_type()).contiguous(x.suggest_memory_format());
      result = x.scalar_type() == at::kFloat ? in_one_pass<float>(x, cotangent, slopes)
                                             : in_one_pass<at::BFloat16>(x, cotangent, slopes);
    }
    return {result.values, result.slopes};
  }
};

Tensor bent(const Tensor &x, const Tensor &slopes) {
  const bool fused = at::GradMode::is_enabled() && !is_tracing() && lies_in_rows(x) && x.numel() > 0 &&
                     slopes.scalar_type() == x.scalar_type();
  return fused ? PReLU::apply(x, slopes) : at::prelu(x, slopes);
}
}  // namespace

CT_TENSOR(ct_prelu(CTTensor t, CTTensor weight), bent(unwrap(t), unwrap(weight)))
