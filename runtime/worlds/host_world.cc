#include "runtime/worlds/host_world.h"

#include <numeric>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

class HostSignal : public Signal {
 public:
  explicit HostSignal(RunMonitor& monitor) : monitor_(monitor) {}

  void raise() override {
    const RunMonitor::Lock lock(monitor_.mutex());
    ++count_;
    monitor_.notify();
  }
  std::int64_t wait_above(std::int64_t level) override {
    RunMonitor::Lock lock(monitor_.mutex());
    monitor_.wait(lock, [&] { return count_ > level; });
    return count_;
  }
  std::int64_t count() override {
    const RunMonitor::Lock lock(monitor_.mutex());
    return count_;
  }

 private:
  RunMonitor& monitor_;
  std::int64_t count_ = 0;
};

// The device of the main task as a spawned one sees it: it may wait for events and look at them,
// and its arithmetic runs on its own thread.
class BackgroundDevice : public Device {
 public:
  explicit BackgroundDevice(Device& main) : main_(main) {}

  void begin_step(std::int64_t) override { EXPECTS(!"steps are begun by the main task"); }
  Event launch(const Task&) override {
    EXPECTS(!"tasks are launched by the main task");
    return {};
  }
  Event compute(const Arithmetic& arithmetic) override {
    if (arithmetic.work) arithmetic.work();
    return {};
  }
  void wait(Event event) override { main_.wait(event); }
  bool happened(Event event) override { return main_.happened(event); }
  Duration busy() override { return main_.busy(); }

 private:
  Device& main_;
};

// The world as a spawned task sees it: with a transport of its own.
class BackgroundWorld : public World {
 public:
  BackgroundWorld(World& main, std::unique_ptr<Transport> transport)
      : main_(main), device_(main.device()), transport_(std::move(transport)) {}

  Clock& clock() override { return main_.clock(); }
  Device& device() override { return device_; }
  Transport& transport() override { return *transport_; }
  std::unique_ptr<Signal> make_signal(bool from_main) override {
    return main_.make_signal(from_main);
  }
  void spawn(std::function<void(World&)>) override { EXPECTS(!"only the main task spawns"); }

 private:
  World& main_;
  BackgroundDevice device_;
  std::unique_ptr<Transport> transport_;
};

}  // namespace

void RunMonitor::fail(std::exception_ptr failure) {
  const Lock lock(mutex_);
  if (!failed_) failure_ = std::move(failure);
  failed_ = true;
  changed_.notify_all();
}

void RunMonitor::expect_going() const {
  if (failed_) throw Error::environment("the run was ended", "another task failed");
}

void RunMonitor::rethrow_failure() const {
  if (failure_) std::rethrow_exception(failure_);
}

Duration WallClock::now() {
  return Duration(std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
}

void WallClock::sleep_until(Duration time) {
  std::this_thread::sleep_until(start_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                             std::chrono::duration<double>(time.value())));
}

HostWorld::HostWorld(RunMonitor& monitor, WallClock::Instant start,
                     const MakeTransport& make_transport, Device& device)
    : monitor_(monitor),
      clock_(start),
      make_transport_(make_transport),
      device_(device),
      transport_(make_transport_(0)) {}

HostWorld::~HostWorld() { join(); }

void HostWorld::run(const std::function<void(World&)>& program) {
  try {
    program(*this);
  } catch (...) {
    monitor_.fail(std::current_exception());
  }
  join();
}

std::unique_ptr<Signal> HostWorld::make_signal(bool) {
  return std::make_unique<HostSignal>(monitor_);
}

void HostWorld::spawn(std::function<void(World&)> body) {
  auto transport = make_transport_(static_cast<int>(backgrounds_.size()) + 1);
  backgrounds_.push_back(std::make_unique<BackgroundWorld>(*this, std::move(transport)));
  tasks_.emplace_back([this, &world = *backgrounds_.back(), body = std::move(body)] {
    try {
      body(world);
    } catch (...) {
      monitor_.fail(std::current_exception());
    }
  });
}

void HostWorld::join() {
  for (std::thread& task : tasks_) task.join();
  tasks_.clear();
}

int rank_in_group(const Group& group, int world_rank) {
  for (int i = 0; i < group.size(); ++i) {
    if (group.world_rank(i) == world_rank) return i;
  }
  EXPECTS(!"this rank is a member of the group");
  return -1;
}

std::shared_ptr<const Group> group_of_all(int ranks) {
  std::vector<int> members(static_cast<std::size_t>(ranks));
  std::iota(members.begin(), members.end(), 0);
  return std::make_shared<Group>(0, std::move(members));
}

}  // namespace rehearse
