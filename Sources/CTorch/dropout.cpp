// Dropout on the processor: as few random bits as the probability needs, a mask of bytes, and one pass through memory
// in each direction. LibTorch draws 64 bits for every number, one after the other.
#include "dropout.h"
#include "parallel.h"
#include "rows.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <mutex>

using at::Tensor;

namespace {
// How many of 2^bits values keep a number. Sixteen bits come within 1/131072 of any probability, and what is kept is
// scaled by what the bits make of it, so that the mean stays.
struct Share {
  int bits;
  uint32_t kept;

  explicit Share(double keep) {
    for (bits = 1; bits < 16; bits *= 2)
      if (const double part = std::ldexp(keep, bits); part == std::floor(part)) break;
    kept = static_cast<uint32_t>(std::lround(std::ldexp(keep, bits)));
  }
  float scale() const { return std::ldexp(1.f, bits) / static_cast<float>(kept); }
};

// One byte for each number, 1 where it is kept, in the order of memory.
Tensor mask_like(const Tensor &t, const Share &share, const std::optional<at::Generator> &source) {
  Tensor mask = at::empty_like(t, t.options().dtype(at::kByte));
  uint8_t *place = mask.mutable_data_ptr<uint8_t>();
  auto *generator =
      at::get_generator_or_default<at::CPUGeneratorImpl>(source, at::detail::getDefaultCPUGenerator());
  std::lock_guard<std::mutex> lock(generator->mutex_);
  const int in_word = 32 / share.bits;
  const uint32_t all = (uint32_t{1} << share.bits) - 1;
  for (int64_t start = 0; start < t.numel(); start += in_word) {
    uint32_t word = generator->random();
    const int64_t end = std::min<int64_t>(start + in_word, t.numel());
    for (int64_t i = start; i < end; i++, word >>= share.bits) place[i] = (word & all) < share.kept;
  }
  return mask;
}

template <typename T>
void scaled(const Tensor &t, const Tensor &mask, float scale, Tensor &result) {
  const T *from = t.const_data_ptr<T>();
  const uint8_t *kept = mask.const_data_ptr<uint8_t>();
  T *to = result.mutable_data_ptr<T>();
  const int64_t count = t.numel(), piece = 32768;
  ct::in_parallel((count + piece - 1) / piece, 1, [&](int64_t i) {
    const int64_t start = i * piece;
    ct::mask(from + start, kept + start, std::min(piece, count - start), scale, to + start);
  });
}

struct Masked : torch::autograd::Function<Masked> {
  static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &t, const Tensor &mask,
                        double scale) {
    context->save_for_backward({mask});
    context->saved_data["scale"] = scale;
    Tensor result = at::empty_like(t);
    (t.scalar_type() == at::kFloat ? scaled<float> : scaled<at::BFloat16>)(
        t, mask, static_cast<float>(scale), result);
    return result;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list cotangents) {
    const Tensor mask = context->get_saved_variables()[0];
    Tensor gradient = cotangents[0];
    // In the order in which the mask lies.
    if (gradient.strides() != mask.strides())
      gradient = at::empty_strided(mask.sizes(), mask.strides(), gradient.options()).copy_(gradient);
    return {Masked::apply(gradient, mask, context->saved_data["scale"].toDouble()), Tensor(), Tensor()};
  }
};
}  // namespace

std::optional<Tensor> ct::dropped(const Tensor &t, double p, const std::optional<at::Generator> &generator) {
  const bool known = t.scalar_type() == at::kFloat || t.scalar_type() == at::kBFloat16;
  if (!t.device().is_cpu() || !known || !t.is_non_overlapping_and_dense()) return std::nullopt;
  const Share share(1 - p);
  if (share.kept == 0) return std::nullopt;
  return Masked::apply(t, mask_like(t, share, generator), share.scale());
}
