// The matrices of Winograd's minimal filtering, from the points at which polynomials are evaluated (Toom and Cook).
#pragma once

#include <array>

namespace ct {

template <int rows, int columns>
struct Matrix {
  float numbers[rows][columns] = {};
  static constexpr int height = rows, width = columns;

  // Whether two rows differ in signs alone, so that they are the sum and the difference of the same two numbers.
  constexpr bool are_mirrored(int i, int j) const {
    for (int k = 0; k < columns; k++)
      if (numbers[i][k] != numbers[j][k] && numbers[i][k] != -numbers[j][k]) return false;
    return true;
  }
};

// Where polynomials of `side` coefficients are evaluated, besides at infinity. Of points that are small fractions on
// both sides of one, results of 32 bits are about as exact as sums of products.
template <int side>
constexpr std::array<double, side - 1> points() {
  if constexpr (side == 5) return {0, 0.5, -1, 1.5};
  else return {0, 0.75, -0.75, 1.5, -1.5};
}

// y = Aᵀ[(Gg)⊙(Bᵀd)] are `results` sums of products of `taps` numbers g with as many neighbours in d, of which there are
// side = results + taps - 1.
template <int side>
struct Filtering {
 private:
  // The product of x - p over all points p but the one that is left out; divided by what it is there, which spares
  // kernels that.
  static constexpr std::array<double, side> product_without(int left_out) {
    std::array<double, side> result{1};
    double divisor = 1;
    for (int i = 0; i < side - 1; i++) {
      if (i == left_out) continue;
      for (int k = side - 1; k >= 0; k--)
        result[k] = (k > 0 ? result[k - 1] : 0) - points<side>()[i] * result[k];
      if (left_out < side - 1) divisor *= points<side>()[left_out] - points<side>()[i];
    }
    for (double &coefficient : result) coefficient /= divisor;
    return result;
  }

  static constexpr Matrix<side, side> products() {
    Matrix<side, side> result;
    for (int i = 0; i < side; i++) {
      const auto row = product_without(i);
      for (int k = 0; k < side; k++) result.numbers[i][k] = static_cast<float>(row[k]);
    }
    return result;
  }

  // Of infinity's powers only the last is not zero.
  template <int count>
  static constexpr Matrix<side, count> powers_of_points() {
    Matrix<side, count> result;
    for (int i = 0; i < side - 1; i++) {
      double power = 1;
      for (int k = 0; k < count; k++, power *= points<side>()[i]) result.numbers[i][k] = static_cast<float>(power);
    }
    result.numbers[side - 1][count - 1] = 1;
    return result;
  }

 public:
  static constexpr Matrix<side, side> data = products();  // Bᵀ
  template <int count>
  static constexpr Matrix<side, count> powers = powers_of_points<count>();  // G of so many taps, A of so many results
};

}  // namespace ct
