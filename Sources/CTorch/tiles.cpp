// Vectors of sixteen channels at a time; which instructions are taken is found when the library is loaded. What is
// inlined takes no vectors as arguments: how these are passed would depend on the processor.
#include "tiles.h"

#if defined(__x86_64__) && defined(__ELF__)
#define CT_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CT_EACH_PROCESSOR
#endif
#define CT_INLINE __attribute__((always_inline)) inline

using namespace ct;

namespace {
template <int length>
struct Vectors {
  typedef float Value __attribute__((vector_size(4 * length)));
  typedef float Place __attribute__((vector_size(4 * length), aligned(4), may_alias));
};
constexpr int lanes = 16;
using Vector = Vectors<lanes>::Value;
CT_INLINE auto &at(float *numbers) { return *reinterpret_cast<Vectors<lanes>::Place *>(numbers); }
CT_INLINE auto &at(const float *numbers) { return *reinterpret_cast<const Vectors<lanes>::Place *>(numbers); }

// The transforms of a line of numbers that lie `step` apart, in place.
template <int taps>
struct Line;

template <>
struct Line<2> {
  static CT_INLINE void data(Vector *d, int step) {
    d[0] -= d[step];
    d[2 * step] -= d[step];
  }
  static CT_INLINE void data_transposed(Vector *m, int step) { m[step] -= m[0] + m[2 * step]; }
  static CT_INLINE void kernel(Vector *g, int step) {
    g[2 * step] = g[step];
    g[step] += g[0];
  }
  static CT_INLINE void kernel_transposed(Vector *u, int step) {
    u[0] += u[step];
    u[step] += u[2 * step];
  }
  static CT_INLINE void results(Vector *m, int step) { kernel_transposed(m, step); }
  static CT_INLINE void results_transposed(Vector *y, int step) { kernel(y, step); }
};

template <>
struct Line<3> {
  static CT_INLINE void data(Vector *d, int step) {
    const Vector second = d[step], third = d[2 * step];
    d[0] -= third;
    d[step] = second + third;
    d[2 * step] = third - second;
    d[3 * step] = second - d[3 * step];
  }
  static CT_INLINE void data_transposed(Vector *m, int step) {
    const Vector sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
    m[step] = difference + m[3 * step];
    m[2 * step] = sum - m[0];
    m[3 * step] = -m[3 * step];
  }
  static CT_INLINE void kernel(Vector *g, int step) {
    const Vector ends = 0.5f * (g[0] + g[2 * step]), middle = 0.5f * g[step];
    g[3 * step] = g[2 * step];
    g[step] = ends + middle;
    g[2 * step] = ends - middle;
  }
  static CT_INLINE void kernel_transposed(Vector *u, int step) {
    const Vector sum = 0.5f * (u[step] + u[2 * step]);
    u[0] += sum;
    u[step] = 0.5f * (u[step] - u[2 * step]);
    u[2 * step] = sum + u[3 * step];
  }
  static CT_INLINE void results(Vector *m, int step) {
    const Vector sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
    m[0] += sum;
    m[step] = difference - m[3 * step];
  }
  static CT_INLINE void results_transposed(Vector *y, int step) {
    const Vector second = y[step];
    y[3 * step] = -second;
    y[2 * step] = y[0] - second;
    y[step] += y[0];
  }
};

// A tile of side·side vectors, of which a transform may know only the first `known` of each line and column.
template <int taps>
struct Tile {
  static constexpr int side = taps + 1;
  Vector numbers[side * side];

