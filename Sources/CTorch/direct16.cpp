// No window is copied: a line of one is a run of numbers in the images. Pixels that see the same taps, those in the
// middle, along a border or in a corner, are computed together, and what lies beside the images is not computed at all.
// The gradient of images is as many such convolutions of maps as a stride steps over pixels; that of a kernel is a
// product for each of its taps. How the work is shared depends on the number of threads, but no sum does.
#include "direct16.h"

#include "pairs.h"
#include "sharing.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <vector>

using namespace ct;
using at::Tensor;

namespace {
constexpr int64_t some_pixels = 1024;

// Channels-last images, maps or kernels.
template <typename Number>
struct Maps {
  Number *numbers;
  int64_t height, width, channels;

  Number *at(int64_t image, int64_t y, int64_t x) const {
    return numbers + ((image * height + y) * width + x) * channels;
  }
};
Maps<const BFloat16> maps_of(const Tensor &t) {
  return {t.const_data_ptr<BFloat16>(), t.size(2), t.size(3), t.size(1)};
}
Maps<BFloat16> new_maps_of(const Tensor &t) {
  return {t.mutable_data_ptr<BFloat16>(), t.size(2), t.size(3), t.size(1)};
}

// Calls `body` with the image, the line and the column of some of the pixels of images of this size.
template <typename Body>
void for_each_pixel(Range some, int64_t height, int64_t width, Body body) {
  int64_t image = some.first / (height * width), y = some.first / width % height, x = some.first % width;
  for (int64_t i = some.first; i < some.end; i++) {
    body(image, y, x);
    if (++x < width) continue;
    x = 0;
    if (++y < height) continue;
    y = 0;
    image++;
  }
}

// ---- Values, and the gradient of images ----

// Along one axis, results `step` apart of which each sees `taps` numbers of a source. Those of the first begin at
// `begin`, which may lie before the source, and of each further one `stride` after.
struct Axis {
  int64_t count, place, step, begin, stride, taps, length;

  // The taps of a result that are not beside the source.
  Range seen(int64_t result) const {
    const int64_t from = begin + result * stride, first = std::clamp<int64_t>(-from, 0, taps);
    return {first, std::clamp(length - from, first, taps)};
  }
};

// Results that follow one another and see the same taps.
struct Group {
  Range results, taps;
};

std::vector<Group> groups(const Axis &axis) {
  std::vector<Group> result;
  for (int64_t i = 0; i < axis.count; i++) {
    const Range taps = axis.seen(i);
    const auto is_seen = [&](Range others) { return others.first == taps.first && others.end == taps.end; };
    if (!result.empty() && is_seen(result.back().taps)) result.back().results.end++;
    else result.push_back({{i, i + 1}, taps});
  }
  return result;
}

// The axis of a convolution's values, and that of the pixels of a gradient with which the taps `phase`, `phase` +
// stride and so on meet.
Axis of_values(int64_t count, int64_t stride, int64_t before, int64_t taps, int64_t length) {
  return {count, 0, 1, -before, stride, taps, length};
}
Axis of_input(int64_t count, int64_t stride, int64_t before, int64_t taps, int64_t length, int64_t phase) {
  const int64_t place = (stride + (phase - before) % stride) % stride;
  const int64_t own = taps > phase ? (taps - phase - 1) / stride + 1 : 0;
  return {count > place ? (count - place - 1) / stride + 1 : 0, place, stride,
          (place + before - phase) / stride - own + 1, 1, own, length};
}

// Results that see a source alike, and what numbers are multiplied with: panels of columns, of every tap all channels.
struct Seeing {
  Axis y, x;
  float *panels;

  int64_t words(int64_t channels) const { return y.taps * x.taps * channels / 2; }
};

// Where some results lie, and the first number that each sees.
struct Places {
  std::vector<const BFloat16 *> from;
  std::vector<BFloat16 *> to;

