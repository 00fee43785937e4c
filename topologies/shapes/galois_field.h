// Arithmetic in finite fields.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace rehearse {

// The field of q = p^m elements, numbered 0 … q - 1. The digits of a number in base p are the
// coefficients of a polynomial over the integers mod p; products are taken modulo a polynomial for
// which x (in a prime field: a number) is a primitive element, whose powers are all elements but
// 0. Memory is linear in q. Immutable.
class GaloisField {
 public:
  // REQUIRES: q is a prime power (prime_factor_of_power).
  explicit GaloisField(std::int64_t q);

  [[nodiscard]] std::int64_t size() const { return q_; }
  [[nodiscard]] std::int64_t add(std::int64_t a, std::int64_t b) const;
  [[nodiscard]] std::int64_t subtract(std::int64_t a, std::int64_t b) const;
  [[nodiscard]] std::int64_t multiply(std::int64_t a, std::int64_t b) const;
  [[nodiscard]] std::int64_t divide(std::int64_t a, std::int64_t b) const;  // REQUIRES: b != 0
  // The primitive element to a power >= 0.
  [[nodiscard]] std::int64_t power(std::int64_t exponent) const {
    return powers_[static_cast<std::size_t>(exponent % (q_ - 1))];
  }

 private:
  // x * a, where x^m = `reduced`.
  [[nodiscard]] std::int64_t times_x(std::int64_t a, std::int64_t reduced) const;
  [[nodiscard]] std::int64_t log(std::int64_t a) const {
    return logs_[static_cast<std::size_t>(a)];
  }

  std::int64_t q_, p_;
  std::vector<std::int64_t> powers_;  // of the primitive element, by exponent
  std::vector<std::int64_t> logs_;    // the inverse; that of 0 is not used
};

// p if q = p^m for a prime p and some m >= 1.
std::optional<std::int64_t> prime_factor_of_power(std::int64_t q);

}  // namespace rehearse
