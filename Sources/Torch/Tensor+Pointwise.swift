import CTorch

extension Tensor {
  /// The absolute value of every element.
  public func abs() -> Tensor { native("abs", self) { ct_abs($0) } }

  /// e to the power of every element.
  public func exp() -> Tensor { native("exp", self) { ct_exp($0) } }

  /// The natural logarithm of every element.
  public func log() -> Tensor { native("log", self) { ct_log($0) } }

  /// log(1 + x), accurate near 0.
  public func log1p() -> Tensor { native("log1p", self) { ct_log1p($0) } }

  /// The square root of every element.
  public func sqrt() -> Tensor { native("sqrt", self) { ct_sqrt($0) } }

  /// 1 / sqrt(x).
  public func reciprocalSqrt() -> Tensor { native("reciprocalSqrt", self) { ct_rsqrt($0) } }

  /// The square of every element.
  public func squared() -> Tensor { native("squared", self) { ct_square($0) } }

  /// 1 / x.
  public func reciprocal() -> Tensor { native("reciprocal", self) { ct_reciprocal($0) } }

  /// The sine of every element, in radians.
  public func sin() -> Tensor { native("sin", self) { ct_sin($0) } }

  /// The cosine of every element, in radians.
  public func cos() -> Tensor { native("cos", self) { ct_cos($0) } }

  /// The angle in radians whose cosine is the element.
  public func acos() -> Tensor { native("acos", self) { ct_acos($0) } }

  /// -1, 0 or 1 by the sign of every element.
  public func sign() -> Tensor { native("sign", self) { ct_sign($0) } }

  /// The largest integer not above every element.
  public func floor() -> Tensor { native("floor", self) { ct_floor($0) } }

  /// The nearest integer, halves to even.
  public func rounded() -> Tensor { native("rounded", self) { ct_round($0) } }

  /// Whether every element is neither infinite nor NaN, as `bool`.
  public func isFinite() -> Tensor { native("isFinite", self) { ct_isfinite($0) } }

  /// The opposite truth value.
  public func logicalNot() -> Tensor { native("logicalNot", self) { ct_logical_not($0) } }
}

extension Tensor {
  /// Element-wise sum, with broadcasting.
  public static func + (a: Tensor, b: Tensor) -> Tensor { native("+", a, b) { ct_add($0, $1, 1) } }

  /// `self + factor · other` in one walk through memory, with broadcasting.
  public func adding(_ other: Tensor, times factor: Double) -> Tensor {
    native("adding", self, other) { ct_add($0, $1, factor) }
  }

  /// Element-wise difference, with broadcasting.
  public static func - (a: Tensor, b: Tensor) -> Tensor { native("-", a, b) { ct_sub($0, $1) } }

  /// Element-wise product, with broadcasting.
  public static func * (a: Tensor, b: Tensor) -> Tensor { native("*", a, b) { ct_mul($0, $1) } }

  /// Element-wise quotient, with broadcasting.
  public static func / (a: Tensor, b: Tensor) -> Tensor { native("/", a, b) { ct_div($0, $1) } }

  /// Adds a number to every element.
  public static func + (a: Tensor, b: Double) -> Tensor { native("+", a) { ct_add_scalar($0, b) } }

  /// Adds a number to every element.
  public static func + (a: Double, b: Tensor) -> Tensor { b + a }

  /// Subtracts a number from every element.
  public static func - (a: Tensor, b: Double) -> Tensor { a + (-b) }

  /// Subtracts every element from a number.
  public static func - (a: Double, b: Tensor) -> Tensor { native("-", b) { ct_rsub_scalar($0, a) } }

  /// Multiplies every element by a number.
  public static func * (a: Tensor, b: Double) -> Tensor { native("*", a) { ct_mul_scalar($0, b) } }

  /// Multiplies every element by a number.
  public static func * (a: Double, b: Tensor) -> Tensor { b * a }

  /// Divides every element by a number.
  public static func / (a: Tensor, b: Double) -> Tensor { native("/", a) { ct_div_scalar($0, b) } }

  /// Divides a number by every element.
  public static func / (a: Double, b: Tensor) -> Tensor { b.reciprocal() * a }

  /// The negative of every element.
  public static prefix func - (a: Tensor) -> Tensor { native("-", a) { ct_neg($0) } }

  /// Every element raised to `exponent`.
  public func power(_ exponent: Double) -> Tensor {
    native("power", self) { ct_pow_scalar($0, exponent) }
  }

  /// The element-wise larger of two tensors.
  public func maximum(_ other: Tensor) -> Tensor {
    native("maximum", self, other) { ct_maximum($0, $1) }
  }

  /// The element-wise smaller of two tensors.
  public func minimum(_ other: Tensor) -> Tensor {
    native("minimum", self, other) { ct_minimum($0, $1) }
  }

  /// The angle of the point (`x`, `self`), in radians.
  public func atan2(_ x: Tensor) -> Tensor { native("atan2", self, x) { ct_atan2($0, $1) } }

  /// `self + weight * (end - self)`.
  public func interpolated(to end: Tensor, by weight: Double) -> Tensor {
    native("interpolated", self, end) { ct_lerp($0, $1, weight) }
  }

  /// `self + weight * (end - self)` with a weight for every element, broadcast.
  public func interpolated(to end: Tensor, by weight: Tensor) -> Tensor {
    native("interpolated", self, end, weight) { ct_lerp_tensor($0, $1, $2) }
  }

  /// Every element brought into `range`.
  public func clamped(to range: ClosedRange<Double>) -> Tensor {
    native("clamped", self) { ct_clamp($0, range.lowerBound, range.upperBound) }
  }

  /// `other` where `condition` holds, `self` elsewhere.
  public func replacing(where condition: Tensor, with other: Tensor) -> Tensor {
    native("replacing", condition, other, self) { ct_where($0, $1, $2) }
  }

  /// `value` where `mask` holds, `self` elsewhere.
  public func filled(where mask: Tensor, with value: Double) -> Tensor {
    native("filled", self, mask) { ct_masked_fill($0, $1, value) }
  }
}

// MARK: - Comparison: results are `bool`

extension Tensor {
  /// Element-wise equality.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { native(".==", a, b) { ct_eq($0, $1) } }

  /// Element-wise equality with a number.
  public static func .== (a: Tensor, b: Double) -> Tensor {
    native(".==", a) { ct_eq_scalar($0, b) }
  }

  /// Element-wise less-than.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { native(".<", a, b) { ct_lt($0, $1) } }

  /// Element-wise less-than with a number.
  public static func .< (a: Tensor, b: Double) -> Tensor { native(".<", a) { ct_lt_scalar($0, b) } }

  /// Element-wise greater-than.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { native(".>", a, b) { ct_gt($0, $1) } }

  /// Element-wise greater-than with a number.
  public static func .> (a: Tensor, b: Double) -> Tensor { native(".>", a) { ct_gt_scalar($0, b) } }

  /// Element-wise less-or-equal.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { native(".<=", a, b) { ct_le($0, $1) } }

  /// Element-wise greater-or-equal.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { native(".>=", a, b) { ct_ge($0, $1) } }

  /// Element-wise conjunction of truth values.
  public func and(_ other: Tensor) -> Tensor {
    native("and", self, other) { ct_logical_and($0, $1) }
  }

  /// Element-wise disjunction of truth values.
  public func or(_ other: Tensor) -> Tensor { native("or", self, other) { ct_logical_or($0, $1) } }
}
