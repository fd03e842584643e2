// Loops that the compiler turns into vector instructions, once for each kind of processor.
#include "rows.h"

#include <bit>

// Which of the functions is taken is found when the library is loaded.
#if defined(__x86_64__) && defined(__ELF__)
#define CT_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CT_EACH_PROCESSOR
#endif
#define CT_INLINE __attribute__((always_inline)) inline

using c10::BFloat16;

namespace {
CT_INLINE float number(float v) { return v; }
CT_INLINE float number(BFloat16 v) { return std::bit_cast<float>(static_cast<uint32_t>(v.x) << 16); }
CT_INLINE void put(float &place, float v) { place = v; }
CT_INLINE void put(BFloat16 &place, float v) { place.x = c10::detail::round_to_nearest_even(v); }

// Four rows at a time, so that the sums are loaded and stored a quarter as often.
template <typename T>
CT_INLINE void moments(const T *__restrict x, int64_t rows, int64_t channels,
                       const float *__restrict shift, float *__restrict sum,
                       float *__restrict squares) {
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4, x += 4 * channels)
    for (int64_t c = 0; c < channels; c++) {
      const float a = number(x[c]) - shift[c];
      const float b = number(x[c + channels]) - shift[c];
      const float d = number(x[c + 2 * channels]) - shift[c];
      const float e = number(x[c + 3 * channels]) - shift[c];
      sum[c] += (a + b) + (d + e);
      squares[c] += (a * a + b * b) + (d * d + e * e);
    }
  for (; row < rows; row++, x += channels)
    for (int64_t c = 0; c < channels; c++) {
      const float a = number(x[c]) - shift[c];
      sum[c] += a;
      squares[c] += a * a;
    }
}

template <typename T>
CT_INLINE void normalized(const T *__restrict x, int64_t rows, int64_t channels,
                          const float *__restrict scale, const float *__restrict offset,
                          const float *__restrict slope, T *__restrict y) {
  for (int64_t row = 0; row < rows; row++, x += channels, y += channels)
    for (int64_t c = 0; c < channels; c++) {
      const float v = number(x[c]) * scale[c] + offset[c];
      put(y[c], v > 0 ? v : v * slope[c]);
    }
}

template <typename T>
CT_INLINE void normalized_with(const T *__restrict x, int64_t rows, int64_t channels,
                               const float *__restrict scale, const float *__restrict offset,
                               const float *__restrict slope, const T *__restrict more,
                               T *__restrict y) {
  for (int64_t row = 0; row < rows; row++, x += channels, more += channels, y += channels)
    for (int64_t c = 0; c < channels; c++) {
      const float v = number(x[c]) * scale[c] + offset[c];
      put(y[c], (v > 0 ? v : v * slope[c]) + number(more[c]));
    }
}

// The gradient behind the rectifier. The sign of its argument is computed once more: that is cheaper than to
// read the output.
CT_INLINE float behind(float x, float gradient, float scale, float offset, float slope) {
  return x * scale + offset > 0 ? gradient : gradient * slope;
}

template <typename T>
CT_INLINE void gradients(const T *__restrict x, const T *__restrict gradient, int64_t rows,
                         int64_t channels, const float *__restrict scale,
                         const float *__restrict offset, const float *__restrict slope,
                         const float *__restrict mean, float *__restrict sum,
                         float *__restrict products) {
  int64_t row = 0;
  for (; row + 2 <= rows; row += 2, x += 2 * channels, gradient += 2 * channels)
    for (int64_t c = 0; c < channels; c++) {
      const float a = number(x[c]), b = number(x[c + channels]);
      const float g = behind(a, number(gradient[c]), scale[c], offset[c], slope[c]);
      const float h = behind(b, number(gradient[c + channels]), scale[c], offset[c], slope[c]);
      sum[c] += g + h;
      products[c] += g * (a - mean[c]) + h * (b - mean[c]);
    }
  if (row < rows)
    for (int64_t c = 0; c < channels; c++) {
      const float a = number(x[c]);
      const float g = behind(a, number(gradient[c]), scale[c], offset[c], slope[c]);
      sum[c] += g;
      products[c] += g * (a - mean[c]);
    }
}

template <typename T>
CT_INLINE void slope_gradients(const T *__restrict x, const T *__restrict gradient, int64_t rows,
                               int64_t channels, const float *__restrict scale,
                               const float *__restrict offset, const float *__restrict slope,
                               const float *__restrict mean, float *__restrict sum,
                               float *__restrict products, float *__restrict slopes) {
  for (int64_t row = 0; row < rows; row++, x += channels, gradient += channels)
    for (int64_t c = 0; c < channels; c++) {
      const float a = number(x[c]), above = number(gradient[c]);
      const float v = a * scale[c] + offset[c];
      const float g = v > 0 ? above : above * slope[c];
      sum[c] += g;
      products[c] += g * (a - mean[c]);
      slopes[c] += v > 0 ? 0 : above * v;
    }
}

template <typename T>
CT_INLINE void projected(const T *__restrict x, const T *__restrict gradient, int64_t rows,
                         int64_t channels, const float *__restrict scale,
                         const float *__restrict offset, const float *__restrict slope,
                         const float *__restrict mean, const float *__restrict along,
                         const float *__restrict constant, T *__restrict result) {
  for (int64_t row = 0; row < rows;
       row++, x += channels, gradient += channels, result += channels)
    for (int64_t c = 0; c < channels; c++) {
      const float a = number(x[c]);
      const float g = behind(a, number(gradient[c]), scale[c], offset[c], slope[c]);
      put(result[c], scale[c] * g - (a - mean[c]) * along[c] - constant[c]);
    }
}

