// Sums of weighted samples: the loops of a resize.

#include "CImage.h"

enum { fraction_bits = 22 };

static uint8_t sample(int32_t sum) {
  int32_t value = sum >> fraction_bits;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static const int32_t half = 1 << (fraction_bits - 1);

void ci_resample_rows(
    const uint8_t *pixels, size_t height, size_t width, size_t channels, ci_taps taps,
    uint8_t *result) {
  for (size_t y = 0; y < height; y++, pixels += width * channels) {
    for (size_t x = 0; x < taps.size; x++) {
      const uint8_t *from = pixels + (size_t)taps.starts[x] * channels;
      const int32_t *weights = taps.weights + x * taps.count;
      if (channels == 3) {
        int32_t red = half, green = half, blue = half;
        for (size_t k = 0; k < taps.count; k++, from += 3) {
          red += from[0] * weights[k];
          green += from[1] * weights[k];
          blue += from[2] * weights[k];
        }
        result[0] = sample(red);
        result[1] = sample(green);
        result[2] = sample(blue);
      } else {
        int32_t sum = half;
        for (size_t k = 0; k < taps.count; k++) sum += from[k] * weights[k];
        result[0] = sample(sum);
      }
      result += channels;
    }
  }
}

void ci_resample_columns(const uint8_t *pixels, size_t stride, ci_taps taps, uint8_t *result) {
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
