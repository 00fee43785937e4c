#include "calibrate/machine/wake_up.h"

#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "base/stats.h"

namespace rehearse {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kInCache = 1 << 13;  // floats: 32 KiB
constexpr int kPieces = 40;                // in turns without and with the sleeper
constexpr double kPieceSeconds = 0.01;
constexpr std::chrono::microseconds kSleep{100};
constexpr unsigned long kTimerSlack = 1000;  // ns, as of the tasks that wait for messages

double seconds_of(std::vector<float>& values, int sweeps) {
  const Steady::time_point begin = Steady::now();
  for (int i = 0; i < sweeps; ++i) {
    for (float& value : values) value = value * 0.999F + 0.001F;
  }
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

// Sleeps on the cores of the thread that made it, while it is told to.
class Sleeper {
 public:
  Sleeper()
      : thread_([this] {
          prctl(PR_SET_TIMERSLACK, kTimerSlack);
          while (!ended_) {
            active_.wait(false);
            std::this_thread::sleep_for(kSleep);
            ++sleeps_;
          }
        }) {}
  ~Sleeper() {
    ended_ = true;
    set_active(true);
    thread_.join();
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  void set_active(bool active) {
    active_ = active;
    active_.notify_one();
  }
  [[nodiscard]] int sleeps() const { return sleeps_; }

 private:
  std::atomic<bool> active_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<int> sleeps_ = 0;
  std::thread thread_;  // the last: uses the others
};

}  // namespace

Duration measure_wake_up() {
  std::vector<float> values(kInCache, 1.0F);
  constexpr int kTrial = 1000;
  (void)seconds_of(values, kTrial);
  const int sweeps =
      std::max(1, static_cast<int>(kTrial * kPieceSeconds / seconds_of(values, kTrial)));
  std::vector<double> costs;
  Sleeper sleeper;
  for (int i = 0; i < kPieces; ++i) {
    sleeper.set_active(false);
    const double alone = seconds_of(values, sweeps);
    sleeper.set_active(true);
    const int before = sleeper.sleeps();
    const double beside = seconds_of(values, sweeps);
    const int sleeps = sleeper.sleeps() - before;
    if (sleeps > 0) costs.push_back((beside - alone) / sleeps);
  }
  return Duration(costs.empty() ? 0 : std::max(0.0, quantile(costs, 0.5)));
}

}  // namespace rehearse
