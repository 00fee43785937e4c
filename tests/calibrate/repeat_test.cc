// How often an operation is repeated, by a made-up clock.
#include "calibrate/machine/repeat.h"

#include <gtest/gtest.h>

#include "runtime/worlds/host_world.h"

namespace rehearse {
namespace {

class MadeUpClock : public Clock {
 public:
  Duration now() override { return now_; }
  void sleep_until(Duration time) override { now_ = time; }
  void pass(Duration time) { now_ += time; }

 private:
  Duration now_;
};

class OneRank : public Transport {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::shared_ptr<const Group> world() const override { return world_; }
  int rank_in(const Group&) const override { return 0; }
  Duration execute(const Group&, const Schedule&, const Tensor&) override { return Duration(0); }
  Agreement agree_min(const Group&, std::int64_t value) override { return {value, Duration(0)}; }
  std::unique_ptr<Transfer> start_send(const Group&, int, int, const Tensor&) override {
    return {};
  }
  std::unique_ptr<Transfer> start_receive(const Group&, int, int, const Tensor&) override {
    return {};
  }
  Completed wait_any(std::span<const std::unique_ptr<Transfer>>) override { return {}; }
  Bytes sent() const override { return Bytes(0); }
  std::int64_t messages_sent() const override { return 0; }

 private:
  std::shared_ptr<const Group> world_ = group_of_all(1);
};

class MadeUpWorld : public World {
 public:
  MadeUpClock& clock() override { return clock_; }
  Device& device() override { throw std::logic_error("there is none"); }
  Transport& transport() override { return transport_; }
  std::unique_ptr<Signal> make_signal(bool) override { return nullptr; }
  void spawn(std::function<void(World&)>) override {}

 private:
  MadeUpClock clock_;
  OneRank transport_;
};

struct Repeated {
  MadeUpWorld world;
  CollectiveOptions options;
  int calls = 0;

  std::optional<RepeatedTime> measure(Repeater& repeater, double bytes, bool needed, double time) {
    return repeater.measure(Bytes(bytes), needed, [&] {
      ++calls;
      world.clock().pass(Duration(time));
      return Duration(time);
    });
  }
};

// Two sizes share 10 s equally, but for what their bytes add. A call takes 1 s.
TEST(Repeater, SharesTheBudget) {
  Repeated r;
  r.options.budget = Duration(10);
  r.options.fewest_repetitions = 2;
  Repeater repeater(r.world, r.options, {Bytes(4), Bytes(8)});
  const auto first = r.measure(repeater, 4, true, 1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->median, Duration(1));
  // The one that warms up ends at 1 s; then one begins at 1, 2, 3, 4 s, and at 5 s, which is after
  // the half by the bytes only: five shares of 10 s are over at 5 s.
  EXPECT_EQ(first->repetitions, 4);
  EXPECT_EQ(r.world.clock().now(), Duration(5));
}

// The time is over: what is needed is measured twice, the rest is left out.
TEST(Repeater, KeepsToItsBudget) {
  Repeated r;
  r.options.budget = Duration(10);
  Repeater repeater(r.world, r.options, {Bytes(4), Bytes(8), Bytes(16)});
  const auto first = r.measure(repeater, 4, true, 11);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->repetitions, 2);
  EXPECT_GT(first->deviation, Duration(0));  // never zero: times are rounded to nanoseconds
  EXPECT_EQ(r.calls, 3);
  EXPECT_FALSE(r.measure(repeater, 8, false, 11));
  EXPECT_EQ(r.calls, 3);
  EXPECT_TRUE(r.measure(repeater, 8, true, 11));
  EXPECT_EQ(r.calls, 6);
}

// A call of 1 MiB took 3 s; two of 4 MiB would take 24 s, and 20 s are given.
TEST(Repeater, LeavesOutWhatWouldTakeTooLong) {
  Repeated r;
  r.options.budget = Duration(20);
  r.options.fewest_repetitions = 2;
  r.options.most_repetitions = 2;
  constexpr double kMiB = 1 << 20;
  Repeater repeater(r.world, r.options, {Bytes(kMiB), Bytes(4 * kMiB)});
  ASSERT_TRUE(r.measure(repeater, kMiB, false, 3));
  EXPECT_FALSE(r.measure(repeater, 4 * kMiB, false, 12));
  EXPECT_TRUE(r.measure(repeater, 4, false, 0.1));  // a new series
}

}  // namespace
}  // namespace rehearse