template <typename T>
CT_INLINE void unbent(const T *__restrict x, const T *__restrict gradient, int64_t rows, int64_t channels,
                      const float *__restrict slope, T *__restrict result, float *__restrict slopes) {
  for (int64_t row = 0; row < rows;
       row++, x += channels, gradient += channels, result += channels)
    for (int64_t c = 0; c < channels; c++) {
      const float v = number(x[c]), above = number(gradient[c]);
      put(result[c], v > 0 ? above : above * slope[c]);
      slopes[c] += v > 0 ? 0 : above * v;
    }
}

template <int count, typename T>
CT_INLINE void add_some(const T *__restrict said, float *__restrict line) {
  for (int i = 0; i < count; i++) line[i] += number(said[i]);
}

// A window after one that it does not touch: what was only just written could not be read at once.
template <typename T>
CT_INLINE void with_windows(const T *said, int64_t windows, int64_t distance, int64_t count, int64_t step,
                            float *line) {
  const int64_t apart = (count + step - 1) / step;
  for (int64_t first = 0; first < apart; first++)
    for (int64_t window = first; window < windows; window += apart) {
      const T *const from = said + window * distance;
      float *const to = line + window * step;
      int64_t i = 0;
#pragma clang loop vectorize(disable)
      for (; i + 16 <= count; i += 16) add_some<16>(from + i, to + i);
      if (count & 8) add_some<8>(from + i, to + i), i += 8;
      if (count & 4) add_some<4>(from + i, to + i), i += 4;
      if (count & 2) add_some<2>(from + i, to + i), i += 2;
      if (count & 1) add_some<1>(from + i, to + i);
    }
}

template <typename T>
CT_INLINE void masked(const T *__restrict x, const uint8_t *__restrict kept, int64_t count, float scale,
                      T *__restrict y) {
  for (int64_t i = 0; i < count; i++) put(y[i], number(x[i]) * (static_cast<float>(kept[i]) * scale));
}
}  // namespace

#define CT_ROWS(T)                                                                                 \
  CT_EACH_PROCESSOR void ct::add_moments(const T *x, int64_t rows, int64_t channels,               \
                                         const float *shift, float *sum, float *squares) {         \
    moments(x, rows, channels, shift, sum, squares);                                               \
  }                                                                                                \
  CT_EACH_PROCESSOR void ct::normalize(const T *x, int64_t rows, int64_t channels, Affine affine,  \
                                       const T *more, T *y) {                                      \
    if (more)                                                                                      \
      normalized_with(x, rows, channels, affine.scale, affine.offset, affine.slope, more, y);      \
    else                                                                                           \
      normalized(x, rows, channels, affine.scale, affine.offset, affine.slope, y);                 \
  }                                                                                                \
  CT_EACH_PROCESSOR void ct::add_gradients(const T *x, const T *gradient, int64_t rows,            \
                                           int64_t channels, Affine affine, const float *mean,     \
                                           float *sum, float *products, float *slopes) {           \
    if (slopes)                                                                                    \
      slope_gradients(x, gradient, rows, channels, affine.scale, affine.offset, affine.slope,      \
                      mean, sum, products, slopes);                                                \
    else                                                                                           \
      gradients(x, gradient, rows, channels, affine.scale, affine.offset, affine.slope, mean, sum, \
                products);                                                                         \
  }                                                                                                \
  CT_EACH_PROCESSOR void ct::project(const T *x, const T *gradient, int64_t rows,                  \
                                     int64_t channels, Affine affine, Projection projection,       \
                                     T *result) {                                                  \
    projected(x, gradient, rows, channels, affine.scale, affine.offset, affine.slope,              \
              projection.mean, projection.along, projection.constant, result);                     \
  }                                                                                                \
  CT_EACH_PROCESSOR void ct::unbend(const T *x, const T *gradient, int64_t rows, int64_t channels, \
                                    const float *slope, T *result, float *slopes) {                \
    unbent(x, gradient, rows, channels, slope, result, slopes);                                    \
  }                                                                                                \
  CT_EACH_PROCESSOR void ct::add_windows(const T *said, int64_t windows, int64_t distance,         \
                                         int64_t count, int64_t step, float *line) {               \
    with_windows(said, windows, distance, count, step, line);                                      \
  }

CT_ROWS(float)
CT_ROWS(BFloat16)

CT_EACH_PROCESSOR void ct::mask(const float *x, const uint8_t *kept, int64_t count, float scale, float *y) {
  masked(x, kept, count, scale, y);
}
CT_EACH_PROCESSOR void ct::mask(const BFloat16 *x, const uint8_t *kept, int64_t count, float scale, BFloat16 *y) {
  masked(x, kept, count, scale, y);
}

// One block after the other, so that it stays in the innermost cache.
CT_EACH_PROCESSOR void ct::average(const float *const *sources, int64_t number,
                                   int64_t count, float *result) {
  const int64_t block = 2048;
  const float factor = 1.f / static_cast<float>(number);
  for (int64_t start = 0; start < count; start += block) {
    const int64_t n = count - start < block ? count - start : block;
    float sum[block];
    for (int64_t i = 0; i < n; i++) sum[i] = sources[0][start + i];
    for (int64_t s = 1; s < number; s++)
      for (int64_t i = 0; i < n; i++) sum[i] += sources[s][start + i];
    for (int64_t i = 0; i < n; i++) result[start + i] = sum[i] * factor;
  }
}
