#include "topologies/shapes/shape.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {

std::int64_t pair_index(std::int64_t a, std::int64_t b, std::int64_t n) {
  EXPECTS(0 <= a && a < b && b < n);
  return a * (2 * n - a - 1) / 2 + (b - a - 1);
}

std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

void NetworkShape::detour(std::int64_t from, std::int64_t to, std::uint64_t choice,
                          std::vector<Hop>& out) const {
  const auto middle = static_cast<std::int64_t>(choice % static_cast<std::uint64_t>(switches()));
  const std::uint64_t rest = mixed(choice);
  minimal(from, middle, rest, out);
  minimal(middle, to, mixed(rest), out);
}

}  // namespace rehearse
