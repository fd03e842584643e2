#include "tiling.h"

using namespace ct;

namespace {
// The pixels of a square, of which an image or its maps have `height` lines; null outside.
struct Grid {
  int64_t height, width, distance;  // of a pixel from the next

  template <typename Number>
  void square(Number *image, int64_t top, int64_t left, int64_t step, int64_t side, Number **pixels) const {
    for (int64_t i = 0, y = top; i < side; i++, y += step)
      for (int64_t j = 0, x = left; j < side; j++, x += step)
        *pixels++ = y >= 0 && y < height && x >= 0 && x < width ? image + (y * width + x) * distance : nullptr;
  }

  // Asks for the first `count` numbers of some pixels: processors foresee lines of memory, but not squares.
  void fetch(const float *image, Range lines, Range columns, int64_t count) const {
    const Range inside{std::max<int64_t>(0, columns.first), std::min(width, columns.end)};
    for (int64_t y = std::max<int64_t>(0, lines.first); y < std::min(height, lines.end); y++)
      for (int64_t x = inside.first; x < inside.end; x++)
        ct::fetch(image + (y * width + x) * distance, count);
  }
};

// Calls `body` with every tile's index, its image, and its line and column in it.
template <typename Body>
void for_each_tile(const Tiling &tiling, Range lines, Body body) {
  int64_t index = 0;
  for (int64_t line = lines.first; line < lines.end; line++)
    for (int64_t column = 0; column < tiling.across; column++)
      body(index++, line / tiling.down, line % tiling.down, column);
}

// So many tiles or kernels later is wanted what is asked for now.
constexpr int64_t ahead = 2;

// Calls `ask` with the image, line and column of a tile a little further on, so that what it takes is near by then.
template <typename Ask>
void look_ahead(const Tiling &tiling, Range lines, int64_t index, Ask ask) {
  const int64_t next = index + ahead, line = lines.first + next / tiling.across;
  if (line < lines.end) ask(line / tiling.down, line % tiling.down, next % tiling.across);
}

// Calls `body` with each phase, its channels that are in the panels, and where the first of them comes there.
template <typename Body>
void for_each_phase(const Tiling &tiling, Range panels, Body body) {
  const Range wanted = numbers(panels, tiling.depth);
  for (int64_t phase = 0; phase < tiling.phases; phase++) {
    const int64_t start = phase * tiling.channels;
    const Range channels{std::max(wanted.first - start, int64_t(0)),
                         std::min(wanted.end - start, tiling.sizes.channels)};
    if (channels.count() > 0) body(phase, channels, start + channels.first - wanted.first);
  }
}

// Calls `body` with what a tile sees in each phase: its pixels, how many channels, and where these come in the panels.
template <typename Number, typename Body>
void for_each_view(const Tiling &tiling, Range lines, Range panels, Number *x, Body body) {
  const auto &c = tiling.sizes;
  const Grid grid{c.height, c.width, c.channels};
  const int64_t step = tiling.method.results * c.stride;
  for_each_tile(tiling, lines, [&](int64_t index, int64_t image, int64_t line, int64_t column) {
    for_each_phase(tiling, panels, [&](int64_t phase, Range channels, int64_t first) {
      Number *pixels[most_places];
      grid.square(x + image * c.height * c.width * c.channels + channels.first,
                  line * step + phase / c.stride - c.top, column * step + phase % c.stride - c.left, c.stride,
                  tiling.method.side(), pixels);
      body(index, pixels, channels.count(), first);
    });
  });
}

// Calls `body` with the pixels of each tile's results.
template <typename Number, typename Body>
void for_each_result(const Tiling &tiling, Range lines, Range panels, Number *y, Body body) {
  const auto &c = tiling.sizes;
  const Grid grid{c.rows, c.columns, c.kernels};
  const int64_t side = tiling.method.results, count = numbers(panels, c.kernels).count();
  const auto maps = [&](int64_t image) {
    return y + image * c.rows * c.columns * c.kernels + panels.first * panel_width;
  };
  for_each_tile(tiling, lines, [&](int64_t index, int64_t image, int64_t line, int64_t column) {
    look_ahead(tiling, lines, index, [&](int64_t image, int64_t line, int64_t column) {
      const int64_t top = side * line, left = side * column;
      grid.fetch(maps(image), {top, top + side}, {left, left + side}, count);
    });
    Number *pixels[most_places];
    grid.square(maps(image), side * line, side * column, 1, side, pixels);
    body(index, pixels);
  });
}

// The taps of a kernel that belong to a phase, of which one is `distance` behind the one before; those behind the
// kernel's end are null.
template <typename Number>
void taps_of(const Tiling &tiling, Number *kernel, int64_t distance, int64_t phase, Number **pixels) {
  const auto &c = tiling.sizes;
  const Grid grid{c.size, c.size, distance};
  grid.square(kernel, phase / c.stride, phase % c.stride, c.stride, tiling.method.taps, pixels);
}

constexpr int64_t most_taps = 25, channels_at_once = 16;

// Asks for some channels of the kernels of a panel, which lie far apart.
void fetch_taps(const Convolution &c, int64_t kernel, int64_t channel, const float *w) {
  const int64_t taps = c.size * c.size, end = std::min(kernel + panel_width, c.kernels) * taps;
  if (channel < c.channels)
    for (int64_t tap = kernel * taps; tap < end; tap++) fetch(w + tap * c.channels + channel, channels_at_once);
}

// Some channels of the kernels of a panel, tap by tap: `[k·k, 16, 32]`, zero where there is none.
void transpose_taps(const Convolution &c, int64_t kernel, int64_t channel, const float *w, float *to) {
  const int64_t taps = c.size * c.size, known = std::min(channels_at_once, c.channels - channel);
  for (int64_t half = 0; half < panel_width; half += 16) {
    const int64_t rows = std::clamp<int64_t>(c.kernels - kernel - half, 0, 16);
    for (int64_t tap = 0; tap < taps; tap++) {
      const float *from = w + ((kernel + half) * taps + tap) * c.channels + channel;
      int64_t distance = taps * c.channels;
      alignas(64) float part[16 * channels_at_once];
      if (rows < 16 || known < channels_at_once) {
        std::fill(std::begin(part), std::end(part), 0.f);
        for (int64_t row = 0; row < rows; row++)
          std::copy(from + row * distance, from + row * distance + known, part + row * channels_at_once);
        std::tie(from, distance) = std::pair(part, channels_at_once);
      }
      transpose16(from, distance, to + (tap * channels_at_once) * panel_width + half, panel_width);
    }
  }
}
}  // namespace

