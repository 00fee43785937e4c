// The world a training program runs in: a clock, a device, a transport and background tasks. The
// same program runs in the simulated world (sim: virtual clock, no arithmetic) and in real ones (in
// memory for tests; MPI), and cannot tell which.
//
// A World belongs to one rank. Its methods are called by the rank's main task, except through the
// World that `spawn` hands to a background task.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/units.h"
#include "runtime/collectives/collectives.h"
#include "runtime/collectives/schedule.h"
#include "runtime/world/buffer.h"

namespace rehearse {

class Clock {
 public:
  virtual ~Clock() = default;
  // Seconds since the start of the run.
  [[nodiscard]] virtual Duration now() = 0;
  // Returns at once if `time` has passed.
  virtual void sleep_until(Duration time) = 0;
};

// A point on a device's stream: work launched up to it is complete. Comparable within one device.
struct Event {
  double ticket = 0;
};

enum class Pass : std::uint8_t { forward, backward, update, input };

// The kernels that a device runs for one layer in one pass; layers are numbered as in the Model.
// Pass::input brings the next batch to the device, Pass::update is the optimizer's step over all
// parameters; neither names a layer.
struct Task {
  Pass pass = Pass::forward;
  std::size_t layer = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  // Enqueues the task behind everything launched before and returns when the host may go on, which
  // on an accelerator is long before the device is done.
  virtual Event launch(const Task& task) = 0;
  // Blocks the caller until the event has happened.
  virtual void wait(Event event) = 0;
  // The time for which the device has run kernels since the start.
  [[nodiscard]] virtual Duration busy() = 0;
};

// An ordered set of ranks that communicate among themselves.
class Group {
 public:
  static constexpr int kMostLanes = 64;

  // `id` distinguishes the groups of a world; `members` are world ranks, each at most once.
  Group(int id, std::vector<int> members)
      : id_(id), members_(std::make_shared<const std::vector<int>>(std::move(members))) {}

  // The same ranks in a communication context of its own, of which a group has kMostLanes: tasks
  // that use different lanes may each have a collective under way, and their messages never meet.
  // The group itself is lane 0; lanes share the list of members.
  [[nodiscard]] Group lane(int number) const {
    Group other = *this;
    other.lane_ = number;
    return other;
  }

  [[nodiscard]] int lane_number() const { return lane_; }
  [[nodiscard]] int id() const { return id_; }  // of the members; the same in all lanes
  // Distinguishes all lanes of all groups of a world; 0 is that of all ranks, in lane 0.
  [[nodiscard]] int context() const { return id_ * kMostLanes + lane_; }
  [[nodiscard]] int size() const { return static_cast<int>(members_->size()); }
  [[nodiscard]] int world_rank(int rank) const {
    return (*members_)[static_cast<std::size_t>(rank)];
  }

 private:
  int id_;
  int lane_ = 0;
  std::shared_ptr<const std::vector<int>> members_;
};

class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual int rank() const = 0;  // in the world
  [[nodiscard]] virtual int size() const = 0;  // of the world

  // The group of all ranks; one object shared by all ranks of a process.
  [[nodiscard]] virtual std::shared_ptr<const Group> world() const = 0;
  // This rank's place in `group`. REQUIRES: it is a member.
  [[nodiscard]] virtual int rank_in(const Group& group) const = 0;

  // Executes the schedule together with all other members and blocks until this rank's part is
  // complete. Members call in the same order in each lane of the group. Returns how long this rank
  // waited for the last member to arrive; zero in worlds that cannot know.
  virtual Duration execute(const Group& group, const Schedule& schedule, const Buffer& buffer) = 0;

  // Performs a collective over all members of the group, whose buffers are as `call.operation` says
  // (runtime/collectives/algorithm.h); blocks and returns as execute. Throws Error::input where the
  // algorithm is known by its cost only and this world is a real one. REQUIRES: as
  // make_collective, and an algorithm other than automatic; native is for all_reduce only.
  virtual Duration collective(const Group& group, const CollectiveCall& call, const Buffer& buffer);

  // Sums `buffer` over the group by the all-reduce of the communication library; elsewhere by the
  // schedule that Open MPI would pick. Blocks and returns as execute.
  virtual Duration native_all_reduce(const Group& group, const Buffer& buffer);

  // Sums over the nodes in switches that add what passes them: the ranks of equal place in their
  // node sum the part of `buffer` that is theirs (runtime/collectives/in_nodes.h, owned_in_node).
  // Blocks and returns as execute. Worlds without such switches refuse (Error::input).
  // REQUIRES: the ranks of a node are consecutive, and ranks_per_node on each.
  virtual Duration reduce_in_network(const Group& group, int ranks_per_node, const Buffer& buffer);

  struct Agreement {
    std::int64_t least;  // value over all members
    Duration waited;     // for the last member to call; zero in worlds that cannot know
  };
  // Agrees on the smallest `value` through the control plane. Blocks until all have called.
  virtual Agreement agree_min(const Group& group, std::int64_t value) = 0;
};

// A counter that one task raises and another follows: how many gradients are ready, how many are
// done.
class Signal {
 public:
  virtual ~Signal() = default;
  virtual void raise() = 0;                                 // by the producer
  virtual std::int64_t wait_above(std::int64_t level) = 0;  // blocks until the count exceeds level
  [[nodiscard]] virtual std::int64_t count() = 0;           // as seen by the consumer, now
};

class World {
 public:
  virtual ~World() = default;
  virtual Clock& clock() = 0;
  virtual Device& device() = 0;
  virtual Transport& transport() = 0;

  // A signal from the main task to a background task (or back): `from_main` names the producer.
  virtual std::unique_ptr<Signal> make_signal(bool from_main) = 0;
  // Runs `body` as a second task of this rank; the World given to it is valid until it returns.
  virtual void spawn(std::function<void(World&)> body) = 0;
};

}  // namespace rehearse
