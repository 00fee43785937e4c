// Transport::sent in the simulated world.
#include <gtest/gtest.h>

#include "one_switch.h"
#include "runtime/collectives/collectives.h"

namespace rehearse {
namespace {

// The bytes that each rank has sent when `program` is over.
std::vector<double> sent_by(int ranks, Fidelity fidelity,
                            const std::function<void(Transport&)>& program) {
  return forked([&] {
    OneSwitch cluster;
    cluster.ranks = ranks;
    cluster.fidelity = fidelity;
    std::vector<double> sent(static_cast<std::size_t>(ranks));
    simulate_on(cluster, [&](World& world, const StepObserver&) {
      program(world.transport());
      const auto rank = static_cast<std::size_t>(world.transport().rank());
      sent[rank] = world.transport().sent().value();
    });
    return sent;
  });
}

TEST(Sent, CountsWhatTheScheduleOfACollectiveSays) {
  for (const Algorithm algorithm :
       {Algorithm::ring, Algorithm::recursive_doubling, Algorithm::rabenseifner}) {
    const auto schedule = make_all_reduce(algorithm, 6, 1'000'003);
    const auto twice = [&](Transport& transport) {
      for (int i = 0; i < 2; ++i) {
        transport.execute(*transport.world(), *schedule, {nullptr, schedule->elements()});
      }
    };
    const auto expected = [&](int rank) {
      return 2 * static_cast<double>(elements_sent(*schedule, rank)) * 4;
    };
    for (const auto fidelity : {Fidelity::flow, Fidelity::message}) {
      const auto sent = sent_by(6, fidelity, twice);
      for (int rank = 0; rank < 6; ++rank) {
        EXPECT_EQ(sent.at(static_cast<std::size_t>(rank)), expected(rank));
      }
    }
    EXPECT_EQ(sent_by(6, Fidelity::analytic, twice).at(0), expected(0));
  }
}

TEST(Sent, CountsTheMessagesOfItsSender) {
  constexpr Tensor kTensor{nullptr, 1000, ElementType::float16};
  const auto sent = sent_by(2, Fidelity::flow, [&](Transport& transport) {
    if (transport.rank() == 0) {
      transport.send(*transport.world(), 1, 0, kTensor);
    } else {
      transport.receive(*transport.world(), 0, 0, kTensor);
    }
  });
  EXPECT_EQ(sent, (std::vector<double>{2000, 0}));
}

}  // namespace
}  // namespace rehearse
