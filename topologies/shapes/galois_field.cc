#include "topologies/shapes/galois_field.h"

#include "base/contract.h"

namespace rehearse {

GaloisField::GaloisField(std::int64_t q)
    : q_(q), p_(prime_factor_of_power(q).value_or(0)), logs_(static_cast<std::size_t>(q)) {
  EXPECTS(p_ > 0);
  // If the powers of x run through q - 1 different residues, these have inverses and are all but 0:
  // the residues are the field. A polynomial of this kind exists for every q.
  for (std::int64_t reduced = 1; powers_.empty(); ++reduced) {
    ENSURES(reduced < q);
    std::vector<std::int64_t> powers{1};
    for (std::int64_t a = times_x(1, reduced); a > 1; a = times_x(a, reduced)) {
      powers.push_back(a);
      if (static_cast<std::int64_t>(powers.size()) == q) break;  // caught in a cycle without 1
    }
    if (static_cast<std::int64_t>(powers.size()) == q - 1) powers_ = std::move(powers);
  }
  for (std::size_t i = 0; i < powers_.size(); ++i) {
    logs_[static_cast<std::size_t>(powers_[i])] = static_cast<std::int64_t>(i);
  }
}

std::int64_t GaloisField::add(std::int64_t a, std::int64_t b) const {
  std::int64_t sum = 0;
  for (std::int64_t place = 1; place < q_; place *= p_) {
    sum += (a / place + b / place) % p_ * place;
  }
  return sum;
}

std::int64_t GaloisField::subtract(std::int64_t a, std::int64_t b) const {
  std::int64_t difference = 0;
  for (std::int64_t place = 1; place < q_; place *= p_) {
    difference += (a / place % p_ + p_ - b / place % p_) % p_ * place;
  }
  return difference;
}

std::int64_t GaloisField::multiply(std::int64_t a, std::int64_t b) const {
  return a == 0 || b == 0 ? 0 : power(log(a) + log(b));
}

std::int64_t GaloisField::divide(std::int64_t a, std::int64_t b) const {
  EXPECTS(b != 0);
  return a == 0 ? 0 : power(log(a) + q_ - 1 - log(b));
}

std::int64_t GaloisField::times_x(std::int64_t a, std::int64_t reduced) const {
  const std::int64_t top = a / (q_ / p_);
  std::int64_t product = a % (q_ / p_) * p_;
  for (std::int64_t i = 0; i < top; ++i) product = add(product, reduced);
  return product;
}

std::optional<std::int64_t> prime_factor_of_power(std::int64_t q) {
  if (q < 2) return {};
  std::int64_t p = 2;
  while (q % p != 0 && p * p <= q) ++p;
  if (q % p != 0) return q;  // a prime
  while (q % p == 0) q /= p;
  return q == 1 ? std::optional(p) : std::nullopt;
}

}  // namespace rehearse
