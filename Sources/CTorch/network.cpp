// What networks are made of: normalised weights, resampling, activations, losses.
#include "support.h"

namespace {
at::Tensor pad(const at::Tensor &t, at::IntArrayRef widths, int mode, double value) {
  switch (mode) {
    case 1: return at::reflection_pad2d(t, widths);
    case 2: return at::replication_pad2d(t, widths);
    default: return at::constant_pad_nd(t, widths, value);
  }
}

// LibTorch's own passes over rows, where they are for it.
at::Tensor weight_norm(const at::Tensor &v, const at::Tensor &g) {
  const bool in_rows = v.device().is_cpu() && v.is_contiguous() && v.scalar_type() == at::kFloat;
  if (in_rows && !ct::is_tracing()) return std::get<0>(at::_weight_norm_interface(v, g, 0));
  std::vector<int64_t> axes;
  for (int64_t axis = 1; axis < v.dim(); axis++) axes.push_back(axis);
  return v * (g / at::linalg_vector_norm(v, 2, axes, true));
}
}  // namespace

CT_TENSOR(ct_weight_norm(CTTensor v, CTTensor g), weight_norm(unwrap(v), unwrap(g)))
CT_TENSOR(ct_avg_pool2d(CTTensor t, int64_t kernel, int64_t stride, int64_t padding),
          at::avg_pool2d(unwrap(t), kernel, stride, padding))
CT_TENSOR(ct_sum_pool2d(CTTensor t, int64_t kernel, int64_t stride, int64_t padding),
          at::avg_pool2d(unwrap(t), kernel, stride, padding, false, true, 1))
CT_TENSOR(ct_max_pool2d(CTTensor t, int64_t kernel, int64_t stride, int64_t padding),
          at::max_pool2d(unwrap(t), kernel, stride, padding))
CT_TENSOR(ct_adaptive_avg_pool2d(CTTensor t, int64_t h, int64_t w),
          at::adaptive_avg_pool2d(unwrap(t), {h, w}))
CT_TENSOR(ct_adaptive_max_pool2d(CTTensor t, int64_t h, int64_t w),
          std::get<0>(at::adaptive_max_pool2d(unwrap(t), {h, w})))
CT_TENSOR(ct_upsample_nearest2d(CTTensor t, int64_t h, int64_t w),
          at::upsample_nearest2d(unwrap(t), at::IntArrayRef({h, w})))
CT_TENSOR(ct_upsample_bilinear2d(CTTensor t, int64_t h, int64_t w, bool antialias),
          antialias ? at::_upsample_bilinear2d_aa(unwrap(t), at::IntArrayRef({h, w}), false)
                    : at::upsample_bilinear2d(unwrap(t), at::IntArrayRef({h, w}), false))
CT_TENSOR(ct_upsample_bicubic2d(CTTensor t, int64_t h, int64_t w, bool antialias),
          antialias ? at::_upsample_bicubic2d_aa(unwrap(t), at::IntArrayRef({h, w}), false)
                    : at::upsample_bicubic2d(unwrap(t), at::IntArrayRef({h, w}), false))
CT_TENSOR(ct_pixel_shuffle(CTTensor t, int64_t factor), at::pixel_shuffle(unwrap(t), factor))
CT_TENSOR(ct_pad(CTTensor t, const int64_t *widths, int n, int mode, double value),
          pad(unwrap(t), ints(widths, n), mode, value))

CT_TENSOR(ct_layer_norm(CTTensor t, const int64_t *shape, int rank, CTTensor weight,
                        CTTensor bias, double eps),
          at::layer_norm(unwrap(t), ints(shape, rank), optional(weight), optional(bias), eps))
// No gradient needs the product's value.
CT_TENSOR(ct_modulate(CTTensor t, CTTensor gain, CTTensor offset),
          at::mul(unwrap(t), unwrap(gain)).add_(unwrap(offset)))
CT_TENSOR(ct_embedding(CTTensor weight, CTTensor indices),
          at::embedding(unwrap(weight), unwrap(indices)))

CT_TENSOR(ct_relu(CTTensor t), at::relu(unwrap(t)))
CT_TENSOR(ct_leaky_relu(CTTensor t, double slope), at::leaky_relu(unwrap(t), slope))
CT_TENSOR(ct_elu(CTTensor t, double alpha), at::elu(unwrap(t), alpha))
CT_TENSOR(ct_gelu(CTTensor t), at::gelu(unwrap(t)))
CT_TENSOR(ct_silu(CTTensor t), at::silu(unwrap(t)))
CT_TENSOR(ct_tanh(CTTensor t), at::tanh(unwrap(t)))
CT_TENSOR(ct_sigmoid(CTTensor t), at::sigmoid(unwrap(t)))
CT_TENSOR(ct_softplus(CTTensor t), at::softplus(unwrap(t)))
CT_TENSOR(ct_log_sigmoid(CTTensor t), at::log_sigmoid(unwrap(t)))
CT_TENSOR(ct_softmax(CTTensor t, int64_t axis), at::softmax(unwrap(t), axis))
CT_TENSOR(ct_log_softmax(CTTensor t, int64_t axis), at::log_softmax(unwrap(t), axis))

CT_STATUS(ct_relu_in_place(CTTensor t), at::relu_(unwrap(t)))
CT_STATUS(ct_leaky_relu_in_place(CTTensor t, double slope), at::leaky_relu_(unwrap(t), slope))
CT_STATUS(ct_hardtanh_in_place(CTTensor t, double low, double high), at::hardtanh_(unwrap(t), low, high))
CT_STATUS(ct_tanh_in_place(CTTensor t), at::tanh_(unwrap(t)))

CT_TENSOR(ct_mse_loss(CTTensor p, CTTensor target, int reduction),
          at::mse_loss(unwrap(p), unwrap(target), reduction))
CT_TENSOR(ct_l1_loss(CTTensor p, CTTensor target, int reduction),
          at::l1_loss(unwrap(p), unwrap(target), reduction))
CT_TENSOR(ct_smooth_l1_loss(CTTensor p, CTTensor target, int reduction, double beta),
          at::smooth_l1_loss(unwrap(p), unwrap(target), reduction, beta))
CT_TENSOR(ct_bce_with_logits(CTTensor logits, CTTensor target, int reduction),
          at::binary_cross_entropy_with_logits(unwrap(logits), unwrap(target), {}, {}, reduction))
CT_TENSOR(ct_cross_entropy(CTTensor logits, CTTensor labels, int reduction, double smoothing),
          at::cross_entropy_loss(unwrap(logits), unwrap(labels), {}, reduction, -100, smoothing))