double ct::products_of(const Convolution &c) {
  const auto taps = [&](int64_t outputs, int64_t length, int64_t before) {
    int64_t result = 0;
    for (int64_t i = 0; i < outputs; i++)
      result += std::max(int64_t(0), std::min(length, i * c.stride - before + c.size) -
                                         std::max(int64_t(0), i * c.stride - before));
    return result;
  };
  return static_cast<double>(c.images * c.channels * c.kernels) *
         static_cast<double>(taps(c.rows, c.height, c.top) * taps(c.columns, c.width, c.left));
}

// The most results of which 32 bits leave enough.
static Method method_for(const Convolution &c) {
  const int taps = static_cast<int>((c.size + c.stride - 1) / c.stride);
  return {taps <= 3 ? 4 : 7 - taps, taps};
}

ct::Tiling::Tiling(const Convolution &c)
    : sizes(c), method(method_for(c)), places(method.places()), channels((c.channels + 15) / 16 * 16),
      kernels((c.kernels + 15) / 16 * 16), phases(c.stride * c.stride), depth(phases * channels),
      down((c.rows + method.results - 1) / method.results),
      across((c.columns + method.results - 1) / method.results), lines(c.images * down) {}

double ct::Tiling::cost() const {
  int64_t products = 0;
  for (int64_t t = 0; t < places; t++) for_each_depth(t, [&](Range part) { products += part.count() * kernels; });
  // A number of a tile is transformed at the price of eight.
  return static_cast<double>((tiles() + 8) * products + 8 * tiles() * places * (depth + kernels));
}

void ct::data_of(const Tiling &tiling, Range lines, Range panels, const float *x, float *data, Spacing spacing,
                 int64_t distance) {
  const auto &c = tiling.sizes;
  const Grid grid{c.height, c.width, c.channels};
  const int64_t step = tiling.method.results * c.stride, seen = (tiling.method.side() - 1) * c.stride + 1;
  const auto ask = [&](int64_t image, int64_t line, int64_t column) {
    // What the tiles before and above see is there.
    const int64_t top = line * step - c.top, left = column * step - c.left;
    grid.fetch(x + image * c.height * c.width * c.channels, {line ? top + seen - step : 0, top + seen},
               {column ? left + seen - step : 0, left + seen}, c.channels);
  };
  const bool is_first = panels.first == 0;
  int64_t last = -1;
  for_each_view(tiling, lines, panels, x, [&](int64_t index, Pixels pixels, int64_t channels, int64_t first) {
    if (is_first && index != last) look_ahead(tiling, lines, last = index, ask);
    transform_data(tiling.method, pixels, channels, data + index * distance, {spacing.place, spacing.panel, first});
  });
}

