// Matrix products of linear layers and convolutions through oneDNN. LibTorch sends 32-bit products on the processor to
// MKL, which runs at half the machine's rate on AMD's processors. oneDNN, which LibTorch carries for
// convolutions, uses the widest vectors there too. Products of tiles need no copies of what is transposed besides.
#include "linear.h"

#include "products.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include <atomic>
#include <utility>

namespace {
std::atomic<bool> usually_onednn{false};
// What a thread chose for itself: a session may need another library than the process's own.
thread_local int own_choice = -1;

bool may_use_onednn() {
  return own_choice < 0 ? usually_onednn.load(std::memory_order_relaxed) : own_choice > 0;
}

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Product = Tensor(const Tensor &, const Tensor &, const std::optional<Tensor> &,
                       c10::string_view, c10::List<std::optional<at::Scalar>>,
                       std::optional<c10::string_view>);

// LibTorch's oneDNN product x·wᵀ + b, if this build has it.
const std::optional<c10::TypedOperatorHandle<Product>> &onednn_product() {
  static const auto found = []() -> std::optional<c10::TypedOperatorHandle<Product>> {
    auto schema = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    if (!schema || !at::globalContext().hasMKLDNN()) return std::nullopt;
    return schema->typed<Product>();
  }();
  return found;
}

// Below about a million multiplications, looking up oneDNN's kernel costs more than it saves.
bool worthwhile(const Tensor &x, const Tensor &w) {
  return may_use_onednn() && !ct::is_tracing() && x.dim() == 2 && w.dim() == 2 &&
         x.size(1) == w.size(1) && x.device().is_cpu() && w.device().is_cpu() &&
         x.scalar_type() == at::kFloat && w.scalar_type() == at::kFloat &&
         x.size(0) * x.size(1) * w.size(0) >= (1 << 20) && onednn_product() &&
         !at::autocast::is_autocast_enabled(c10::DeviceType::CPU);
}

// Its derivative is made of the same products, so it can be differentiated again.
struct Linear : torch::autograd::Function<Linear> {
  static Tensor forward(AutogradContext *context, const Tensor &x, const Tensor &w,
                        const std::optional<Tensor> &b) {
    context->save_for_backward({x, w});
    context->saved_data["bias"] = b.has_value();
    if (ct::has_fast_product(x, w)) return ct::product(x, w, b);
    return onednn_product()->call(x, w, b, "none", c10::List<std::optional<at::Scalar>>(), "");
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &g = gradients[0];
    Tensor dx, dw, db;
    if (context->needs_input_grad(0)) dx = ct::affine(g, saved[1].t(), std::nullopt);
    // Weights that come transposed get what lies as they do: optimizers and sums would copy it otherwise.
    if (context->needs_input_grad(1))
      dw = ct::lies_in_columns(saved[1]) ? ct::affine(saved[0].t(), g.t(), std::nullopt).t()
                                         : ct::affine(g.t(), saved[0].t(), std::nullopt);
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2)) db = g.sum(0);
    return {dx, dw, db};
  }
};

}  // namespace

Tensor ct::affine(const Tensor &x, const Tensor &w, const std::optional<Tensor> &b) {
  return worthwhile(x, w) ? Linear::apply(x, w, b) : at::linear(x, w, b);
}

bool ct::prefers_own_products() { return may_use_onednn(); }

extern "C" bool ct_has_onednn_products(void) {
  try {
    return onednn_product().has_value();
  }
  CT_CATCH(false)
}
extern "C" void ct_use_onednn_products(bool enabled) { usually_onednn = enabled; }
extern "C" bool ct_uses_onednn_products(void) { return may_use_onednn(); }
extern "C" int ct_choose_products(int choice) { return std::exchange(own_choice, choice); }
CT_TENSOR(ct_linear(CTTensor input, CTTensor weight, CTTensor bias),
          affine(unwrap(input), unwrap(weight), ct::optional(bias)))