  void find(const Seeing &seeing, Group rows, Group columns, Range some, Maps<const BFloat16> source,
            Maps<BFloat16> result) {
    from.clear();
    to.clear();
    const Axis &y = seeing.y, &x = seeing.x;
    const Range lines = rows.results, others = columns.results;
    for_each_pixel(some, lines.count(), others.count(), [&](int64_t image, int64_t row, int64_t column) {
      row += lines.first;
      column += others.first;
      from.push_back(source.at(image, y.begin + row * y.stride + rows.taps.first,
                               x.begin + column * x.stride + columns.taps.first));
      to.push_back(result.at(image, y.place + row * y.step, x.place + column * x.step));
    });
  }
};

// A thread's part of the results of a group of lines and one of columns.
void see_group(const Seeing &seeing, Group rows, Group columns, Range own, Maps<const BFloat16> source,
               const float *bias, Maps<BFloat16> result, Places &places) {
  const int64_t words = source.channels / 2, line = seeing.x.taps * words * panel_width;
  const Runs runs{columns.taps.count() > 0 ? rows.taps.count() : 0, columns.taps.count() * words, source.width * words};
  const float *const panels = seeing.panels + rows.taps.first * line + columns.taps.first * words * panel_width;
  for (Range now{own.first, 0}; now.first < own.end; now.first = now.end) {
    now.end = std::min(own.end, now.first + some_pixels);
    places.find(seeing, rows, columns, now, source, result);
    for (int64_t k = 0; k < result.channels; k += panel_width) {
      multiply_runs(places.from.data(), now.count(), runs, panels + k * seeing.words(source.channels), line,
                    bias ? bias + k : nullptr, places.to.data());
      for (BFloat16 *&place : places.to) place += panel_width;
    }
  }
}

void see(const std::vector<Seeing> &all, int64_t images, Maps<const BFloat16> source, const float *bias,
         Maps<BFloat16> result) {
  const int64_t threads = at::get_num_threads();
  in_parallel(threads, 1, [&](int64_t thread) {
    Places places;
    for (const Seeing &seeing : all)
      for (const Group rows : groups(seeing.y))
        for (const Group columns : groups(seeing.x)) {
          const Range pixels{0, images * rows.results.count() * columns.results.count()};
          see_group(seeing, rows, columns, pixels.part(thread, threads), source, bias, result, places);
        }
  });
}

// Room for kernels as panels of so many columns.
Tensor empty_panels(const Convolution &c, int64_t depth, int64_t columns) {
  return at::empty({columns * c.size * c.size * depth / 2}, at::kFloat);
}

// Kernels as columns.
void turn_kernels(const Tensor &w, const Seeing &seeing) {
  const int64_t words = seeing.words(w.size(1));
  const float *const from = reinterpret_cast<const float *>(w.const_data_ptr<BFloat16>());
  in_parallel(w.size(0) / 16, 1, [&](int64_t part) {
    float *const panel = seeing.panels + part / 2 * words * panel_width;
    pack16(from + part * 16 * words, words, 16, words, panel + part % 2 * 16);
  });
}

// Channels as columns, of the taps of every phase in the order in which a source has them.
void pair_kernels(const Tensor &w, int64_t stride, const std::vector<Seeing> &all) {
  const Maps<const BFloat16> taps = maps_of(w);
  in_parallel(taps.height * taps.width, 1, [&](int64_t tap) {
    const int64_t y = tap / taps.width, x = tap % taps.width, kernels = w.size(0);
    const Seeing &seeing = all[static_cast<size_t>(y % stride * stride + x % stride)];
    const int64_t line = seeing.y.taps - 1 - y / stride, column = seeing.x.taps - 1 - x / stride;
    pair_rows(taps.at(0, y, x), taps.at(1, y, x), kernels / 2, 2 * (taps.at(1, y, x) - taps.at(0, y, x)),
              taps.channels, seeing.panels + (line * seeing.x.taps + column) * kernels / 2 * panel_width,
              seeing.words(kernels) * panel_width);
  });
}

// ---- The gradient of kernels ----

// Along one axis, the windows of which a tap is not beside the images.
Range windows_with(int64_t tap, int64_t windows, int64_t stride, int64_t before, int64_t length) {
  const int64_t first = std::clamp<int64_t>((before - tap + stride - 1) / stride, 0, windows);
  const int64_t last = length - 1 + before - tap;
  return {first, last < 0 ? first : std::clamp(last / stride + 1, first, windows)};
}

// Some images two and two, as panels of words of some of their channels.
struct Paired {
  float *words;
  int64_t height, width, step = 0;  // from a panel to the next

