#include "topologies/shapes/grid.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {

Grid::Grid(std::vector<std::int64_t> extents) : extents_(std::move(extents)), strides_{1} {
  EXPECTS(!extents_.empty() && extents_.size() <= kMostDimensions);
  for (int d = 0; d < dimensions(); ++d) {
    EXPECTS(extent(d) >= 1);
    strides_.push_back(strides_.back() * extent(d));
    if (extent(d) > 1) slicing_ = d;
  }
}

Grid::Dimensions Grid::differing(std::int64_t a, std::int64_t b, std::uint64_t order) const {
  Dimensions found;
  for (int d = 0; d < dimensions(); ++d) {
    if (coordinate(a, d) == coordinate(b, d)) continue;
    found.which[static_cast<std::size_t>(found.count++)] = d;
  }
  // The digits of `order` in the factorial number system say which of the rest comes next.
  for (int done = 0; done < found.count && order > 0; ++done) {
    const auto rest = static_cast<std::uint64_t>(found.count - done);
    int* const next = found.which.data() + done;
    std::rotate(next, next + order % rest, next + order % rest + 1);
    order /= rest;
  }
  return found;
}

std::string Grid::name(std::int64_t point) const {
  std::string text;
  for (int d = 0; d < dimensions(); ++d) {
    text += (d == 0 ? "(" : ", ") + std::to_string(coordinate(point, d));
  }
  return text + ")";
}

std::string Grid::extents() const {
  std::string text;
  for (const std::int64_t extent : extents_) {
    if (!text.empty()) text += " x ";
    text += std::to_string(extent);
  }
  return text;
}

std::int64_t orders_of(int n) {
  EXPECTS(0 <= n && n <= kMostDimensions);
  std::int64_t product = 1;
  for (int i = 2; i <= n; ++i) product *= i;
  return product;
}

}  // namespace rehearse
