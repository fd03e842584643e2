// Batch and instance normalisation with what rectifies their values: two passes through memory forward and two
// back, where LibTorch takes four and three and the rectifier two more of each.
#include "normalization.h"
#include "parallel.h"
#include "rows.h"

#include <cmath>
#include <memory>

using namespace ct;

namespace {
// Sums over pieces of rows, what follows from them for images that have them in common, and then values for the
// pieces. An image with statistics of its own is done with while the processor's cache holds it. Whichever thread
// adds up a piece, its sum is the same.
template <typename Sum, typename Finish, typename Apply>
void in_two_passes(const Maps &maps, Sum sum, Finish finish, Apply apply) {
  const int64_t pieces = maps.pieces();
  // Numbers for which it is worth waking a thread.
  const int64_t worthwhile = 32768;
  if (!maps.pooled && maps.images >= at::get_num_threads()) {
    const int64_t size = maps.rows * maps.channels;
    in_parallel(maps.images, worthwhile / size + 1, [&](int64_t image) {
      for (int64_t piece = 0; piece < pieces; piece++) sum(image, piece);
      finish(image, image + 1);
      for (int64_t piece = 0; piece < pieces; piece++) apply(image, piece);
    });
    return;
  }
  const int64_t grain = worthwhile / (std::min(maps.rows, maps.piece_rows()) * maps.channels) + 1;
  in_parallel(maps.images * pieces, grain, [&](int64_t i) { sum(i / pieces, i % pieces); });
  for (int64_t i = 0; i < maps.groups(); i++)
    maps.pooled ? finish(0, maps.images) : finish(i, i + 1);
  in_parallel(maps.images * pieces, grain, [&](int64_t i) { apply(i / pieces, i % pieces); });
}

// Two or three sums of every piece and channel.
class Sums {
 public:
  explicit Sums(const Maps &maps, int64_t kinds = 2)
      : maps_(maps), width_(kinds * maps.channels), values_(new float[maps.images * maps.pieces() * width_]) {}

  // At first zero; those of a kind lie behind those of the one before.
  float *of(int64_t image, int64_t piece) {
    float *place = at(image, piece);
    std::fill(place, place + width_, 0.f);
    return place;
  }
  // What the pieces of an image come to.
  std::vector<double> total(int64_t image) const {
    std::vector<double> result(width_);
    for (int64_t piece = 0; piece < maps_.pieces(); piece++)
      for (int64_t c = 0; c < width_; c++) result[c] += at(image, piece)[c];
    return result;
  }