  void fill(Maps<const BFloat16> all, int64_t images, Range pairs, Range channels) {
    const int64_t size = height * width;
    step = pairs.count() * size * panel_width;
    for (int64_t pair = pairs.first; pair < pairs.end; pair++) {
      const BFloat16 *const second = 2 * pair + 1 < images ? all.at(2 * pair + 1, 0, 0) + channels.first : nullptr;
      pair_rows(all.at(2 * pair, 0, 0) + channels.first, second, size, all.channels, channels.count(),
                words + (pair - pairs.first) * size * panel_width, step);
    }
  }
  // Pixels from one on, every one or every second and so on.
  PanelLines seen(int64_t panel, int64_t y, int64_t x, int64_t stride) const {
    return {words + panel * step + (y * width + x) * panel_width, stride * panel_width, stride * width * panel_width,
            height * width * panel_width};
  }
};

// Into how many parts taps and panels are cut, so that no thread has more than it must.
std::pair<int64_t, int64_t> parts_for_threads(int64_t taps, int64_t panels) {
  const auto shares = [](int64_t count, int64_t parts) { return (count + parts - 1) / parts; };
  const int64_t threads = at::get_num_threads();
  std::pair<int64_t, int64_t> best{1, 1};
  int64_t least = taps * panels + 1;
  for (int64_t parts = 1; parts <= std::min(threads, panels); parts++) {
    const int64_t others = std::min(taps, threads / parts), longest = shares(taps, others) * shares(panels, parts);
    if (longest < least) least = longest, best = {others, parts};
  }
  return best;
}

// What all windows say of some taps for some of the channels. Images are paired for each thread anew: what another one
// has just written is slow to come by.
void sum_taps(const Convolution &c, Maps<const BFloat16> images, Maps<const BFloat16> maps, Range taps, Range channels,
              Maps<BFloat16> kernels) {
  const int64_t width = channels.count(), size = c.kernels * width, pairs = (c.images + 1) / 2;
  const int64_t most = std::max(c.rows * c.columns, c.height * c.width / (c.stride * c.stride));
  const int64_t at_once = std::clamp<int64_t>(some_pixels / 2 / most, 1, pairs);
  const int64_t of_images = at_once * c.height * c.width * width, of_maps = at_once * c.rows * c.columns * c.kernels;
  float *const sums = scratch(taps.count() * size + of_images + of_maps);
  Paired seen{sums + taps.count() * size, c.height, c.width};
  Paired said{seen.words + of_images, c.rows, c.columns};
  std::fill_n(sums, taps.count() * size, 0.f);
  for (Range now{0, 0}; now.first < pairs; now.first = now.end) {
    now.end = std::min(pairs, now.first + at_once);
    seen.fill(images, c.images, now, channels);
    said.fill(maps, c.images, now, {0, c.kernels});
    for (int64_t tap = taps.first; tap < taps.end; tap++) {
      const int64_t y = tap / c.size, x = tap % c.size;
      const Range rows = windows_with(y, c.rows, c.stride, c.top, c.height);
      const Range columns = windows_with(x, c.columns, c.stride, c.left, c.width);
      if (rows.count() == 0 || columns.count() == 0) continue;
      const int64_t top = rows.first * c.stride - c.top + y, left = columns.first * c.stride - c.left + x;
      for (int64_t n = 0; n < width; n += panel_width)
        for (int64_t k = 0; k < c.kernels; k += panel_width)
          add_products({now.count(), rows.count(), columns.count()},
                       said.seen(k / panel_width, rows.first, columns.first, 1),
                       seen.seen(n / panel_width, top, left, c.stride),
                       sums + (tap - taps.first) * size + k * width + n, width);
    }
  }
  for (int64_t tap = taps.first; tap < taps.end; tap++)
    for (int64_t k = 0; k < c.kernels; k++)
      round_row(sums + (tap - taps.first) * size + k * width, width,
                kernels.at(k, tap / c.size, tap % c.size) + channels.first);
}
}  // namespace

