#include "runtime/memory_world.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

using Lock = std::unique_lock<std::mutex>;

// Shared by all ranks of a run.
class Exchange {
 public:
  explicit Exchange(int ranks) : world_(std::make_shared<Group>(0, numbered(ranks))) {}

  [[nodiscard]] std::shared_ptr<const Group> world() const { return world_; }

  void put(int from, int to, std::vector<float> message) {
    const Lock lock(mutex_);
    queues_[{from, to}].push_back(std::move(message));
    changed_.notify_all();
  }

  std::vector<float> take(int from, int to) {
    Lock lock(mutex_);
    auto& queue = queues_[{from, to}];
    wait(lock, [&] { return !queue.empty(); });
    std::vector<float> message = std::move(queue.front());
    queue.pop_front();
    return message;
  }

  std::int64_t agree_min(int members, std::int64_t value) {
    Lock lock(mutex_);
    const std::int64_t turn = agreements_;
    least_ = arrived_ == 0 ? value : std::min(least_, value);
    if (++arrived_ == members) {
      arrived_ = 0;
      agreed_ = least_;
      ++agreements_;
      changed_.notify_all();
    } else {
      wait(lock, [&] { return agreements_ != turn; });
    }
    return agreed_;
  }

  void abort() {
    const Lock lock(mutex_);
    aborted_ = true;
    changed_.notify_all();
  }

  // Waits on this run's condition, for queues and signals alike.
  template <class Predicate>
  void wait(Lock& lock, Predicate predicate) {
    changed_.wait(lock, [&] { return aborted_ || predicate(); });
    if (aborted_ && !predicate()) {
      throw Error::environment("the run was ended", "another rank failed");
    }
  }

  std::mutex& mutex() { return mutex_; }
  void notify() { changed_.notify_all(); }

 private:
  static std::vector<int> numbered(int ranks) {
    std::vector<int> members(static_cast<std::size_t>(ranks));
    std::iota(members.begin(), members.end(), 0);
    return members;
  }

  std::shared_ptr<const Group> world_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<int, int>, std::deque<std::vector<float>>> queues_;
  std::int64_t agreements_ = 0;
  std::int64_t least_ = 0;
  std::int64_t agreed_ = 0;
  int arrived_ = 0;
  bool aborted_ = false;
};

class MemorySignal : public Signal {
 public:
  explicit MemorySignal(Exchange& exchange) : exchange_(exchange) {}

  void raise() override {
    const Lock lock(exchange_.mutex());
    ++count_;
    exchange_.notify();
  }
  std::int64_t wait_above(std::int64_t level) override {
    Lock lock(exchange_.mutex());
    exchange_.wait(lock, [&] { return count_ > level; });
    return count_;
  }
  std::int64_t count() override {
    const Lock lock(exchange_.mutex());
    return count_;
  }

 private:
  Exchange& exchange_;
  std::int64_t count_ = 0;
};

class WallClock : public Clock {
 public:
  Duration now() override {
    return Duration(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
  }
  void sleep_until(Duration time) override {
    std::this_thread::sleep_until(start_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                               std::chrono::duration<double>(time.value())));
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Runs each task to its end inside launch.
class InlineDevice : public Device {
 public:
  InlineDevice(int rank, const MemoryWorldOptions& options, Clock& clock)
      : rank_(rank), options_(options), clock_(clock) {}

  Event launch(const Task& task) override {
    const Duration begin = clock_.now();
    if (options_.compute) options_.compute(rank_, task);
    busy_ += clock_.now() - begin;
    return {static_cast<double>(++launched_)};
  }
  void wait(Event) override {}
  Duration busy() override { return busy_; }

 private:
  int rank_;
  const MemoryWorldOptions& options_;
  Clock& clock_;
  Duration busy_;
  std::int64_t launched_ = 0;
};

class MemoryTransport : public Transport {
 public:
  MemoryTransport(int rank, Exchange& exchange) : rank_(rank), exchange_(exchange) {}

  int rank() const override { return rank_; }
  int size() const override { return exchange_.world()->size(); }
  std::shared_ptr<const Group> world() const override { return exchange_.world(); }

  int rank_in(const Group& group) const override {
    for (int i = 0; i < group.size(); ++i) {
      if (group.world_rank(i) == rank_) return i;
    }
    EXPECTS(!"this rank is a member of the group");
    return -1;
  }

  Duration execute(const Group& group, const Schedule& schedule, const Buffer& buffer) override {
    EXPECTS(schedule.ranks() == group.size() && schedule.elements() == buffer.elements);
    EXPECTS(buffer.data != nullptr || buffer.elements == 0);
    const int me = rank_in(group);
    std::vector<Action> actions;
    for (int round = 0; round < schedule.rounds(); ++round) {
      actions.clear();
      schedule.actions(me, round, actions);
      for (const Action& action : actions) {
        if (action.kind != Action::Kind::send) continue;
        const float* begin = buffer.data + action.offset;
        exchange_.put(rank_, group.world_rank(action.peer), {begin, begin + action.elements});
      }
      for (const Action& action : actions) {
        if (action.kind != Action::Kind::send) receive(group, action, buffer);
      }
    }
    return Duration(0);
  }

  Agreement agree_min(const Group& group, std::int64_t value) override {
    return {exchange_.agree_min(group.size(), value), Duration(0)};
  }

 private:
  void receive(const Group& group, const Action& action, const Buffer& buffer) {
    const std::vector<float> message = exchange_.take(group.world_rank(action.peer), rank_);
    ENSURES(static_cast<std::int64_t>(message.size()) == action.elements);
    float* begin = buffer.data + action.offset;
    if (action.kind == Action::Kind::receive) {
      std::copy(message.begin(), message.end(), begin);
    } else {
      std::transform(message.begin(), message.end(), begin, begin, std::plus<>());
    }
  }

  int rank_;
  Exchange& exchange_;
};

class MemoryWorld : public World {
 public:
  MemoryWorld(int rank, Exchange& exchange, const MemoryWorldOptions& options)
      : exchange_(exchange), transport_(rank, exchange), device_(rank, options, clock_) {}
  ~MemoryWorld() override {
    for (std::thread& task : tasks_) task.join();
  }

  Clock& clock() override { return clock_; }
  Device& device() override { return device_; }
  Transport& transport() override { return transport_; }
  std::unique_ptr<Signal> make_signal(bool) override {
    return std::make_unique<MemorySignal>(exchange_);
  }
  void spawn(std::function<void(World&)> body) override {
    tasks_.emplace_back([this, body = std::move(body)] {
      try {
        body(*this);
      } catch (...) {
        const Lock lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
        exchange_.abort();
      }
    });
  }

  void finish() {
    for (std::thread& task : tasks_) task.join();
    tasks_.clear();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  Exchange& exchange_;
  WallClock clock_;
  MemoryTransport transport_;
  InlineDevice device_;
  std::vector<std::thread> tasks_;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
};

}  // namespace

void run_in_memory(int ranks, const MemoryWorldOptions& options,
                   const std::function<void(World&)>& program) {
  Exchange exchange(ranks);
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        MemoryWorld world(rank, exchange, options);
        program(world);
        world.finish();
      } catch (...) {
        const Lock lock(mutex);
        if (!failure) failure = std::current_exception();
        exchange.abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace rehearse
