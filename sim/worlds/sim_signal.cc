#include "sim/worlds/sim_signal.h"

#include <algorithm>
#include <simgrid/s4u.hpp>

namespace rehearse {

namespace s4u = simgrid::s4u;

void SimSignal::raise() {
  times_.push_back(producer_.now().value());
  if (waiting_) {
    waiting_ = false;
    raised_->release();
  }
}

std::int64_t SimSignal::wait_above(std::int64_t level) {
  if (level < passed_) return count();
  const double asked = s4u::Engine::get_clock();
  while (passed_ + static_cast<std::int64_t>(times_.size()) <= level) {
    waiting_ = true;
    raised_->acquire();
  }
  times_.erase(times_.begin(), times_.begin() + (level - passed_));
  passed_ = level;
  if (times_.front() > s4u::Engine::get_clock()) s4u::this_actor::sleep_until(times_.front());
  if (s4u::Engine::get_clock() > asked) woken_();
  return count();
}

std::int64_t SimSignal::count() {
  constexpr double kTick = 1e-9;  // a sleep may end a rounding error early
  const auto now = std::upper_bound(times_.begin(), times_.end(), s4u::Engine::get_clock() + kTick);
  return passed_ + (now - times_.begin());
}

}  // namespace rehearse
