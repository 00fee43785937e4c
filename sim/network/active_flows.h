// The flows that SimGrid carries at this moment, by link.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "topologies/routing/router.h"

namespace simgrid::kernel::resource {
class Model;
}  // namespace simgrid::kernel::resource

namespace rehearse {

// A flow counts from the moment its route is found, so that flows that start at the same instant
// see each other, until SimGrid has finished it. REQUIRES: once something has started, this object
// lives as long as the engine.
class ActiveFlows : public LinkLoads {
 public:
  explicit ActiveFlows(std::int64_t links) : count_(static_cast<std::size_t>(links)) {}

  [[nodiscard]] double flows(LinkId link) const override {
    return count_[static_cast<std::size_t>(link)];
  }

  // SimGrid is about to start a communication over `path`. REQUIRES: it starts no other in between
  // calls.
  void start(const std::vector<LinkId>& path);

 private:
  void listen();
  // SimGrid asks for a route before it makes the action that stands for the communication. The
  // route waits here until the action can be seen: as the youngest of those that have started, or
  // as one that ends and is not known.
  void name_waiting(const void* action);
  void finish(const void* action);

  simgrid::kernel::resource::Model* network_ = nullptr;
  std::vector<std::int32_t> count_;
  std::unordered_map<const void*, std::vector<LinkId>> paths_;
  std::vector<LinkId> waiting_;
  bool is_waiting_ = false;
};

}  // namespace rehearse
