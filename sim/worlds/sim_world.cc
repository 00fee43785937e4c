#include "sim/worlds/sim_world.h"

#include <simgrid/s4u.hpp>

#include "base/contract.h"
#include "runtime/worlds/polling.h"
#include "sim/worlds/sim_signal.h"

namespace rehearse {

namespace s4u = simgrid::s4u;

// Of the background tasks: tells the rank of every sleep.
class SimWorld::WakingClock : public EngineClock {
 public:
  explicit WakingClock(SimWorld& rank) : rank_(rank) {}

  void sleep_until(Duration time) override {
    if (time <= now()) return;
    EngineClock::sleep_until(time);
    rank_.woken(1);
  }

 private:
  SimWorld& rank_;
};

class SimWorld::Background : public World {
 public:
  explicit Background(SimWorld& rank) : rank_(rank) {}

  Clock& clock() override { return *rank_.background_clock_; }
  Device& device() override { return rank_.device_events_; }
  Transport& transport() override { return *rank_.transport_; }
  std::unique_ptr<Signal> make_signal(bool from_main) override {
    return rank_.make_signal(from_main);
  }
  void spawn(std::function<void(World&)>) override { EXPECTS(!"background tasks do not spawn"); }

 private:
  SimWorld& rank_;
};

SimWorld::SimWorld(int rank, const TaskCosts& costs, const StepNoise& noise, const Connect& connect,
                   Computation* computation)
    : main_(s4u::this_actor::get_pid()),
      background_clock_(std::make_unique<WakingClock>(*this)),
      wake_up_(costs.wake_up),
      device_(rank, costs, noise, clock_, computation),
      device_events_(device_),
      transport_(connect({[this] { return device_.step(); },
                          [this] {
                            if (in_main()) clock_.synchronise();
                          },
                          [this](Duration time) { waited(time); }})) {}

bool SimWorld::in_main() const { return s4u::this_actor::get_pid() == main_; }

void SimWorld::woken(int times) { device_.interrupt(wake_up_ * times); }

void SimWorld::waited(Duration time) {
  if (wake_up_ == Duration(0) || in_main()) return;
  const PollingWork work = polling_work(time);
  device_.interrupt(work.spun);
  woken(work.sleeps);
}

std::unique_ptr<Signal> SimWorld::make_signal(bool from_main) {
  if (from_main) return std::make_unique<SimSignal>(clock_, [this] { woken(1); });
  return std::make_unique<SimSignal>(*background_clock_, [] {});
}

void SimWorld::spawn(std::function<void(World&)> body) {
  tasks_.push_back(
      s4u::Actor::create("task", s4u::this_actor::get_host(), [this, body = std::move(body)] {
        Background world(*this);
        body(world);
      }));
}

void SimWorld::join() {
  for (const s4u::ActorPtr& task : tasks_) task->join();
}

}  // namespace rehearse
