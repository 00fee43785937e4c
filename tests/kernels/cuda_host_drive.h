// Runs the bodies of kernels/cuda on the host: the arithmetic of every own kernel, without a GPU.
#pragma once

#include <gtest/gtest.h>

#include <barrier>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "base/random.h"
#include "kernels/cuda/bodies/numbers.h"
#include "kernels/tensor.h"

namespace rehearse::test {

// What the threads of a row share.
struct Team {
  explicit Team(int size) : meeting(size), parts(static_cast<std::size_t>(size)) {}
  std::barrier<> meeting;
  std::vector<double> parts;
};

// Real threads: that a body joins its parts and reads before others write is tested, too.
struct TeamLanes {
  Team* team;
  std::int64_t rank;

  [[nodiscard]] std::int64_t first() const { return rank; }
  [[nodiscard]] std::int64_t step() const { return static_cast<std::int64_t>(team->parts.size()); }

  template <class Number>
  Number sum(Number part) const {
    return static_cast<Number>(join(part, [](double a, double b) { return a + b; }));
  }
  [[nodiscard]] float most(float part) const {
    return static_cast<float>(join(part, [](double a, double b) { return a > b ? a : b; }));
  }

 private:
  template <class Two>
  double join(double part, const Two& two) const {
    team->parts[static_cast<std::size_t>(rank)] = part;
    team->meeting.arrive_and_wait();
    double all = team->parts[0];
    for (std::size_t k = 1; k < team->parts.size(); ++k) all = two(all, team->parts[k]);
    team->meeting.arrive_and_wait();
    return all;
  }
};

template <class Body>
void run_elements(std::int64_t count, const Body& body) {
  for (std::int64_t i = 0; i < count; ++i) body(i);
}

template <class Body>
void run_rows(std::int64_t rows, const Body& body) {
  constexpr int kLanes = 3;  // divides no power of two: some lanes have one element less
  Team team(kLanes);
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < kLanes; ++rank) {
    threads.emplace_back([&, rank] {
      for (std::int64_t row = 0; row < rows; ++row) body(row, TeamLanes{&team, rank});
    });
  }
}

// Normal random numbers.
inline std::vector<float> some(std::size_t count, std::uint64_t seed) {
  RandomStream random(seed, {});
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

// Arithmetic in fp32, a few roundings apart.
inline void expect_near(const std::vector<float>& got, const std::vector<float>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], expected[i], 2e-6F * (1 + std::abs(expected[i]))) << i;
  }
}

inline cuda::Inputs inputs(const std::vector<float>& values) { return {values.data()}; }
inline cuda::Outputs outputs(std::vector<float>& values) { return {values.data()}; }

}  // namespace rehearse::test