  CT_INLINE void load(Pixels pixels, int known, int64_t channel) {
    for (int i = 0; i < known; i++)
      for (int j = 0; j < known; j++) {
        const float *pixel = pixels[i * known + j];
        if (pixel) numbers[i * side + j] = at(pixel + channel);
        else numbers[i * side + j] = Vector{};
      }
  }
  CT_INLINE void load(const float *tile, Spacing spacing) {
    for (int i = 0; i < side * side; i++) numbers[i] = at(tile + i * spacing.place);
  }
  CT_INLINE void store(float *tile, Spacing spacing) const {
    for (int i = 0; i < side * side; i++) at(tile + i * spacing.place) = numbers[i];
  }
  // All columns of which something is known, then all lines; or all lines of it, then what is left of the columns.
  template <auto line>
  CT_INLINE void forward(int known) {
    for (int j = 0; j < known; j++) line(numbers + j, side);
    for (int i = 0; i < side; i++) line(numbers + i * side, 1);
  }
  template <auto line>
  CT_INLINE void back(int left) {
    for (int i = 0; i < side; i++) line(numbers + i * side, 1);
    for (int j = 0; j < left; j++) line(numbers + j, side);
  }
};

CT_INLINE int64_t offset(int64_t channel, Spacing spacing) {
  return channel / panel_width * spacing.panel + channel % panel_width;
}

template <int taps, auto line>
CT_INLINE void to_tile(int known, Pixels pixels, int64_t channels, float *to, Spacing spacing) {
  for (int64_t c = 0; c < channels; c += lanes) {
    Tile<taps> tile;
    tile.load(pixels, known, c);
    tile.template forward<line>(known);
    tile.store(to + offset(c, spacing), spacing);
  }
}

// `put` gets a vector, and of which pixel and channel it is.
template <int taps, auto line, typename Put>
CT_INLINE void from_tile(int left, const float *from, Spacing spacing, int64_t channels, NewPixels pixels, Put put) {
  for (int64_t c = 0; c < channels; c += lanes) {
    Tile<taps> tile;
    tile.load(from + offset(c, spacing), spacing);
    tile.template back<line>(left);
    for (int i = 0; i < left; i++)
      for (int j = 0; j < left; j++)
        if (float *pixel = pixels[i * left + j]) put(tile.numbers + i * Tile<taps>::side + j, pixel + c, c);
  }
}

template <int taps>
CT_INLINE void results(const float *tile, Spacing spacing, int64_t channels, const float *bias, NewPixels pixels) {
  if (bias)
    from_tile<taps, Line<taps>::results>(2, tile, spacing, channels, pixels,
                    [&](const Vector *v, float *place, int64_t c) { at(place) = *v + at(bias + c); });
  else
    from_tile<taps, Line<taps>::results>(2, tile, spacing, channels, pixels,
                    [](const Vector *v, float *place, int64_t) { at(place) = *v; });
}

template <int taps>
CT_INLINE void add_data(const float *tile, Spacing spacing, int64_t channels, NewPixels pixels) {
  from_tile<taps, Line<taps>::data_transposed>(taps + 1, tile, spacing, channels, pixels,
                  [](const Vector *v, float *place, int64_t) { at(place) += *v; });
}

template <int taps>
CT_INLINE void kernel(const float *tile, Spacing spacing, int64_t channels, NewPixels pixels) {
  from_tile<taps, Line<taps>::kernel_transposed>(taps, tile, spacing, channels, pixels,
                  [](const Vector *v, float *place, int64_t) { at(place) = *v; });
}
}  // namespace

CT_EACH_PROCESSOR void ct::transform_data(int taps, Pixels pixels, int64_t channels, float *tile, Spacing spacing) {
  if (taps == 2) to_tile<2, Line<2>::data>(3, pixels, channels, tile, spacing);
  else to_tile<3, Line<3>::data>(4, pixels, channels, tile, spacing);
}
CT_EACH_PROCESSOR void ct::add_transposed_data(int taps, const float *tile, Spacing spacing, int64_t channels,
                                               NewPixels pixels) {
  if (taps == 2) add_data<2>(tile, spacing, channels, pixels);
  else add_data<3>(tile, spacing, channels, pixels);
}
CT_EACH_PROCESSOR void ct::transform_kernel(int taps, Pixels pixels, int64_t channels, float *tile,
                                            Spacing spacing) {
  if (taps == 2) to_tile<2, Line<2>::kernel>(2, pixels, channels, tile, spacing);
  else to_tile<3, Line<3>::kernel>(3, pixels, channels, tile, spacing);
}
CT_EACH_PROCESSOR void ct::transposed_kernel(int taps, const float *tile, Spacing spacing, int64_t channels,
                                             NewPixels pixels) {
  if (taps == 2) kernel<2>(tile, spacing, channels, pixels);
  else kernel<3>(tile, spacing, channels, pixels);
}
CT_EACH_PROCESSOR void ct::transform_results(int taps, const float *tile, Spacing spacing, int64_t channels,
                                             const float *bias, NewPixels pixels) {
  if (taps == 2) results<2>(tile, spacing, channels, bias, pixels);
  else results<3>(tile, spacing, channels, bias, pixels);
}
CT_EACH_PROCESSOR void ct::transposed_results(int taps, Pixels pixels, int64_t channels, float *tile,
                                              Spacing spacing) {
  if (taps == 2) to_tile<2, Line<2>::results_transposed>(2, pixels, channels, tile, spacing);
  else to_tile<3, Line<3>::results_transposed>(2, pixels, channels, tile, spacing);
}

