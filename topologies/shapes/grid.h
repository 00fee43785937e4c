// Points of a box of several dimensions: what tori, meshes and HyperX have in common.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace rehearse {

inline constexpr int kMostDimensions = 6;

// A point's number is c0 + n0 * (c1 + n1 * (c2 + …)) for coordinates c and extents n: the first
// dimension varies fastest.
class Grid {
 public:
  // Some dimensions, in the order in which they are travelled.
  struct Dimensions {
    std::array<int, kMostDimensions> which{};
    int count = 0;

    [[nodiscard]] const int* begin() const { return which.data(); }
    [[nodiscard]] const int* end() const { return which.data() + count; }
  };

  // REQUIRES: 1 to kMostDimensions extents, all >= 1.
  explicit Grid(std::vector<std::int64_t> extents);

  [[nodiscard]] int dimensions() const { return static_cast<int>(extents_.size()); }
  [[nodiscard]] std::int64_t extent(int d) const { return extents_[static_cast<std::size_t>(d)]; }
  [[nodiscard]] std::int64_t points() const { return stride(dimensions()); }

  [[nodiscard]] std::int64_t coordinate(std::int64_t point, int d) const {
    return point / stride(d) % extent(d);
  }

  // Lines along dimension d: each holds the points that differ in this coordinate only.
  [[nodiscard]] std::int64_t lines(int d) const { return points() / extent(d); }
  [[nodiscard]] std::int64_t line_of(std::int64_t point, int d) const {
    return point / stride(d + 1) * stride(d) + point % stride(d);
  }
  [[nodiscard]] std::int64_t point_on(int d, std::int64_t line, std::int64_t coordinate) const {
    return (line / stride(d) * extent(d) + coordinate) * stride(d) + line % stride(d);
  }

  // Slices are the points of equal coordinate in the last dimension that has an extent above 1;
  // their numbers follow each other.
  [[nodiscard]] std::int64_t slices() const { return extent(slicing_); }
  [[nodiscard]] std::int64_t slice_of(std::int64_t point) const {
    return coordinate(point, slicing_);
  }

  // The dimensions in which two points differ. There are as many orders as permutations; order 0
  // is ascending.
  [[nodiscard]] Dimensions differing(std::int64_t a, std::int64_t b, std::uint64_t order = 0) const;

  [[nodiscard]] std::string name(std::int64_t point) const;  // "(3, 0, 12)"
  [[nodiscard]] std::string extents() const;                 // "16 x 16 x 16"

 private:
  [[nodiscard]] std::int64_t stride(int d) const { return strides_[static_cast<std::size_t>(d)]; }

  std::vector<std::int64_t> extents_;
  std::vector<std::int64_t> strides_;  // of each dimension, then the number of points
  int slicing_ = 0;
};

// The permutations of n things; n <= kMostDimensions.
std::int64_t orders_of(int n);

}  // namespace rehearse