 private:
  float *at(int64_t image, int64_t piece) const {
    return values_.get() + (image * maps_.pieces() + piece) * width_;
  }
  const Maps &maps_;
  const int64_t width_;
  std::unique_ptr<float[]> values_;
};

float *row(const Tensor &numbers, int64_t index) {
  return numbers.data_ptr<float>() + (numbers.size(0) == 1 ? 0 : index * numbers.size(1));
}

// A row of learned numbers for an image, or those for all images.
const float *row(const Optional &numbers, int64_t image, int64_t channels) {
  if (!numbers) return nullptr;
  return numbers->data_ptr<float>() + (numbers->numel() == channels ? 0 : image * channels);
}

// What the rectifier multiplies negative values of each channel by.
std::vector<float> slopes(const Optional &learned, const Plan &plan, const Maps &maps) {
  std::vector<float> result(maps.channels, static_cast<float>(plan.slope));
  for (int64_t c = 0; learned && c < maps.channels; c++)
    result[c] = learned->data_ptr<float>()[learned->numel() == 1 ? 0 : c];
  return result;
}

Affine affine(const Statistics &statistics, int64_t image, const std::vector<float> &slopes) {
  return {row(statistics.scale, image), row(statistics.offset, image), slopes.data()};
}

// Maps that are added, from a place on.
template <typename T>
const T *from_place(const Optional &maps, int64_t start) {
  return maps ? maps->const_data_ptr<T>() + start : nullptr;
}

// Mean and variance of a channel, from the sums of `count` numbers about `shift` and of their squares.
std::pair<double, double> moments_of(int64_t c, const std::vector<double> &total, double count, float shift) {
  const double about = total[c] / count, square = total[total.size() / 2 + c] / count;
  return {shift + about, std::max(square - about * about, 0.0)};
}

// What values of an image are multiplied by and moved by.
void set_affine(const Statistics &statistics, const Maps &maps, int64_t image, const Optional &gain,
                const Optional &offset) {
  const float *mean = row(statistics.mean, maps.group(image));
  const float *rate = row(statistics.rate, maps.group(image));
  const float *g = row(gain, image, maps.channels), *o = row(offset, image, maps.channels);
  float *scale = row(statistics.scale, image), *moved = row(statistics.offset, image);
  for (int64_t c = 0; c < maps.channels; c++) {
    scale[c] = rate[c] * (g ? g[c] : 1);
    moved[c] = (o ? o[c] : 0) - mean[c] * scale[c];
  }
}

void move(const Optional &running, int64_t c, double value, double momentum) {
  if (!running) return;
  float &place = running->data_ptr<float>()[c];
  place = static_cast<float>((1 - momentum) * place + momentum * value);
}

template <typename T>
Tensor forward(const Tensor &x, const Learned &learned, const Plan &plan, const Running &running,
               const Maps &maps, Statistics &statistics) {
  const auto bends = slopes(learned.slopes, plan, maps);
  Tensor y = at::empty_like(x);
  const T *from = x.const_data_ptr<T>();
  T *to = y.mutable_data_ptr<T>();
  // Sums are taken about the first row: squares of large values would leave nothing of their differences.
  std::vector<float> shift(maps.groups() * maps.channels);
  for (int64_t group = 0; group < maps.groups(); group++)
    for (int64_t c = 0; c < maps.channels; c++)
      shift[group * maps.channels + c] = static_cast<float>(from[maps.start(group, 0) + c]);
  const auto shift_of = [&](int64_t image) { return &shift[maps.group(image) * maps.channels]; };
  Sums sums(maps);
  const auto sum = [&](int64_t image, int64_t piece) {
    float *place = sums.of(image, piece);
    add_moments(from + maps.start(image, piece), maps.rows_of(piece), maps.channels,
                shift_of(image), place, place + maps.channels);
  };
  const auto finish = [&](int64_t first, int64_t end) {
    std::vector<double> total = sums.total(first);
    for (int64_t image = first + 1; image < end; image++) {
      const auto more = sums.total(image);
      for (size_t i = 0; i < total.size(); i++) total[i] += more[i];
    }
    const double count = static_cast<double>((end - first) * maps.rows);
    float *means = row(statistics.mean, maps.group(first));
    float *rates = row(statistics.rate, maps.group(first));
    for (int64_t c = 0; c < maps.channels; c++) {
      const auto [mean, variance] = moments_of(c, total, count, shift_of(first)[c]);
      means[c] = static_cast<float>(mean);
      rates[c] = static_cast<float>(1 / std::sqrt(variance + plan.eps));
      move(running.mean, c, mean, running.momentum);
      move(running.variance, c, variance * count / (count - 1), running.momentum);
    }
    for (int64_t image = first; image < end; image++)
      set_affine(statistics, maps, image, learned.gain, learned.offset);
  };
  in_two_passes(maps, sum, finish, [&](int64_t image, int64_t piece) {
    const int64_t start = maps.start(image, piece);
    normalize(from + start, maps.rows_of(piece), maps.channels, affine(statistics, image, bends),
              from_place<T>(learned.more, start), to + start);
  });
  return y;
}

template <typename T>
Gradients backward(const Tensor &x, const Tensor &gradient, const Learned &learned, const Plan &plan,
                   const Maps &maps, const Statistics &statistics) {
  const auto bends = slopes(learned.slopes, plan, maps);
  const bool bent = learned.slopes.has_value();
  Gradients result{at::empty_like(x), at::empty_like(statistics.scale),
                   at::empty_like(statistics.scale),
                   bent ? at::empty_like(statistics.scale) : Tensor()};
  const T *from = x.const_data_ptr<T>(), *down = gradient.const_data_ptr<T>();
  T *to = result.values.mutable_data_ptr<T>();
  const auto along = at::empty_like(statistics.mean), constant = at::empty_like(statistics.mean);
  const auto mean = [&](int64_t image) { return row(statistics.mean, maps.group(image)); };
  Sums sums(maps, bent ? 3 : 2);
  const auto sum = [&](int64_t image, int64_t piece) {
    const int64_t start = maps.start(image, piece);
    float *place = sums.of(image, piece);
    add_gradients(from + start, down + start, maps.rows_of(piece), maps.channels,
                  affine(statistics, image, bends), mean(image), place, place + maps.channels,
                  bent ? place + 2 * maps.channels : nullptr);
  };
  const auto finish = [&](int64_t first, int64_t end) {
    std::vector<double> total(2 * maps.channels);
    const float *rate = row(statistics.rate, maps.group(first));
    for (int64_t image = first; image < end; image++) {
      const auto own = sums.total(image);
      const float *g = row(learned.gain, image, maps.channels);
      for (int64_t c = 0; bent && c < maps.channels; c++)
        row(result.slopes, image)[c] = static_cast<float>(own[2 * maps.channels + c]);
      float *of_gain = row(result.gain, image), *of_offset = row(result.offset, image);
      for (int64_t c = 0; c < maps.channels; c++) {
        const double weight = g ? g[c] : 1, product = own[maps.channels + c];
        of_offset[c] = static_cast<float>(own[c]);
        of_gain[c] = static_cast<float>(product * rate[c]);
        total[c] += weight * own[c];
        total[maps.channels + c] += weight * product;
      }
    }
    const double count = static_cast<double>((end - first) * maps.rows);
    float *constants = row(constant, maps.group(first)), *factors = row(along, maps.group(first));
    for (int64_t c = 0; c < maps.channels; c++) {
      const double r = rate[c];
      constants[c] = static_cast<float>(r * total[c] / count);
      factors[c] = static_cast<float>(r * r * r * total[maps.channels + c] / count);
    }
  };
  in_two_passes(maps, sum, finish, [&](int64_t image, int64_t piece) {
    const int64_t start = maps.start(image, piece), group = maps.group(image);
    project(from + start, down + start, maps.rows_of(piece), maps.channels,
            affine(statistics, image, bends),
            {mean(image), row(along, group), row(constant, group)}, to + start);
  });
  return result;
}

template <typename T>
std::pair<Tensor, Tensor> mean_and_variance(const Tensor &x) {
  const Maps maps(x, true, false);
  const T *from = x.const_data_ptr<T>();
  std::vector<float> shift(maps.channels);
  for (int64_t c = 0; c < maps.channels; c++) shift[c] = static_cast<float>(from[c]);
  Sums sums(maps);
  in_parallel(maps.pieces(), 1, [&](int64_t piece) {
    float *place = sums.of(0, piece);
    add_moments(from + maps.start(0, piece), maps.rows_of(piece), maps.channels, shift.data(), place,
                place + maps.channels);
  });
  const auto total = sums.total(0);
  const Tensor mean = at::empty({maps.channels}, at::kFloat), variance = at::empty_like(mean);
  for (int64_t c = 0; c < maps.channels; c++) {
    const auto found = moments_of(c, total, static_cast<double>(maps.rows), shift[c]);
    mean.data_ptr<float>()[c] = static_cast<float>(found.first);
    variance.data_ptr<float>()[c] = static_cast<float>(found.second);
  }
  return {mean, variance};
}

// By the running statistics, outside any graph.
template <typename T>
Tensor evaluate(const Tensor &x, const Learned &learned, const Plan &plan, const Running &running,
                const Maps &maps) {
  const auto bends = slopes(learned.slopes, plan, maps);
  const auto rate = (running.variance->to(at::kDouble) + plan.eps).rsqrt().to(at::kFloat);
  const Statistics given(running.mean->view({1, -1}), rate.view({1, -1}),
                         at::empty({maps.images, maps.channels}, at::kFloat),
                         at::empty({maps.images, maps.channels}, at::kFloat));
  for (int64_t image = 0; image < maps.images; image++)
    set_affine(given, maps, image, learned.gain, learned.offset);
  Tensor y = at::empty_like(x);
  const T *from = x.const_data_ptr<T>();
  T *to = y.mutable_data_ptr<T>();
  in_parallel(maps.images * maps.pieces(), 1, [&](int64_t i) {
    const int64_t image = i / maps.pieces(), piece = i % maps.pieces();
    const int64_t start = maps.start(image, piece);
    normalize(from + start, maps.rows_of(piece), maps.channels, affine(given, image, bends),
              from_place<T>(learned.more, start), to + start);
  });
  return y;
}
}  // namespace

Tensor ct::normalized(const Tensor &x, const Learned &learned, const Plan &plan, const Running &running,
                      const Maps &maps, Statistics &statistics) {
  const auto compute = x.scalar_type() == at::kFloat ? forward<float> : forward<at::BFloat16>;
  return compute(x, learned, plan, running, maps, statistics);
}

Gradients ct::gradients(const Tensor &x, const Tensor &gradient, const Learned &learned, const Plan &plan,
                        const Maps &maps, const Statistics &statistics) {
  const auto compute = x.scalar_type() == at::kFloat ? backward<float> : backward<at::BFloat16>;
  return compute(x, gradient, learned, plan, maps, statistics);
}

std::pair<Tensor, Tensor> ct::moments(const Tensor &x) {
  return x.scalar_type() == at::kFloat ? mean_and_variance<float>(x) : mean_and_variance<at::BFloat16>(x);
}

Tensor ct::evaluated(const Tensor &x, const Learned &learned, const Plan &plan, const Running &running,
                     const Maps &maps) {
  const auto compute = x.scalar_type() == at::kFloat ? evaluate<float> : evaluate<at::BFloat16>;
  return compute(x, learned, plan, running, maps);
}
