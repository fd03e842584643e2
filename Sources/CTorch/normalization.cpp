// Batch and instance normalisation as functions that know their gradients: in two passes where the numbers lie for
// it, else by LibTorch.
#include "normalization.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

using namespace ct;

namespace {
Tensor rectified(Tensor t, double slope) {
  return slope == 1 ? t : slope == 0 ? at::relu_(t) : at::leaky_relu_(t, slope);
}

bool is_per_image(const Tensor &x, const Optional &t) {
  return t && t->numel() != x.size(1);
}

// One image is a batch of its own to batch normalisation, whose kernels know channels-last, while
// those of instance normalisation go through copies in the other layout.
Tensor plain_instance_norm(const Tensor &t, const Optional &gain, const Optional &offset,
                           double eps) {
  if (t.size(0) == 1) return at::batch_norm(t, gain, offset, {}, {}, true, 0.1, eps, true);
  return at::instance_norm(t, gain, offset, {}, {}, true, 0.1, eps, true)
      .contiguous(t.suggest_memory_format());
}

Tensor plain(const Tensor &x, const Learned &learned, const Plan &plan, const Running &running,
             bool training) {
  const Optional &gain = learned.gain, &offset = learned.offset;
  const bool per_image = is_per_image(x, gain);
  const Optional none, &own_gain = per_image ? none : gain, &own_offset = per_image ? none : offset;
  Tensor result = plan.pooled ? at::batch_norm(x, own_gain, own_offset, running.mean,
                                               running.variance, training, running.momentum,
                                               plan.eps, true)
                              : plain_instance_norm(x, own_gain, own_offset, plan.eps);
  if (per_image) {
    std::vector<int64_t> shape{x.size(0), x.size(1), 1, 1};
    shape.resize(static_cast<size_t>(x.dim()));
    // No gradient needs the product's value.
    result = at::mul(result, gain->reshape(shape)).add_(offset->reshape(shape));
  }
  result = learned.slopes ? at::prelu(result, learned.slopes->to(result.scalar_type()))
                          : rectified(result, plan.slope);
  return learned.more ? result + *learned.more : result;
}

// The same gradients where the rectifier's slopes are learned.
Gradients recomputed(const Tensor &x, const Tensor &gradient, const Learned &learned, const Plan &plan) {
  const std::vector<Optional> numbers{x, learned.gain, learned.offset, learned.slopes};
  std::vector<Tensor> sources;
  for (const auto &t : numbers)
    if (t && t->requires_grad()) sources.push_back(*t);
  auto found = torch::autograd::grad({plain(x, learned, plan, {}, true)}, sources, {gradient}, true, true);
  std::vector<Tensor> result;
  for (const auto &t : numbers) {
    const bool is_source = t && t->requires_grad();
    result.push_back(is_source ? found.front() : Tensor());
    if (is_source) found.erase(found.begin());
  }
  return {result[0], result[1], result[2], result[3]};
}

// The same gradients as differentiable functions.
Gradients differentiable(const Tensor &x, const Tensor &gradient, const Tensor &gain,
                         const Plan &plan, const Maps &maps, const Statistics &statistics) {
  std::vector<int64_t> numbers{1, x.size(1), 1, 1};
  numbers.resize(static_cast<size_t>(x.dim()));
  auto per_image = numbers;
  per_image[0] = maps.images;
  Tensor below = gradient;
  if (plan.slope != 1) {
    at::NoGradGuard guard;
    const auto sign = x * statistics.scale.view(per_image) + statistics.offset.view(per_image);
    const auto factor = at::where(sign > 0, 1.0, plan.slope).to(gradient.scalar_type());
    at::AutoGradMode again(true);
    below = gradient * factor;
  }
  if (maps.images == 1 && plan.pooled) {
    auto [values, of_gain, of_offset] = at::native_batch_norm_backward(
        below, x, gain.defined() ? Optional(gain) : Optional(), {}, {}, statistics.mean[0],
        statistics.rate[0], true, plan.eps, {true, gain.defined(), true});
    return {values, of_gain, of_offset};
  }
  const std::vector<int64_t> all{0, 2, 3}, pixels{2, 3}, &axes = plan.pooled ? all : pixels;
  const auto values = x.to(at::kFloat);
  const auto centred = values - values.mean(axes, true);
  const auto rate = (centred.square().mean(axes, true) + plan.eps).rsqrt();
  const auto normal = centred * rate;
  const auto weighted =
      gain.defined() ? below * gain.view({gain.numel() / x.size(1), -1, 1, 1}) : below;
  const auto projected = rate * (weighted - weighted.mean(axes, true) -
                                 normal * (weighted * normal).mean(axes, true));
  return {projected.to(x.scalar_type()), (below * normal).sum(pixels), below.sum(pixels)};
}

// Gradients of numbers that several images have in common are added up.
Tensor shaped(const Tensor &gradient, const Tensor &like) {
  if (!like.defined() || !gradient.defined()) return {};
  if (gradient.numel() == like.numel()) return gradient.view_as(like);
  return (like.numel() == 1 ? gradient.sum() : gradient.sum(0)).view_as(like);
}

struct Normalization : torch::autograd::Function<Normalization> {
  static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x,
                        const Optional &gain, const Optional &offset, const Optional &slopes,
                        const Optional &more, const Plan &plan, const Running &running) {
    const Maps maps(x, plan.pooled, is_per_image(x, gain));
    Statistics statistics(maps);
    Tensor y = normalized(x, {gain, offset, slopes, more}, plan, running, maps, statistics);
    context->save_for_backward({x, gain.value_or(Tensor()), offset.value_or(Tensor()),
                                statistics.mean, statistics.rate, statistics.scale,
                                statistics.offset, slopes.value_or(Tensor())});
    context->saved_data["more"] = more.has_value();
    context->saved_data["pooled"] = plan.pooled;
    context->saved_data["eps"] = plan.eps;
    context->saved_data["slope"] = plan.slope;
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list cotangents) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &gain = saved[1], &offset = saved[2], &slopes = saved[7];
    const auto given = [](const Tensor &t) { return t.defined() ? Optional(t) : Optional(); };
    const Learned learned{given(gain), given(offset), given(slopes), {}};
    const Plan plan{context->saved_data["pooled"].toBool(), context->saved_data["eps"].toDouble(),
                    context->saved_data["slope"].toDouble()};
    const Maps maps(x, plan.pooled, is_per_image(x, learned.gain));
    const Statistics statistics(saved[3], saved[4], saved[5], saved[6]);
    Gradients result;
    if (at::GradMode::is_enabled() && learned.slopes) {
      result = recomputed(x, cotangents[0], learned, plan);
    } else if (at::GradMode::is_enabled()) {
      result = differentiable(x, cotangents[0], gain, plan, maps, statistics);
    } else {
      const auto format = x.suggest_memory_format();
      const auto cotangent = cotangents[0].to(x.scalar_type()).contiguous(format);
      result = gradients(x, cotangent, learned, plan, maps, statistics);
    }
    const bool more = context->saved_data["more"].toBool();
    return {result.values, shaped(result.gain, gain), shaped(result.offset, offset),
            shaped(result.slopes, slopes), more ? cotangents[0] : Tensor(), {}, {}};
  }
};

