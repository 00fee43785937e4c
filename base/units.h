// Physical quantities that the compiler checks.
//
// A Quantity is one double in SI base units behind a tag. Only meaningful arithmetic compiles:
//
//   Duration t = Bytes(1e9) / Bandwidth(25e9);   // 40 ms
//   Bytes(1) + Duration(1);                      // does not compile (tests/base/compile_fail)
//
// Values may be fractional (half a byte of a compressed gradient) and are not range checked:
// readers of input refuse negative and non-finite values before a quantity is made.
#pragma once

#include <compare>

namespace rehearse {

template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  explicit constexpr Quantity(double value) : value_(value) {}

  // The value in the base unit of the tag: seconds, bytes, FLOP, bytes/s, FLOP/s.
  [[nodiscard]] constexpr double value() const { return value_; }

  constexpr auto operator<=>(const Quantity&) const = default;

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  constexpr Quantity& operator*=(double factor) {
    value_ *= factor;
    return *this;
  }

  friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
  friend constexpr Quantity operator*(Quantity a, double factor) { return a *= factor; }
  friend constexpr Quantity operator*(double factor, Quantity a) { return a *= factor; }
  friend constexpr Quantity operator/(Quantity a, double divisor) {
    return Quantity(a.value_ / divisor);
  }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }

 private:
  double value_ = 0;
};

using Duration = Quantity<struct DurationTag>;    // seconds
using Bytes = Quantity<struct BytesTag>;          // bytes
using Flops = Quantity<struct FlopsTag>;          // floating-point operations, multiply-add = 2
using Bandwidth = Quantity<struct BandwidthTag>;  // bytes per second
using FlopRate = Quantity<struct FlopRateTag>;    // FLOP per second

constexpr Duration operator/(Bytes amount, Bandwidth rate) {
  return Duration(amount.value() / rate.value());
}
constexpr Bandwidth operator/(Bytes amount, Duration time) {
  return Bandwidth(amount.value() / time.value());
}
constexpr Bytes operator*(Bandwidth rate, Duration time) {
  return Bytes(rate.value() * time.value());
}
constexpr Bytes operator*(Duration time, Bandwidth rate) { return rate * time; }
constexpr Duration operator/(Flops work, FlopRate rate) {
  return Duration(work.value() / rate.value());
}
constexpr FlopRate operator/(Flops work, Duration time) {
  return FlopRate(work.value() / time.value());
}
constexpr Flops operator*(FlopRate rate, Duration time) {
  return Flops(rate.value() * time.value());
}
constexpr Flops operator*(Duration time, FlopRate rate) { return rate * time; }

}  // namespace rehearse