bool ct::has_direct16(const Convolution &c) {
  // A kernel's gradient pairs images, of which each thread copies two at least.
  const int64_t copied = c.height * c.width * c.channels + c.rows * c.columns * c.kernels;
  return has_pairs() && c.images > 1 && copied <= 4 * near && c.channels % panel_width == 0 &&
         c.kernels % panel_width == 0;
}

Tensor ct::direct16_values(const Tensor &x, const Tensor &w, const std::optional<Tensor> &b, const Convolution &c) {
  RECORD_FUNCTION("ctorch::direct16_values", {});
  TORCH_CHECK(!b || (b->dim() == 1 && b->size(0) == c.kernels && b->scalar_type() == x.scalar_type()), "a bias of ",
              b->sizes(), " ", b->scalar_type(), " for ", c.kernels, " kernels of ", x.scalar_type());
  const Tensor images = lying(x), kernels = lying(w), bias = b ? b->to(at::kFloat).contiguous() : Tensor();
  const Tensor y = maps_like(x, {c.images, c.kernels, c.rows, c.columns});
  const Tensor panels = empty_panels(c, c.channels, c.kernels);
  const Seeing seeing{of_values(c.rows, c.stride, c.top, c.size, c.height),
                      of_values(c.columns, c.stride, c.left, c.size, c.width), panels.mutable_data_ptr<float>()};
  turn_kernels(kernels, seeing);
  see({seeing}, c.images, maps_of(images), b ? bias.const_data_ptr<float>() : nullptr, new_maps_of(y));
  return y;
}

Tensor ct::direct16_input(const Tensor &g, const Tensor &w, const Convolution &c) {
  RECORD_FUNCTION("ctorch::direct16_input", {});
  const Tensor maps = lying(g), kernels = lying(w), x = maps_like(g, {c.images, c.channels, c.height, c.width});
  const Tensor panels = empty_panels(c, c.kernels, c.channels);
  float *free = panels.mutable_data_ptr<float>();
  std::vector<Seeing> all;
  for (int64_t phase = 0; phase < c.stride * c.stride; phase++) {
    all.push_back({of_input(c.height, c.stride, c.top, c.size, c.rows, phase / c.stride),
                   of_input(c.width, c.stride, c.left, c.size, c.columns, phase % c.stride), free});
    free += all.back().words(c.kernels) * c.channels;
  }
  pair_kernels(kernels, c.stride, all);
  see(all, c.images, maps_of(maps), nullptr, new_maps_of(x));
  return x;
}

Tensor ct::direct16_kernel(const Tensor &g, const Tensor &x, const Convolution &c) {
  RECORD_FUNCTION("ctorch::direct16_kernel", {});
  const Tensor w = maps_like(g, {c.kernels, c.channels, c.size, c.size});
  const Tensor images = lying(x), maps = lying(g);
  const int64_t taps = c.size * c.size, panels = c.channels / panel_width;
  const auto [tap_parts, channel_parts] = parts_for_threads(taps, panels);
  in_parallel(tap_parts * channel_parts, 1, [&, parts = channel_parts, others = tap_parts](int64_t i) {
    const Range channels = numbers(Range{0, panels}.part(i % parts, parts), c.channels);
    const Range own = Range{0, taps}.part(i / parts, others);
    if (channels.count() == 0) return;
    // As many as sums of them stay near.
    const int64_t most = std::max<int64_t>(1, near / (c.kernels * channels.count()));
    for (Range now{own.first, 0}; now.first < own.end; now.first = now.end) {
      now.end = std::min(own.end, now.first + most);
      sum_taps(c, maps_of(images), maps_of(maps), now, channels, new_maps_of(w));
    }
  });
  return w;
}
