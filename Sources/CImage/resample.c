// Sums of weighted samples: the loops of a resize.

#include "CImage.h"

#include <string.h>

// Compiled for each kind of processor; which one is taken is found when the program is loaded.
#if defined(__x86_64__) && defined(__ELF__)
#define EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define EACH_PROCESSOR
#endif

enum { fraction_bits = 22 };

static const int32_t half = 1 << (fraction_bits - 1);

static uint8_t sample(int32_t sum) {
  int32_t value = sum >> fraction_bits;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

typedef uint8_t bytes __attribute__((vector_size(4)));
typedef int32_t numbers __attribute__((vector_size(16)));

// Three samples at once. A byte behind the last pixel is read, too.
static inline __attribute__((always_inline)) void resample_colours(
    const uint8_t *pixels, ci_taps taps, uint8_t *result) {
  for (size_t x = 0; x < taps.size; x++, result += 3) {
    const uint8_t *from = pixels + (size_t)taps.starts[x] * 3;
    const int32_t *weights = taps.weights + x * taps.count;
    numbers sum = {half, half, half, half};
    for (size_t k = 0; k < taps.count; k++, from += 3) {
      bytes pixel;
      memcpy(&pixel, from, sizeof pixel);
      sum += __builtin_convertvector(pixel, numbers) * weights[k];
    }
    for (int c = 0; c < 3; c++) result[c] = sample(sum[c]);
  }
}

static void resample_row(
    const uint8_t *pixels, size_t channels, ci_taps taps, uint8_t *result) {
  for (size_t x = 0; x < taps.size; x++) {
    const int32_t *weights = taps.weights + x * taps.count;
    for (size_t c = 0; c < channels; c++) {
      const uint8_t *from = pixels + (size_t)taps.starts[x] * channels + c;
      int32_t sum = half;
      for (size_t k = 0; k < taps.count; k++) sum += from[k * channels] * weights[k];
      *result++ = sample(sum);
    }
  }
}

EACH_PROCESSOR void ci_resample_rows(
    const uint8_t *pixels, size_t height, size_t width, size_t channels, ci_taps taps,
    uint8_t *result) {
  for (size_t y = 0; y < height; y++) {
    const uint8_t *row = pixels + y * width * channels;
    uint8_t *target = result + y * taps.size * channels;
    if (channels == 3 && y + 1 < height) {
      resample_colours(row, taps, target);
    } else {
      resample_row(row, channels, taps, target);
    }
  }
}

EACH_PROCESSOR void ci_resample_columns(
    const uint8_t *pixels, size_t stride, ci_taps taps, uint8_t *result) {
  enum { block = 512 };
  int32_t sums[block];
  for (size_t y = 0; y < taps.size; y++, result += stride) {
    const int32_t *weights = taps.weights + y * taps.count;
    for (size_t start = 0; start < stride; start += block) {
      const size_t count = stride - start < block ? stride - start : block;
      for (size_t x = 0; x < count; x++) sums[x] = half;
      for (size_t k = 0; k < taps.count; k++) {
        const uint8_t *from = pixels + ((size_t)taps.starts[y] + k) * stride + start;
        const int32_t weight = weights[k];
        for (size_t x = 0; x < count; x++) sums[x] += from[x] * weight;
      }
      for (size_t x = 0; x < count; x++) result[start + x] = sample(sums[x]);
    }
  }
}
