// Pointwise functions, reductions, shapes, indexing and linear algebra.
#include "support.h"

#include <cmath>
#include <limits>

namespace {
// Integers take no fractional alpha, not even 1.0.
at::Tensor add(const at::Tensor &a, const at::Tensor &b, double alpha) {
  return alpha == 1 ? at::add(a, b) : at::add(a, b, alpha);
}
// ATen refuses finite bounds that the element type cannot hold; they bound nothing.
double bound(const at::Tensor &t, double value) {
  double largest = t.scalar_type() == at::kHalf     ? 65504
                   : t.scalar_type() == at::kDouble ? std::numeric_limits<double>::max()
                                                    : std::numeric_limits<float>::max();
  return std::abs(value) > largest
             ? std::copysign(std::numeric_limits<double>::infinity(), value)
             : value;
}
}  // namespace

#define CT_UNARY(name) CT_TENSOR(ct_##name(CTTensor t), at::name(unwrap(t)))
#define CT_BINARY(name) \
  CT_TENSOR(ct_##name(CTTensor a, CTTensor b), at::name(unwrap(a), unwrap(b)))
#define CT_SCALAR(name)                                       \
  CT_TENSOR(ct_##name##_scalar(CTTensor a, double b),         \
            at::name(unwrap(a), at::Scalar(b)))

CT_TENSOR(ct_add(CTTensor a, CTTensor b, double alpha), add(unwrap(a), unwrap(b), alpha))
CT_BINARY(sub) CT_BINARY(mul) CT_BINARY(div)
CT_SCALAR(mul) CT_SCALAR(div) CT_SCALAR(rsub) CT_SCALAR(eq) CT_SCALAR(lt) CT_SCALAR(gt)
CT_TENSOR(ct_add_scalar(CTTensor a, double b), at::add(unwrap(a), at::Scalar(b)))
CT_TENSOR(ct_pow_scalar(CTTensor a, double exponent), at::pow(unwrap(a), at::Scalar(exponent)))
CT_BINARY(maximum) CT_BINARY(minimum) CT_BINARY(atan2)
CT_TENSOR(ct_lerp(CTTensor a, CTTensor b, double w), at::lerp(unwrap(a), unwrap(b), w))
CT_TENSOR(ct_lerp_tensor(CTTensor a, CTTensor b, CTTensor w),
          at::lerp(unwrap(a), unwrap(b), unwrap(w)))
CT_TENSOR(ct_clamp(CTTensor t, double low, double high),
          at::clamp(unwrap(t), bound(unwrap(t), low), bound(unwrap(t), high)))
CT_TENSOR(ct_where(CTTensor condition, CTTensor a, CTTensor b),
          at::where(unwrap(condition), unwrap(a), unwrap(b)))
CT_TENSOR(ct_masked_fill(CTTensor t, CTTensor mask, double value),
          at::masked_fill(unwrap(t), unwrap(mask), value))
CT_UNARY(neg) CT_UNARY(abs) CT_UNARY(exp) CT_UNARY(log) CT_UNARY(log1p) CT_UNARY(sqrt)
CT_UNARY(rsqrt) CT_UNARY(square) CT_UNARY(reciprocal) CT_UNARY(sin) CT_UNARY(cos) CT_UNARY(acos)
CT_UNARY(sign) CT_UNARY(floor) CT_UNARY(round) CT_UNARY(isfinite) CT_UNARY(logical_not)
CT_BINARY(logical_and) CT_BINARY(logical_or)
CT_BINARY(eq) CT_BINARY(lt) CT_BINARY(gt) CT_BINARY(le) CT_BINARY(ge)

CT_TENSOR(ct_sum(CTTensor t, const int64_t *axes, int n, bool keep),
          at::sum(unwrap(t), at::OptionalIntArrayRef(ints(axes, n)), keep))
CT_TENSOR(ct_mean(CTTensor t, const int64_t *axes, int n, bool keep),
          at::mean(unwrap(t), at::OptionalIntArrayRef(ints(axes, n)), keep))
CT_TENSOR(ct_var(CTTensor t, const int64_t *axes, int n, bool unbiased, bool keep),
          at::var(unwrap(t), at::OptionalIntArrayRef(ints(axes, n)),
                  std::optional<at::Scalar>(unbiased ? 1 : 0), keep))
CT_TENSOR(ct_amax(CTTensor t, const int64_t *axes, int n, bool keep),
          at::amax(unwrap(t), ints(axes, n), keep))
CT_TENSOR(ct_amin(CTTensor t, const int64_t *axes, int n, bool keep),
          at::amin(unwrap(t), ints(axes, n), keep))
CT_TENSOR(ct_logsumexp(CTTensor t, int64_t axis, bool keep), at::logsumexp(unwrap(t), axis, keep))
CT_TENSOR(ct_vector_norm(CTTensor t, double order, const int64_t *axes, int n, bool keep),
          at::linalg_vector_norm(unwrap(t), order,
                                 n ? at::OptionalIntArrayRef(ints(axes, n)) : std::nullopt, keep))
CT_TENSOR(ct_prod(CTTensor t, int64_t axis, bool keep), at::prod(unwrap(t), axis, keep))
CT_TENSOR(ct_cumsum(CTTensor t, int64_t axis), at::cumsum(unwrap(t), axis))
CT_TENSOR(ct_argmax(CTTensor t, int64_t axis, bool keep), at::argmax(unwrap(t), axis, keep))
CT_TENSOR(ct_argmin(CTTensor t, int64_t axis, bool keep), at::argmin(unwrap(t), axis, keep))
CT_UNARY(any) CT_UNARY(all)
CT_STATUS(ct_topk(CTTensor t, int64_t k, int64_t axis, bool largest, CTTensor *values,
                  CTTensor *indices), {
  auto [v, i] = at::topk(unwrap(t), k, axis, largest, true);
  *values = wrap(v);
  *indices = wrap(i);
})
CT_STATUS(ct_sort(CTTensor t, int64_t axis, bool descending, CTTensor *values, CTTensor *indices),
          {
            auto [v, i] = at::sort(unwrap(t), axis, descending);
            *values = wrap(v);
            *indices = wrap(i);
          })
CT_TENSOR(ct_bincount(CTTensor t, int64_t minimum_length),
          at::bincount(unwrap(t), {}, minimum_length))

CT_TENSOR(ct_reshape(CTTensor t, const int64_t *shape, int rank),
          at::reshape(unwrap(t), ints(shape, rank)))
CT_TENSOR(ct_expand(CTTensor t, const int64_t *shape, int rank),
          unwrap(t).expand(ints(shape, rank)))
CT_TENSOR(ct_permute(CTTensor t, const int64_t *axes, int rank),
          at::permute(unwrap(t), ints(axes, rank)))
CT_TENSOR(ct_transpose(CTTensor t, int64_t a, int64_t b), at::transpose(unwrap(t), a, b))
CT_TENSOR(ct_flatten(CTTensor t, int64_t start, int64_t end), at::flatten(unwrap(t), start, end))
CT_TENSOR(ct_squeeze(CTTensor t, int64_t axis), at::squeeze(unwrap(t), axis))
CT_TENSOR(ct_unsqueeze(CTTensor t, int64_t axis), at::unsqueeze(unwrap(t), axis))
CT_TENSOR(ct_cat(const CTTensor *tensors, int n, int64_t axis), at::cat(list(tensors, n), axis))
CT_TENSOR(ct_stack(const CTTensor *tensors, int n, int64_t axis),
          at::stack(list(tensors, n), axis))
CT_TENSOR(ct_narrow(CTTensor t, int64_t axis, int64_t start, int64_t length),
          at::narrow(unwrap(t), axis, start, length))
CT_TENSOR(ct_slice(CTTensor t, int64_t axis, int64_t start, int64_t end, int64_t step),
          at::slice(unwrap(t), axis, start, end, step))
CT_TENSOR(ct_select(CTTensor t, int64_t axis, int64_t index), at::select(unwrap(t), axis, index))
CT_TENSOR(ct_index_select(CTTensor t, int64_t axis, CTTensor index),
          at::index_select(unwrap(t), axis, unwrap(index)))
CT_TENSOR(ct_gather(CTTensor t, int64_t axis, CTTensor index),
          at::gather(unwrap(t), axis, unwrap(index)))
CT_TENSOR(ct_repeat(CTTensor t, const int64_t *counts, int n), unwrap(t).repeat(ints(counts, n)))
CT_TENSOR(ct_repeat_interleave(CTTensor t, int64_t count, int64_t axis),
          at::repeat_interleave(unwrap(t), count, axis))
CT_TENSOR(ct_flip(CTTensor t, const int64_t *axes, int n), at::flip(unwrap(t), ints(axes, n)))
CT_TENSOR(ct_roll(CTTensor t, int64_t shift, int64_t axis), at::roll(unwrap(t), shift, axis))
CT_TENSOR(ct_one_hot(CTTensor t, int64_t classes), at::one_hot(unwrap(t), classes))
CT_STATUS(ct_index_copy(CTTensor t, int64_t axis, CTTensor index, CTTensor source), {
  at::NoGradGuard guard;
  unwrap(t).index_copy_(axis, unwrap(index), unwrap(source));
})
CT_TENSOR(ct_tril(CTTensor t, int64_t diagonal), at::tril(unwrap(t), diagonal))

CT_BINARY(matmul)
CT_TENSOR(ct_cdist(CTTensor a, CTTensor b, double p), at::cdist(unwrap(a), unwrap(b), p))
CT_STATUS(ct_eigh(CTTensor t, CTTensor *values, CTTensor *vectors), {
  auto [v, e] = at::linalg_eigh(unwrap(t));
  *values = wrap(v);
  *vectors = wrap(e);
})