bool is_float(const Optional &t) {
  return !t || (t->scalar_type() == at::kFloat && t->is_contiguous());
}

// Whether the passes can read everything.
bool is_laid_out(const Tensor &x, const Learned &learned) {
  const auto &[gain, offset, slopes, more] = learned;
  return lies_in_rows(x) && (x.dim() == 4 || !is_per_image(x, gain)) && is_float(gain) &&
         is_float(offset) && is_float(slopes) &&
         (!more || (more->scalar_type() == x.scalar_type() && more->sizes() == x.sizes() &&
                    more->is_contiguous(x.suggest_memory_format())));
}

bool needs_graph(const Tensor &x, const Learned &learned) {
  const auto needs = [](const Optional &t) { return t && t->requires_grad(); };
  return at::GradMode::is_enabled() && (x.requires_grad() || needs(learned.gain) || needs(learned.offset) ||
                                        needs(learned.slopes) || needs(learned.more));
}

// Those of a single image are those of all.
Optional numbers(CTTensor t, const Tensor &x) {
  if (!t) return {};
  const Tensor &own = ct::unwrap(t);
  return own.numel() == x.size(1) ? own.reshape({-1}) : own;
}

Learned learned(const Tensor &x, CTTensor gain, CTTensor offset, CTTensor slopes, CTTensor more) {
  return {numbers(gain, x), numbers(offset, x), ct::optional(slopes), ct::optional(more)};
}

