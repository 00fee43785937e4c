// What real worlds have in common: the wall clock, tasks as threads that meet through signals, and
// the end of a run in which one task failed.
//
// Every rank of a process is a HostWorld; its Transport comes from whoever makes it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/world/world.h"

namespace rehearse {

// Where the tasks of a run wait for one another, and learn that it has failed.
class RunMonitor {
 public:
  using Lock = std::unique_lock<std::mutex>;

  std::mutex& mutex() { return mutex_; }
  void notify() { changed_.notify_all(); }

  // Throws Error::environment when the run fails before `predicate` holds.
  template <class Predicate>
  void wait(Lock& lock, Predicate predicate) {
    changed_.wait(lock, [&] { return failed() || predicate(); });
    if (!predicate()) expect_going();
  }

  // The run has failed; only the first failure counts. All who wait are released.
  void fail(std::exception_ptr failure);
  [[nodiscard]] bool failed() const { return failed_; }
  void expect_going() const;     // throws Error::environment when the run has failed
  void rethrow_failure() const;  // if there is one; REQUIRES: all tasks have ended

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> failed_ = false;
  std::exception_ptr failure_;
};

class WallClock : public Clock {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit WallClock(Instant start = std::chrono::steady_clock::now()) : start_(start) {}

  Duration now() override;
  void sleep_until(Duration time) override;

 private:
  Instant start_;
};

class HostWorld : public World {
 public:
  // `make_transport` is called with 0 for the main task and with 1, 2, … for those it spawns, in
  // order, always on the main task. Borrows the device.
  using MakeTransport = std::function<std::unique_ptr<Transport>(int task)>;

  HostWorld(RunMonitor& monitor, WallClock::Instant start, const MakeTransport& make_transport,
            Device& device);
  ~HostWorld() override;
  HostWorld(const HostWorld&) = delete;
  HostWorld& operator=(const HostWorld&) = delete;

  // Runs the program and waits for the tasks it spawned. A failure goes to the RunMonitor.
  void run(const std::function<void(World&)>& program);

  Clock& clock() override { return clock_; }
  Device& device() override { return device_; }
  Transport& transport() override { return *transport_; }
  std::unique_ptr<Signal> make_signal(bool from_main) override;
  void spawn(std::function<void(World&)> body) override;

 private:
  void join();

  RunMonitor& monitor_;
  WallClock clock_;
  MakeTransport make_transport_;
  Device& device_;
  std::unique_ptr<Transport> transport_;
  std::vector<std::unique_ptr<World>> backgrounds_;
  std::vector<std::thread> tasks_;
};

// The place of `world_rank` in `group`. REQUIRES: it is a member.
int rank_in_group(const Group& group, int world_rank);

// The group of all `ranks` ranks: its id is 0.
std::shared_ptr<const Group> group_of_all(int ranks);

}  // namespace rehearse
