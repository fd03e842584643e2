// Passes over rows of numbers that lie one behind another, `channels` to a row, as float or bfloat16. What is
// computed is float.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace ct {

// Numbers of each channel that a pass over normalised rows needs: y = rectified(x·scale + offset), where
// rectified(v) is v if positive, else slope·v.
struct Affine {
  const float *scale;
  const float *offset;
  const float *slope;
};

// What the gradient of a normalisation is made of, besides: scale·g - (x - mean)·along - constant.
struct Projection {
  const float *mean;
  const float *along;
  const float *constant;
};

#define CT_ROWS(T)                                                                                 \
  /* Adds up, for each channel, how far the rows are from `shift`, and the squares of that. */     \
  void add_moments(const T *x, int64_t rows, int64_t channels, const float *shift, float *sum,     \
                   float *squares);                                                                \
  /* Adds `more` to the result where it is given. */                                               \
  void normalize(const T *x, int64_t rows, int64_t channels, Affine affine, const T *more, T *y);  \
  /* Adds up the gradients behind the rectifier, their products with x - mean, and those of the    \
     slopes where `slopes` is given. */                                                            \
  void add_gradients(const T *x, const T *gradient, int64_t rows, int64_t channels, Affine affine, \
                     const float *mean, float *sum, float *products, float *slopes);               \
  void project(const T *x, const T *gradient, int64_t rows, int64_t channels, Affine affine,       \
               Projection projection, T *result);                                                  \
  /* The gradients before a rectifier of x, and those of its slopes, added up. */                  \
  void unbend(const T *x, const T *gradient, int64_t rows, int64_t channels, const float *slope,   \
              T *result, float *slopes);                                                           \
  /* Adds to `line` the `count` numbers with which each of the windows begins, `distance` after those of the last, \
     each window `step` numbers further on. */                                                     \
  void add_windows(const T *said, int64_t windows, int64_t distance, int64_t count, int64_t step,  \
                   float *line);

CT_ROWS(float)
CT_ROWS(c10::BFloat16)
#undef CT_ROWS

// `count` numbers, scaled where their byte of `kept` is 1, else 0.
void mask(const float *x, const uint8_t *kept, int64_t count, float scale, float *y);
void mask(const c10::BFloat16 *x, const uint8_t *kept, int64_t count, float scale, c10::BFloat16 *y);

// The mean of what `number` sources have at each of `count` places.
void average(const float *const *sources, int64_t number, int64_t count, float *result);

}  // namespace ct
