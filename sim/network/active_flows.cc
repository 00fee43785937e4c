#include "sim/network/active_flows.h"

#include <simgrid/kernel/resource/Model.hpp>
#include <simgrid/kernel/resource/NetworkModelIntf.hpp>
#include <simgrid/s4u.hpp>

#include "base/contract.h"

namespace rehearse {

namespace s4u = simgrid::s4u;
namespace resource = simgrid::kernel::resource;

void ActiveFlows::listen() {
  for (resource::Model* model : s4u::Engine::get_instance()->get_all_models()) {
    if (dynamic_cast<resource::NetworkModelIntf*>(model) != nullptr) network_ = model;
  }
  ENSURES(network_ != nullptr);
  // Actions are told apart by their addresses; NetworkAction is not defined in SimGrid's public
  // headers.
  s4u::Link::on_communication_state_change_cb(
      [this](resource::NetworkAction& action, resource::Action::State) { finish(&action); });
}

void ActiveFlows::start(const std::vector<LinkId>& path) {
  if (network_ == nullptr) listen();
  if (is_waiting_) name_waiting(&network_->get_started_action_set()->back());
  for (const LinkId link : path) ++count_[static_cast<std::size_t>(link)];
  waiting_ = path;
  is_waiting_ = true;
}

void ActiveFlows::name_waiting(const void* action) {
  const bool added = paths_.try_emplace(action, std::move(waiting_)).second;
  ENSURES(added);
  is_waiting_ = false;
}

void ActiveFlows::finish(const void* action) {
  auto found = paths_.find(action);
  if (found == paths_.end()) {
    if (!is_waiting_) return;  // it has ended before
    name_waiting(action);
    found = paths_.find(action);
  }
  for (const LinkId link : found->second) --count_[static_cast<std::size_t>(link)];
  paths_.erase(found);
}

}  // namespace rehearse
