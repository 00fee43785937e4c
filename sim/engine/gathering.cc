#include "sim/engine/gathering.h"

#include <simgrid/s4u.hpp>
#include <simgrid/simix.hpp>

#include "base/contract.h"

namespace rehearse {

namespace s4u = simgrid::s4u;

Gathering::Gathering(int actors, bool suspends) : actors_(static_cast<std::size_t>(actors)) {
  EXPECTS(actors > 0);
  if (!suspends) barrier_ = s4u::Barrier::create(static_cast<unsigned>(actors));
}

void Gathering::wait() {
  if (barrier_) {
    barrier_->wait();
    return;
  }
  if (waiting_.size() + 1 == actors_) {
    wake();
    return;
  }
  waiting_.push_back(s4u::Actor::self());
  s4u::this_actor::suspend();
}

bool Gathering::come(s4u::Actor* suspended) {
  EXPECTS(!barrier_);
  waiting_.push_back(suspended);
  if (waiting_.size() < actors_) return false;
  wake();
  return true;
}

void Gathering::wake() {
  std::vector<s4u::Actor*> all;
  all.swap(waiting_);
  if (all.empty()) return;
  simgrid::kernel::actor::simcall_answered([&all] {
    for (s4u::Actor* actor : all) actor->resume();
  });
}

}  // namespace rehearse