void ct::add_data(const Tiling &tiling, Range lines, Range panels, const float *data, Spacing spacing,
                  int64_t distance, float *x) {
  for_each_view(tiling, lines, panels, x, [&](int64_t index, NewPixels pixels, int64_t channels, int64_t first) {
    add_transposed_data(tiling.method, data + index * distance, {spacing.place, spacing.panel, first}, channels,
                        pixels);
  });
}

void ct::results_of(const Tiling &tiling, Range lines, Range panels, const float *sums, Spacing spacing,
                    int64_t distance, const float *bias, float *y) {
  const Range kernels = numbers(panels, tiling.sizes.kernels);
  for_each_result(tiling, lines, panels, y, [&](int64_t index, NewPixels pixels) {
    gather(tiling.method, tiling.method.results, sums + index * distance, spacing, kernels.count(),
           bias ? bias + kernels.first : nullptr, pixels);
  });
}

void ct::spread_results(const Tiling &tiling, Range lines, Range panels, const float *g, float *sums, Spacing spacing,
                        int64_t distance) {
  const int64_t kernels = numbers(panels, tiling.sizes.kernels).count();
  for_each_result(tiling, lines, panels, g, [&](int64_t index, Pixels pixels) {
    spread(tiling.method, tiling.method.results, pixels, kernels, sums + index * distance, spacing);
  });
}

void ct::kernels_for_values(const Tiling &tiling, Range panels, const float *w, float *to, int64_t place) {
  const auto &c = tiling.sizes;
  alignas(64) float taps[most_taps * channels_at_once * panel_width];
  const float *const known = taps;
  for (int64_t panel = panels.first; panel < panels.end; panel++, to += tiling.depth * panel_width)
    for (int64_t channel = 0; channel < tiling.channels; channel += channels_at_once) {
      fetch_taps(c, panel * panel_width, channel + channels_at_once, w);
      transpose_taps(c, panel * panel_width, channel, w, taps);
      for (int64_t phase = 0; phase < tiling.phases; phase++) {
        const float *pixels[most_places];
        taps_of(tiling, known, channels_at_once * panel_width, phase, pixels);
        spread(tiling.method, tiling.method.taps, pixels, channels_at_once * panel_width,
               to + (phase * tiling.channels + channel) * panel_width, {place, panel_width});
      }
    }
}

void ct::kernels_for_input(const Tiling &tiling, Range panels, const float *w, float *to, int64_t place) {
  const auto &c = tiling.sizes;
  const int64_t size = c.size * c.size * c.channels;
  for_each_phase(tiling, panels, [&](int64_t phase, Range channels, int64_t first) {
    for (int64_t k = 0; k < c.kernels; k++) {
      const float *pixels[most_places];
      taps_of(tiling, w + k * size + channels.first, c.channels, phase, pixels);
      for (int tap = 0; tap < tiling.method.taps * tiling.method.taps; tap++)
        if (pixels[tap] && k + ahead < c.kernels) fetch(pixels[tap] + ahead * size, channels.count());
      spread(tiling.method, tiling.method.taps, pixels, channels.count(), to + k * panel_width,
                       {place, c.kernels * panel_width, first});
    }
  });
}

void ct::turned_kernels(const Tiling &tiling, Range panels, const float *w, float *to, int64_t place) {
  const auto &c = tiling.sizes;
  const Range kernels = numbers(panels, c.kernels);
  const int64_t taps = c.size * c.size;
  for (int64_t k = 0; k < tiling.channels; k++) {
    const float *pixels[most_places] = {};
    for (int64_t tap = 0; tap < taps && k < c.channels; tap++) {
      pixels[tap] = w + (k * taps + taps - 1 - tap) * c.kernels + kernels.first;
      if (k + ahead < c.channels) fetch(pixels[tap] + ahead * taps * c.kernels, kernels.count());
    }
    spread(tiling.method, tiling.method.taps, pixels, kernels.count(), to + k * panel_width,
                     {place, tiling.depth * panel_width});
  }
}

void ct::kernels_from(const Tiling &tiling, Range kernels, Range panels, const float *sums, int64_t place,
                      int64_t distance, float *w) {
  const auto &c = tiling.sizes;
  for (int64_t k = kernels.first; k < kernels.end; k++)
    for_each_phase(tiling, panels, [&](int64_t phase, Range channels, int64_t first) {
      float *pixels[most_places];
      taps_of(tiling, w + k * c.size * c.size * c.channels + channels.first, c.channels, phase, pixels);
      gather(tiling.method, tiling.method.taps, sums + (k - kernels.first) * distance, {place, panel_width, first},
             channels.count(), nullptr, pixels);
    });
}
