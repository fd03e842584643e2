// Convolutions on processors of which every derivative is one of the same three kinds: what comes out, the gradient of
// what goes in, and that of the kernel. LibTorch takes a second derivative by a convolution of transposed copies. Where
// the maps are small beside the kernel all three are products of matrices, which read and write the kernel as it lies.
// What makes images of few channels is computed for all pixels that a window sees, and folded.
#include "direct.h"
#include "folding.h"
#include "linear.h"
#include "support.h"
#include "winograd.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

using at::Tensor;

namespace {
using Optional = std::optional<Tensor>;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// By what the three kinds are computed: LibTorch's convolutions, products of matrices, Winograd's minimal filtering,
// products of what some windows see at a time, or LibTorch's with the gradient of what goes in, which has few channels,
// folded.
enum class Way : int64_t { library, product, winograd, direct, folded };

// Where the windows lie, and how what they see is computed.
struct Windows {
  std::vector<int64_t> stride, padding;
  Way way;

  Windows(std::vector<int64_t> stride, std::vector<int64_t> padding, Way way)
      : stride(std::move(stride)), padding(std::move(padding)), way(way) {}
  explicit Windows(AutogradContext *context) {
    const auto numbers = context->saved_data["windows"].toIntVector();
    stride = {numbers[0], numbers[1]};
    padding = {numbers[2], numbers[3]};
    way = static_cast<Way>(numbers[4]);
  }
  void save(AutogradContext *context) const {
    context->saved_data["windows"] =
        std::vector<int64_t>{stride[0], stride[1], padding[0], padding[1], static_cast<int64_t>(way)};
  }
};

// ---- Products: windows and maps as matrices with a row for each window ----

// `[N, C, H, W]` as `[N, H, W, C]`, which is how it lies in memory.
Tensor channels_last_view(const Tensor &t) { return t.permute({0, 2, 3, 1}); }

// A new `[N·H·W, C]` as `[N, C, H, W]`: not a view of it, for activations overwrite what a convolution returns.
Tensor as_maps(const Tensor &matrix, int64_t count, int64_t height, int64_t width) {
  const int64_t channels = matrix.numel() / (count * height * width);
  return at::empty({0}, matrix.options())
      .set_(matrix.storage(), 0, {count, channels, height, width},
            {height * width * channels, 1, width * channels, channels});
}

// `[N·h·w, C]` of maps, and `[O, kH·kW·C]` of a kernel.
Tensor rows(const Tensor &maps) { return channels_last_view(maps).reshape({-1, maps.size(1)}); }
Tensor matrix(const Tensor &kernel) {
  return channels_last_view(kernel).reshape({kernel.size(0), -1});
}

// What every window sees: `[N·h·w, kH·kW·C]`.
Tensor patches(const Tensor &x, int64_t height, int64_t width, const Windows &windows) {
  const auto [above, left] = std::pair(windows.padding[0], windows.padding[1]);
  Tensor pixels = channels_last_view(x);
  if (above || left) pixels = at::constant_pad_nd(pixels, {0, 0, left, left, above, above});
  pixels = pixels.unfold(1, height, windows.stride[0]).unfold(2, width, windows.stride[1]);
  return pixels.permute({0, 1, 2, 4, 5, 3}).reshape({-1, height * width * x.size(1)});
}

int64_t outputs(int64_t length, int64_t kernel, const Windows &windows, int axis) {
  return (length + 2 * windows.padding[axis] - kernel) / windows.stride[axis] + 1;
}

Tensor product_values(const Tensor &x, const Tensor &w, const Optional &b, const Windows &windows) {
  const Tensor result = ct::affine(patches(x, w.size(2), w.size(3), windows), matrix(w), b);
  return as_maps(result, x.size(0), outputs(x.size(2), w.size(2), windows, 0),
                 outputs(x.size(3), w.size(3), windows, 1));
}

// Adds up what the windows say of every pixel.
Tensor product_input(const Tensor &g, const Tensor &w, at::IntArrayRef sizes, const Windows &windows) {
  const int64_t height = w.size(2), width = w.size(3);
  const auto &padding = windows.padding;
  const Tensor said = ct::affine(rows(g), matrix(w).t(), std::nullopt);
  // The only window may be all of the image.
  if (sizes[2] == height && sizes[3] == width && padding[0] == 0 && padding[1] == 0)
    return as_maps(said, sizes[0], height, width);
  return ct::folded(as_maps(said, g.size(0), g.size(2), g.size(3)), sizes, {height, width}, windows.stride,
                    padding);
}

Tensor product_kernel(const Tensor &g, const Tensor &x, at::IntArrayRef sizes, const Windows &windows) {
  const Tensor result = ct::affine(rows(g).t(), patches(x, sizes[2], sizes[3], windows).t(), std::nullopt);
  return as_maps(result, sizes[0], sizes[2], sizes[3]);
}

// ---- Few channels ----

// The gradient of images of few channels, of the given sizes. A kernel's channels are computed sixteen at a time,
// whether they are there or not. Here those of all pixels of a window, or of a line of it, count as channels, which is
// how the kernel lies in memory; what windows say of the same pixel is added up.
Tensor folded_input(const Tensor &g, const Tensor &w, at::IntArrayRef sizes, const Windows &windows) {
  const auto &stride = windows.stride, &padding = windows.padding;
  const int64_t height = w.size(2), width = w.size(3);
  // Lines of a small window would leave most of sixteen channels empty.
  const bool whole = height * width * w.size(1) <= 36;
  const Tensor taps = channels_last_view(w)
                          .reshape({w.size(0), whole ? 1 : height, 1, -1})
                          .permute({0, 3, 1, 2});
  if (whole)
    return ct::folded(at::conv_transpose2d(g, taps), sizes, {height, width}, stride, padding);
  const int64_t rest = sizes[2] - ((g.size(2) - 1) * stride[0] - 2 * padding[0] + height);
  const Tensor said =
      at::conv_transpose2d(g, taps, {}, {stride[0], 1}, {padding[0], 0}, {rest, 0});
  return ct::folded(said, sizes, {1, width}, {1, stride[1]}, {0, padding[1]});
}

// A kernel `[O, C, h, w]` as `[C, O, h, w]`, its taps the other way round: what was the images' is now the maps'.
template <typename Number>
void turn(const Number *from, int64_t kernels, int64_t taps, int64_t channels, Number *to) {
  for (int64_t tap = 0; tap < taps; tap++)
    for (int64_t o = 0; o < kernels; o++)
      for (int64_t c = 0; c < channels; c++)
        to[(c * taps + taps - 1 - tap) * kernels + o] = from[(o * taps + tap) * channels + c];
}

// Its own inverse, and so its own gradient.
struct Turned : torch::autograd::Function<Turned> {
  static Tensor forward(AutogradContext *, const Tensor &w) {
    const Tensor lying = w.contiguous(at::MemoryFormat::ChannelsLast);
    const Tensor turned = at::empty({w.size(1), w.size(0), w.size(2), w.size(3)}, w.options(),
                                    at::MemoryFormat::ChannelsLast);
    AT_DISPATCH_FLOATING_TYPES_AND2(at::kBFloat16, at::kHalf, w.scalar_type(), "turned", [&] {
      turn(lying.const_data_ptr<scalar_t>(), w.size(0), w.size(2) * w.size(3), w.size(1),
           turned.mutable_data_ptr<scalar_t>());
    });
    return turned;
  }
  static variable_list backward(AutogradContext *, variable_list cotangents) {
    return {Turned::apply(cotangents[0])};
  }
};

// ---- The three kinds ----

ct::Convolution sizes(at::IntArrayRef x, const Tensor &w, const Windows &windows) {
  return ct::Convolution(x, w.sizes(), windows.stride, windows.padding);
}

std::array<Tensor, 3> library_gradients(const Tensor &g, const Tensor &x, const Tensor &w,
                                        const Windows &windows, std::array<bool, 3> mask) {
  const std::vector<int64_t> bias{w.size(0)}, one{1, 1}, none{0, 0};
  auto [values, kernel, offset] =
      at::convolution_backward(g, x, w, bias, windows.stride, windows.padding, one, false, none, 1, mask);
  return {values, kernel, offset};
}

Tensor values(const Tensor &x, const Tensor &w, const Optional &b, const Windows &windows) {
  if (windows.way == Way::product) return product_values(x, w, b, windows);
  if (windows.way == Way::winograd) return ct::winograd_values(x, w, b, sizes(x.sizes(), w, windows));
  if (windows.way == Way::direct) return ct::direct_values(x, w, b, sizes(x.sizes(), w, windows));
  return at::conv2d(x, w, b, windows.stride, windows.padding);
}

// `x` has the size of the result.
Tensor gradient_of_input(const Tensor &g, const Tensor &w, const Tensor &x, const Windows &windows) {
  if (windows.way == Way::product) return product_input(g, w, x.sizes(), windows);
  if (windows.way == Way::winograd) return ct::winograd_input(g, w, sizes(x.sizes(), w, windows));
  if (windows.way == Way::direct) return ct::direct_input(g, w, sizes(x.sizes(), w, windows));
  if (windows.way == Way::folded) return folded_input(g, w, x.sizes(), windows);
  return library_gradients(g, x, w, windows, {true, false, false})[0];
}

// `w` has the size of the result.
Tensor gradient_of_kernel(const Tensor &g, const Tensor &x, const Tensor &w, const Windows &windows) {
  if (windows.way == Way::product) return product_kernel(g, x, w.sizes(), windows);
  if (windows.way == Way::winograd) return ct::winograd_kernel(g, x, sizes(x.sizes(), w, windows));
  if (windows.way == Way::direct) return ct::direct_kernel(g, x, sizes(x.sizes(), w, windows));
  return library_gradients(g, x, w, windows, {false, true, false})[1];
}

struct Values : torch::autograd::Function<Values> {
  static Tensor forward(AutogradContext *context, const Tensor &x, const Tensor &w, const Optional &b,
                        const Windows &windows) {
    context->save_for_backward({x, w});
    context->saved_data["bias"] = b.has_value();
    windows.save(context);
    return values(x, w, b, windows);
  }
  static variable_list backward(AutogradContext *context, variable_list cotangents);
};

struct InputGradient : torch::autograd::Function<InputGradient> {
  static Tensor forward(AutogradContext *context, const Tensor &g, const Tensor &w, const Tensor &x,
                        const Windows &windows) {
    context->save_for_backward({g, w});
    windows.save(context);
    return gradient_of_input(g, w, x, windows);
  }
  static variable_list backward(AutogradContext *context, variable_list cotangents);
};

struct KernelGradient : torch::autograd::Function<KernelGradient> {
  static Tensor forward(AutogradContext *context, const Tensor &g, const Tensor &x, const Tensor &w,
                        const Windows &windows) {
    context->save_for_backward({g, x});
    windows.save(context);
    return gradient_of_kernel(g, x, w, windows);
  }
  static variable_list backward(AutogradContext *context, variable_list cotangents);
};

variable_list Values::backward(AutogradContext *context, variable_list cotangents) {
  const Windows windows(context);
  const auto saved = context->get_saved_variables();
  const Tensor &g = cotangents[0], &x = saved[0], &w = saved[1];
  const bool of_x = context->needs_input_grad(0), of_w = context->needs_input_grad(1);
  const bool of_b = context->saved_data["bias"].toBool() && context->needs_input_grad(2);
  if (!at::GradMode::is_enabled() && (windows.way == Way::library || windows.way == Way::folded)) {
    const bool folded = of_x && windows.way == Way::folded;
    auto result = std::array<Tensor, 3>();
    if (of_w || of_b || !folded) result = library_gradients(g, x, w, windows, {of_x && !folded, of_w, of_b});
    return {folded ? gradient_of_input(g, w, x, windows) : result[0], result[1], result[2], {}};
  }
  return {of_x ? InputGradient::apply(g, w, x.detach(), windows) : Tensor(),
          of_w ? KernelGradient::apply(g, x, w.detach(), windows) : Tensor(),
          of_b ? g.sum({0, 2, 3}) : Tensor(), {}};
}

variable_list InputGradient::backward(AutogradContext *context, variable_list cotangents) {
  const Windows windows(context);
  const auto saved = context->get_saved_variables();
  const Tensor &g = saved[0], &w = saved[1], &x = cotangents[0];
  return {context->needs_input_grad(0) ? Values::apply(x, w, Optional(), windows) : Tensor(),
          context->needs_input_grad(1) ? KernelGradient::apply(g, x, w.detach(), windows) : Tensor(), {}, {}};
}

variable_list KernelGradient::backward(AutogradContext *context, variable_list cotangents) {
  const Windows windows(context);
  const auto saved = context->get_saved_variables();
  const Tensor &g = saved[0], &x = saved[1], &w = cotangents[0];
  return {context->needs_input_grad(0) ? Values::apply(x, w, Optional(), windows) : Tensor(),
          context->needs_input_grad(1) ? InputGradient::apply(g, w, x.detach(), windows) : Tensor(), {}, {}};
}

// ---- Which way ----

bool needs_graph(const Tensor &x, const Tensor &w, const Optional &b) {
  return at::GradMode::is_enabled() &&
         (x.requires_grad() || w.requires_grad() || (b && b->requires_grad()));
}

// Whether a product is faster. For every step a convolution brings the kernel in an order of its own, and its gradient
// back, which takes longer than the arithmetic where few windows share a large kernel of 4x4 or more. Where a window
// is all of an image there is nothing to gather. Depends on sizes alone, so that bits depend on nothing of the machine
// but the library for products, which a run keeps.
bool prefers_product(int64_t images, int64_t windows, bool padded, const Tensor &w) {
  if (windows == images && !padded) return w.numel() >= 4096;
  return w.size(2) * w.size(3) >= 16 && windows <= 256 && w.numel() >= std::max<int64_t>(131072, 2048 * windows);
}

// Whether few channels of images stand beside many: a third more of them is computed than where those of a line of a
// window count as one pixel's.
bool are_few(int64_t channels, int64_t beside, const Tensor &w) {
  const auto computed = [](int64_t count) { return (count + 15) / 16 * 16; };
  return beside >= 8 && 4 * computed(w.size(3) * channels) <= 3 * w.size(3) * computed(channels);
}

// What autocast makes of an argument of a convolution.
Tensor lowered(const Tensor &t) {
  return at::autocast::is_autocast_enabled(at::kCPU)
             ? at::autocast::cached_cast(at::autocast::get_autocast_dtype(at::kCPU), t, at::kCPU)
             : t;
}
Optional lowered(const Optional &t) { return t ? Optional(lowered(*t)) : t; }

// What it folds is float or bfloat16.
bool lowers_to_half() {
  return at::autocast::is_autocast_enabled(at::kCPU) && at::autocast::get_autocast_dtype(at::kCPU) == at::kHalf;
}

// Whether it is one that is computed here, if with LibTorch's convolutions; what is wrong with any other LibTorch says.
bool is_ours(const Tensor &x, const Tensor &w, const Optional &b, int64_t channels, at::IntArrayRef stride,
             at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
  const bool has_windows = stride[0] > 0 && stride[1] > 0 && padding[0] >= 0 && padding[1] >= 0;
  const bool on_processor = x.device().is_cpu() && w.device().is_cpu() && (!b || b->device().is_cpu());
  return on_processor && has_windows && !ct::is_tracing() && !lowers_to_half() && groups == 1 && dilation[0] == 1 &&
         dilation[1] == 1 && x.dim() == 4 && w.dim() == 4 && x.size(1) == channels && x.numel() > 0 && w.numel() > 0;
}

Tensor with_bias(Tensor maps, const Optional &b) {
  return b ? maps.add_(b->view({1, -1, 1, 1})) : maps;
}

// The gradient of a convolution's input of the given size.
Tensor input_gradient(const Tensor &g, const Tensor &w, at::IntArrayRef sizes, const Windows &windows) {
  // Nothing but its size is known.
  const Tensor size = at::empty({1}, g.options()).expand(sizes);
  return needs_graph(g, w, {}) ? InputGradient::apply(g, w, size, windows)
                               : gradient_of_input(g, w, size, windows);
}

// The way for windows over images of the given sizes, of which each has `pixels`.
Way way_of(const Tensor &x, at::IntArrayRef images, const Tensor &w, int64_t pixels, const Windows &windows) {
  if (pixels <= 0 || !ct::folds(x)) return Way::library;
  const bool padded = windows.padding[0] || windows.padding[1];
  const bool product = prefers_product(x.size(0), x.size(0) * pixels, padded, w);
  // A product, with its copies and what it computes of the border, has to spare two fifths of the multiplications.
  const double least = product ? 0.6 : 1.2;
  const bool is_fast = x.scalar_type() == at::kFloat;
  if (is_fast && ct::winograd_gain(sizes(images, w, windows)) >= least) return Way::winograd;
  if (product) return Way::product;
  if (ct::prefers_own_products() && ct::has_direct(sizes(images, w, windows), x.scalar_type())) return Way::direct;
  return are_few(w.size(1), w.size(0), w) ? Way::folded : Way::library;
}

// Whether a convolution of many channels makes few of them, at nearly as many pixels as it sees.
bool makes_few(const Tensor &x, const Tensor &w, int64_t pixels, const Windows &windows) {
  const bool may_fold = ct::folds(x) && (windows.way == Way::library || windows.way == Way::direct);
  return may_fold && windows.stride[0] == 1 && windows.stride[1] == 1 && windows.padding[0] < w.size(2) &&
         windows.padding[1] < w.size(3) && are_few(w.size(0), w.size(1), w) && 2 * pixels >= x.size(2) * x.size(3);
}

Tensor convolved(const Tensor &x, const Tensor &w, const Optional &b, at::IntArrayRef stride,
                 at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
  const auto has_window = [&](int axis) { return x.size(2 + axis) + 2 * padding[axis] >= w.size(2 + axis); };
  if (!is_ours(x, w, b, w.size(1), stride, padding, dilation, groups) || !has_window(0) || !has_window(1))
    return at::conv2d(x, w, b, stride, padding, dilation, groups);
  const Tensor own_x = lowered(x), own_w = lowered(w);
  const Optional own_b = lowered(b);
  c10::impl::ExcludeDispatchKeyGuard cast(c10::DispatchKey::AutocastCPU);
  Windows windows(stride.vec(), padding.vec(), Way::library);
  const int64_t height = outputs(x.size(2), w.size(2), windows, 0), width = outputs(x.size(3), w.size(3), windows, 1);
  windows.way = way_of(own_x, x.sizes(), w, height * width, windows);
  if (makes_few(x, w, height * width, windows)) {
    // It is the gradient of the input of another, whose kernel lies the other way round.
    const Windows others({1, 1}, {w.size(2) - 1 - padding[0], w.size(3) - 1 - padding[1]},
                         windows.way == Way::direct ? Way::direct : Way::folded);
    return with_bias(input_gradient(own_x, Turned::apply(own_w), {x.size(0), w.size(0), height, width}, others), own_b);
  }
  if (!needs_graph(own_x, own_w, own_b)) return values(own_x, own_w, own_b, windows);
  return Values::apply(own_x, own_w, own_b, windows);
}

// Its values are the gradient of a convolution's input.
Tensor transposed(const Tensor &x, const Tensor &w, const Optional &b, at::IntArrayRef stride,
                  at::IntArrayRef padding, at::IntArrayRef extra, int64_t groups) {
  const auto library = [&] { return at::conv_transpose2d(x, w, b, stride, padding, extra, groups); };
  if (!is_ours(x, w, b, w.size(0), stride, padding, {1, 1}, groups)) return library();
  const auto may_be_left = [&](int axis) { return extra[axis] >= 0 && extra[axis] < stride[axis]; };
  if (!may_be_left(0) || !may_be_left(1)) return library();
  Windows windows(stride.vec(), padding.vec(), Way::library);
  const auto length = [&](int axis) {
    return (x.size(2 + axis) - 1) * stride[axis] - 2 * padding[axis] + w.size(2 + axis) + extra[axis];
  };
  if (length(0) < 1 || length(1) < 1) return library();
  const std::vector<int64_t> images{x.size(0), w.size(1), length(0), length(1)};
  const Tensor own_x = lowered(x);
  windows.way = way_of(own_x, images, w, x.size(2) * x.size(3), windows);
  if (windows.way == Way::library) return library();
  const Tensor own_w = lowered(w);
  const Optional own_b = lowered(b);
  c10::impl::ExcludeDispatchKeyGuard cast(c10::DispatchKey::AutocastCPU);
  const Tensor y = input_gradient(own_x, own_w, images, windows);
  return with_bias(y, own_b);
}
}  // namespace

