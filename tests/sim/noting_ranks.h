// Ranks on a switch that send each other messages and note down what happens. Links of 10 GB/s and
// 1 us each, two between any ranks: what follows the last byte of a message takes 2 us, a megabyte
// 100 us.
#pragma once

#include <gtest/gtest.h>

#include "one_switch.h"

namespace rehearse {

inline constexpr double kUs = 1e-6;
inline constexpr Tensor kMegabyte{nullptr, 250'000};
inline constexpr Tensor kTwoMegabytes{nullptr, 500'000};
inline constexpr int kPort = 7;

// What the ranks note down: virtual times in microseconds, ranks, sizes.
using Notes = std::vector<double>;

inline OneSwitch ranks_on_a_switch(int ranks, Fidelity fidelity) {
  OneSwitch cluster;
  cluster.ranks = ranks;
  cluster.fidelity = fidelity;
  return cluster;
}

inline double now(World& world) { return world.clock().now().value() / kUs; }

// A rank that sends and receives among all.
struct Rank {
  World& world;
  Transport& transport = world.transport();
  const Group& all = *transport.world();
  int me = transport.rank();

  void sleep_until(double us) const { world.clock().sleep_until(Duration(us * kUs)); }
};

inline Notes notes_of(const OneSwitch& cluster, std::size_t count,
                      const std::function<void(const Rank&, Notes&)>& program) {
  return forked([&] {
    Notes notes(count);
    simulate_on(cluster, [&](World& world, const StepObserver&) { program(Rank{world}, notes); });
    return notes;
  });
}

inline void expect_near(const Notes& notes, const Notes& expected) {
  ASSERT_EQ(notes.size(), expected.size());
  for (std::size_t i = 0; i < notes.size(); ++i) EXPECT_NEAR(notes[i], expected[i], 1e-3) << i;
}

}  // namespace rehearse