CT_EACH_PROCESSOR void ct::transpose16(const float *from, int64_t distance, float *to, int64_t new_distance) {
  for (int64_t j = 0; j < 16; j++)
    for (int64_t i = 0; i < 16; i++) to[j * new_distance + i] = from[i * distance + j];
}

namespace {
// Two vectors of a panel times a column of `rows` numbers at every step, kept in registers.
template <int rows, int length>
CT_INLINE void multiply_rows(Strided a, int64_t depth, const float *b, float *c, int64_t distance, bool adds) {
  using Value = typename Vectors<length>::Value;
  using Place = typename Vectors<length>::Place;
  const auto place = [&](int i, int half) { return reinterpret_cast<Place *>(c + i * distance + half * length); };
  Value sums[rows][2];
  for (int i = 0; i < rows; i++)
    for (int half = 0; half < 2; half++)
      if (adds) sums[i][half] = *place(i, half);
      else sums[i][half] = Value{};
  const float *column = a.numbers;
  for (int64_t k = 0; k < depth; k++, column += a.column, b += panel_width) {
    const Value first = *reinterpret_cast<const Place *>(b), second = *reinterpret_cast<const Place *>(b + length);
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
      const float number = column[i * a.row];
      sums[i][0] += number * first;
      sums[i][1] += number * second;
    }
  }
  for (int i = 0; i < rows; i++)
    for (int half = 0; half < 2; half++) *place(i, half) = sums[i][half];
}

// All rows of a panel, or of the part of it that two vectors make.
template <int most, int length>
CT_INLINE void multiply_panel(Strided a, int64_t rows, int64_t depth, const float *b, float *c, int64_t distance,
                              bool adds) {
  int64_t row = 0;
  for (; row + most <= rows; row += most)
    multiply_rows<most, length>({a.numbers + row * a.row, a.row, a.column}, depth, b, c + row * distance, distance,
                                adds);
  for (; row + 3 <= rows; row += 3)
    multiply_rows<3, length>({a.numbers + row * a.row, a.row, a.column}, depth, b, c + row * distance, distance, adds);
  for (; row < rows; row++)
    multiply_rows<1, length>({a.numbers + row * a.row, a.row, a.column}, depth, b, c + row * distance, distance, adds);
}

template <int most, int length>
CT_INLINE void multiply_panels(Strided a, int64_t rows, int64_t depth, const float *b, int64_t panels, float *c,
                               int64_t distance, bool adds) {
  for (int64_t panel = 0; panel < panels; panel++, b += depth * panel_width, c += panel_width)
    for (int64_t part = 0; part < panel_width; part += 2 * length)
      multiply_panel<most, length>(a, rows, depth, b + part, c + part, distance, adds);
}

#if defined(__x86_64__)
// As many sums as registers hold.
__attribute__((target("avx512f,fma"))) void multiply_wide(Strided a, int64_t rows, int64_t depth, const float *b,
                                                          int64_t panels, float *c, int64_t distance, bool adds) {
  multiply_panels<8, 16>(a, rows, depth, b, panels, c, distance, adds);
}
__attribute__((target("avx2,fma"))) void multiply_narrow(Strided a, int64_t rows, int64_t depth, const float *b,
                                                         int64_t panels, float *c, int64_t distance, bool adds) {
  multiply_panels<6, 8>(a, rows, depth, b, panels, c, distance, adds);
}
const bool is_wide = __builtin_cpu_supports("avx512f");
const bool is_fast = is_wide || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
#endif
}  // namespace

bool ct::has_fast_tiles() {
#if defined(__x86_64__)
  return is_fast;
#else
  return false;
#endif
}

void ct::multiply(Strided a, int64_t rows, int64_t depth, const float *b, int64_t panels, float *c, int64_t distance,
                  bool adds) {
#if defined(__x86_64__)
  if (is_wide) return multiply_wide(a, rows, depth, b, panels, c, distance, adds);
  if (is_fast) return multiply_narrow(a, rows, depth, b, panels, c, distance, adds);
#endif
  multiply_panels<4, 4>(a, rows, depth, b, panels, c, distance, adds);
}