ct::Convolution::Convolution(at::IntArrayRef x, at::IntArrayRef w, at::IntArrayRef strides, at::IntArrayRef padding)
    : images(x[0]), height(x[2]), width(x[3]), channels(x[1]), rows((x[2] + 2 * padding[0] - w[2]) / strides[0] + 1),
      columns((x[3] + 2 * padding[1] - w[3]) / strides[1] + 1), kernels(w[0]),
      size(w[2] == w[3] ? w[2] : 0), stride(strides[0] == strides[1] ? strides[0] : 0), top(padding[0]),
      left(padding[1]) {}

ct::Convolution ct::Convolution::turned() const {
  Convolution result = *this;
  std::swap(result.height, result.rows);
  std::swap(result.width, result.columns);
  std::swap(result.channels, result.kernels);
  result.top = size - 1 - top;
  result.left = size - 1 - left;
  return result;
}

CT_TENSOR(ct_conv2d(CTTensor x, CTTensor w, CTTensor b, const int64_t *stride,
                    const int64_t *padding, const int64_t *dilation, int64_t groups),
          convolved(unwrap(x), unwrap(w), optional(b), ints(stride, 2), ints(padding, 2),
                    ints(dilation, 2), groups))
CT_TENSOR(ct_conv_transpose2d(CTTensor x, CTTensor w, CTTensor b, const int64_t *stride,
                              const int64_t *padding, const int64_t *output_padding,
                              int64_t groups),
          transposed(unwrap(x), unwrap(w), optional(b), ints(stride, 2), ints(padding, 2),
                     ints(output_padding, 2), groups))
