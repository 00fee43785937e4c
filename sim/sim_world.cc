#include "sim/sim_world.h"

#include <simgrid/s4u.hpp>

#include "base/contract.h"
#include "sim/sim_signal.h"

namespace rehearse {

namespace s4u = simgrid::s4u;

class SimWorld::Background : public World {
 public:
  explicit Background(SimWorld& rank) : rank_(rank) {}

  Clock& clock() override { return rank_.engine_clock_; }
  Device& device() override { return rank_.device_events_; }
  Transport& transport() override { return *rank_.transport_; }
  std::unique_ptr<Signal> make_signal(bool from_main) override {
    return rank_.make_signal(from_main);
  }
  void spawn(std::function<void(World&)>) override { EXPECTS(!"background tasks do not spawn"); }

 private:
  SimWorld& rank_;
};

SimWorld::SimWorld(int rank, const TaskCosts& costs, const PassNoise& noise, const Connect& connect)
    : main_(s4u::this_actor::get_pid()),
      device_(rank, costs, noise, clock_),
      device_events_(device_),
      transport_(connect({[this] { return device_.step(); },
                          [this] {
                            if (s4u::this_actor::get_pid() == main_) clock_.synchronise();
                          }})) {}

std::unique_ptr<Signal> SimWorld::make_signal(bool from_main) {
  return std::make_unique<SimSignal>(from_main ? static_cast<Clock&>(clock_) : engine_clock_);
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
