#include "base/random.h"

#include <cmath>
#include <numbers>

#include "base/contract.h"
#include "base/philox.h"

namespace rehearse {
namespace {

// The finaliser of SplitMix64 (Steele et al., OOPSLA 2014): a bijection that mixes all bits.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  return philox_block(counter, key);
}

RandomStream::RandomStream(std::uint64_t seed, std::initializer_list<std::uint64_t> ids) {
  std::uint64_t name = 0;
  for (const std::uint64_t id : ids) name = mix(name ^ mix(id));
  const std::uint64_t mixed_seed = mix(seed);
  key_ = {static_cast<std::uint32_t>(mixed_seed), static_cast<std::uint32_t>(mixed_seed >> 32)};
  counter_[2] = static_cast<std::uint32_t>(name);
  counter_[3] = static_cast<std::uint32_t>(name >> 32);
}

void RandomStream::refill() {
  block_ = philox4x32(counter_, key_);
  if (++counter_[0] == 0) ++counter_[1];
  used_ = 0;
}

std::uint32_t RandomStream::bits() {
  if (used_ == block_.size()) refill();
  return block_[used_++];
}

double RandomStream::uniform() {
  const std::uint64_t high = bits();
  const std::uint64_t low = bits();
  return static_cast<double>(((high << 32) | low) >> 11) * 0x1.0p-53;
}

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  EXPECTS(bound > 0);
  // Rejection keeps the draw unbiased; 2^64 mod bound values at the top are refused.
  const std::uint64_t limit = ~std::uint64_t{0} - (~std::uint64_t{0} % bound + 1) % bound;
  for (;;) {
    const std::uint64_t high = bits();
    const std::uint64_t draw = (high << 32) | bits();
    if (draw <= limit) return draw % bound;
  }
}

double RandomStream::lognormal_mean_one(double cv) {
  if (cv == 0) return 1;
  const double variance = std::log1p(cv * cv);
  return std::exp(std::sqrt(variance) * normal() - variance / 2);
}

}  // namespace rehearse