// The passes read and write as many numbers as there are channels, or channels of images, without asking again.
void check_lengths(const Tensor &x, const Learned &own, const Running &running) {
  const int64_t channels = x.size(1), length = own.gain ? own.gain->numel() : channels;
  const auto has = [](const Optional &t, int64_t count) { return !t || t->numel() == count; };
  TORCH_CHECK(length == channels || length == x.size(0) * channels, "a normalisation of ", x.size(0), " images of ",
              channels, " channels has a gain of ", length, " numbers");
  TORCH_CHECK(has(own.offset, length) && (own.offset || length == channels), "a normalisation with a gain of ",
              length, " numbers has an offset of ", own.offset ? own.offset->numel() : 0);
  TORCH_CHECK(has(own.slopes, 1) || has(own.slopes, channels), "a rectifier of ", channels, " channels has ",
              own.slopes->numel(), " slopes");
  TORCH_CHECK(has(running.mean, channels) && has(running.variance, channels),
              "a normalisation of ", channels, " channels has running statistics of another number");
}

Tensor normalization(const Tensor &x, const Learned &own, const Plan &plan, const Running &running,
                     bool training) {
  check_lengths(x, own, running);
  const bool fused = !is_tracing() && is_laid_out(x, own) && is_float(running.mean) &&
                     is_float(running.variance) && (training || !needs_graph(x, own));
  if (!fused) return plain(x, own, plan, running, training);
  if (!training) return evaluated(x, own, plan, running, Maps(x, plan.pooled, is_per_image(x, own.gain)));
  return Normalization::apply(x, own.gain, own.offset, own.slopes, own.more, plan, running);
}
// Outside any graph.
void batch_moments(const Tensor &x, CTTensor *mean, CTTensor *variance) {
  at::NoGradGuard guard;
  std::pair<Tensor, Tensor> found;
  if (is_laid_out(x, {})) {
    found = moments(x);
  } else {
    std::vector<int64_t> axes{0};
    for (int64_t axis = 2; axis < x.dim(); axis++) axes.push_back(axis);
    auto [spread, centre] = at::var_mean(x.to(at::kFloat), axes, false);
    found = {centre, spread};
  }
  *mean = ct::wrap(found.first);
  *variance = ct::wrap(found.second);
}
}  // namespace

CT_STATUS(ct_batch_moments(CTTensor t, CTTensor *mean, CTTensor *variance),
          batch_moments(unwrap(t), mean, variance))
CT_TENSOR(ct_batch_norm(CTTensor t, CTTensor weight, CTTensor bias, CTTensor mean,
                        CTTensor variance, bool training, double momentum, double eps,
                        double slope, CTTensor slopes, CTTensor more),
          normalization(unwrap(t), learned(unwrap(t), weight, bias, slopes, more), {true, eps, slope},
                        {optional(mean), optional(variance), momentum}, training))
CT_TENSOR(ct_instance_norm(CTTensor t, CTTensor weight, CTTensor bias, double eps, double slope,
                           CTTensor slopes, CTTensor more),
          normalization(unwrap(t), learned(unwrap(t), weight, bias, slopes, more), {false, eps, slope}, {},
                        true))
