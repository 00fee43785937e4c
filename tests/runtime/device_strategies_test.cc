// Strategies whose tensors are in the memory of devices, over NCCL's stand-in, make the same
// numbers as in the memory world, bit by bit; with packed gradients as well. Who reads a number of
// a device from the host violates a contract.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <latch>

#include "runtime/strategies/hybrid_sgd.h"
#include "runtime/strategies/lagged_sgd.h"
#include "runtime/strategies/local_sgd.h"
#include "runtime/strategies/master_sgd.h"
#include "runtime/strategies/parameter_server.h"
#include "runtime/strategies/priority_sgd.h"
#include "runtime/strategies/sync_sgd.h"
#include "tests/runtime/traced_training.h"

namespace rehearse {
namespace {

const std::vector<TrainingLayer> kLayers{{1, {3, 2}}, {2, {}}, {3, {1, 4}}};
constexpr std::int64_t kSteps = 3;

// Two workers that go on independently take their steps in this order.
const std::vector<int> kInTurn{0, 1, 1, 0, 0, 1};

// Of whom a turn of a worker waits, to end: of servers, which report so many updates of the step,
// and then of the worker until it has their answer; or of the step of the worker. Those that wait
// for one another by themselves need no order.
struct Order {
  std::vector<int> turns{};
  int updates = 0;  // 0: of the step
};

class InTurn {
 public:
  explicit InTurn(const Order& order) : order_(order), turns_(order.turns), begin_(2) {}

  // The worker has the weights for this step.
  void wait(int rank, std::int64_t step) {
    if (order_.turns.empty()) return;
    if (step == 0) begin_.arrive_and_wait();
    if (step > 0 && order_.updates > 0) note();
    turns_.wait(rank, rank);
  }
  void updated() {
    if (order_.updates > 0) note();
  }
  void stepped() {
    if (order_.updates == 0) turns_.end();
  }

 private:
  // Nobody answers the last step of a worker.
  void note() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (order_.turns.empty()) return;
    const auto turn = order_.turns.begin() + turn_;
    const bool last = std::count(turn + 1, order_.turns.end(), *turn) == 0;
    if (++noted_ < order_.updates + (last ? 0 : 1)) return;
    noted_ = 0;
    ++turn_;
    turns_.end();
  }

  const Order& order_;
  Turns turns_;
  std::latch begin_;  // both have the first weights
  std::mutex mutex_;
  std::ptrdiff_t turn_ = 0;
  int noted_ = 0;
};

Traced train(const Strategy& strategy, const Order& order, bool on_devices) {
  InTurn workers(order);
  TracedOptions options;
  options.on_devices = on_devices;
  options.initial = {8, -4, 2, 1, -0.5F, 3, 16, -7, 5, 0.25F};
  options.gradient = [&](int rank, std::int64_t step, const std::vector<float>& weights) {
    workers.wait(rank, step);
    std::vector<float> gradient;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double phase =
          1.7 * rank + 0.9 * static_cast<double>(step) + 0.3 * static_cast<double>(i);
      gradient.push_back(0.4F * weights[i] + static_cast<float>(std::sin(phase)));
    }
    return gradient;
  };
  options.updated = [&](int, const UpdateRecord&) { workers.updated(); };
  options.stepped = [&](int, std::int64_t) { workers.stepped(); };
  return run_traced(strategy, options);
}

void expect_same(const Strategy& strategy, const Order& order = {}) {
  const Traced in_memory = train(strategy, order, false);
  const Traced on_devices = train(strategy, order, true);
  EXPECT_EQ(on_devices.weights, in_memory.weights) << strategy.name();
  EXPECT_EQ(on_devices.bytes, in_memory.bytes) << strategy.name();
  EXPECT_EQ(on_devices.messages, in_memory.messages) << strategy.name();
  EXPECT_EQ(on_devices.steps, in_memory.steps) << strategy.name();
}

class DeviceStrategies : public testing::TestWithParam<Compression> {
 protected:
  static std::shared_ptr<const Codec> codec() { return make_codec(GetParam(), 0.5); }
  static ReducerOptions reducer() {
    ReducerOptions options;
    options.batching = ReducerOptions::Batching::buckets;
    options.first_bucket = Bytes(8);
    options.bucket = Bytes(16);
    options.codec = codec();
    if (options.codec && options.codec->adds_up()) options.type = options.codec->type();
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(Codecs, DeviceStrategies,
                         testing::Values(Compression::none, Compression::fp16, Compression::bf16,
                                         Compression::topk, Compression::onebit),
                         [](const auto& one) {
                           return std::string(kCompressionNames.text(one.param));
                         });

// Each of the servers has tensors, and reports each update.
TEST_P(DeviceStrategies, ParameterServers) {
  const ParameterServerSgd::Options options{
      .steps = kSteps, .workers = 2, .servers = 2, .codec = codec()};
  expect_same(AsyncPs(kLayers, options), {kInTurn, 2});
  expect_same(SyncBackupPs(kLayers, options, 2));
}

TEST_P(DeviceStrategies, Hybrid) {
  HybridSgd::Options options{.steps = kSteps, .workers = 2, .groups = 2, .codec = codec()};
  expect_same(HybridSgd(kLayers, options), {kInTurn});
  options.groups = 1;
  options.servers = 2;
  expect_same(HybridSgd(kLayers, options));
}

TEST_P(DeviceStrategies, Masters) {
  MasterSgd::Options options{.steps = kSteps, .workers = 2, .codec = codec()};
  expect_same(Downpour(kLayers, options, false), {kInTurn});
  expect_same(Downpour(kLayers, options, true));
  expect_same(Easgd(kLayers, options, 0.8), {kInTurn});
  expect_same(Gem(kLayers, options, {}), {kInTurn});
  options.sub_masters = 1;
  expect_same(Downpour(kLayers, options, false), {kInTurn});
  options.sub_masters = 0;
  options.processes = 2;
  expect_same(Downpour(kLayers, options, false));
}

TEST_P(DeviceStrategies, AllReduces) {
  expect_same(SyncSgd(kLayers, {.steps = kSteps, .workers = 3, .reducer = reducer()}));
  expect_same(LaggedSgd(kLayers, {.steps = kSteps, .workers = 3, .reducer = reducer(), .lag = 1}));
  expect_same(
      LocalSgd(kLayers, {.steps = kSteps, .workers = 3, .reducer = reducer(), .local_steps = 2}));
  expect_same(PrioritySgd(kLayers, {.steps = kSteps, .workers = 3, .reducer = reducer()}));
}

}  // namespace
}  // namespace rehearse
