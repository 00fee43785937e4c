// A strategy whose ranks differ runs unchanged in every world that has messages.
#include "tests/worlds/toy_server.h"

#include "tests/worlds/logged_world.h"
#include "tests/worlds/terms.h"

namespace rehearse {
namespace {

constexpr std::int64_t kSteps = 3;
constexpr std::int64_t kElements = 70'000;

class ToyServerRun : public WorldTest {
 protected:
  ToyServer toy_{GetParam().ranks - 1, kSteps, kElements};

  // What rank `rank` is expected to call.
  [[nodiscard]] CallLogs calls_of(int rank) const {
    const bool works = toy_.roles().of(rank) == Role::worker;
    CallLogs logs;
    CallLog& device = logs["main device"];
    CallLog& transport = logs["main transport"];
    for (std::int64_t step = 0; step < kSteps; ++step) {
      device.push_back("step " + std::to_string(step));
      for (int turn = 0; turn < (works ? 1 : toy_.roles().workers()); ++turn) {
        if (works) {
          device.insert(device.end(), {"launch 0 0", "launch 1 0", "wait"});
          transport.insert(transport.end(), {"send 70000 at port 0", "wait for one of 1",
                                             "receive 70000 at port 1", "wait for one of 1"});
        } else {
          device.insert(device.end(), {"launch 2 0", "wait"});
          transport.insert(transport.end(),
                           {"receive 70000 at port 0 from any", "wait for one of 1",
                            "send 70000 at port 1", "wait for one of 1"});
        }
      }
    }
    return logs;
  }
};

INSTANTIATE_TEST_SUITE_P(Worlds, ToyServerRun, testing::ValuesIn(worlds_with(&Promises::messages)),
                         world_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ToyServerRun);  // some programs have no such world

TEST_P(ToyServerRun, MakesTheSameCallsInTheSameOrder) {
  run([&](World& world) {
    Numbers parameters = numbers(kElements);
    Numbers gradients = numbers(kElements);
    const auto logs = std::make_shared<CallLogs>();
    LoggedWorld logged(world, logs);
    toy_.run(logged, {parameters.tensor(), gradients.tensor()},
             [](std::int64_t, const StepRecord&) {});
    EXPECT_EQ(to_text(*logs), to_text(calls_of(world.transport().rank())));
  });
}

// The server begins with zeros and adds what every worker pushed in every step; a worker ends with
// what the server had when it answered last: at least all of its own.
TEST_P(ToyServerRun, AddsUpWhatWorkersPush) {
  const auto ranks = static_cast<std::size_t>(GetParam().ranks);
  std::vector<Numbers> parameters(ranks, numbers(kElements));
  std::vector<Numbers> gradients(ranks, numbers(kElements));
  const int server = toy_.roles().first_server();
  const auto perform = [&](int rank, const Task& task) {
    const auto me = static_cast<std::size_t>(rank);
    const std::span<float> mine = gradients[me].tensor().values();
    if (task.pass == Pass::backward) {
      for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = term(rank, i);
    } else if (task.pass == Pass::update) {
      const std::span<float> sum = parameters[me].tensor().values();
      for (std::size_t i = 0; i < mine.size(); ++i) sum[i] += mine[i];
    }
  };
  run(
      [&](World& world) {
        const int rank = world.transport().rank();
        const auto me = static_cast<std::size_t>(rank);
        std::int64_t observed = 0;
        toy_.run(world, {parameters[me].tensor(), gradients[me].tensor()},
                 [&](std::int64_t step, const StepRecord& record) {
                   EXPECT_EQ(step, observed++);
                   EXPECT_GE(record.end, record.backward_end);
                   if (promises().virtual_time) {
                     // 10 ms forward and 20 ms backward, then 280 kB each way at 1 GB/s.
                     EXPECT_GE(record.backward_end, record.begin + Duration(0.030));
                     EXPECT_GE(record.end, record.backward_end + Duration(2 * 0.00028));
                   }
                 });
        EXPECT_EQ(observed, rank == server ? 0 : kSteps);
        const std::vector<float>& got = parameters[me].values();
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < got.size(); ++i) {
          const float least = kSteps * (rank == server ? sums(server)(i) : term(rank, i));
          const float most = kSteps * sums(server)(i);
          wrong += got[i] < least || got[i] > most;
        }
        EXPECT_EQ(wrong, 0);
      },
      perform);
}

}  // namespace
}  // namespace rehearse
