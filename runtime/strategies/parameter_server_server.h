// A parameter server at work; internal to runtime/strategies/parameter_server.h.
#pragma once

#include <memory>
#include <vector>

#include "runtime/compression/packed_tensors.h"
#include "runtime/strategies/parameter_server.h"
#include "runtime/world/world.h"

namespace rehearse {

// Ports of the group of all ranks.
inline constexpr int kPushPort = 0;   // gradients
inline constexpr int kPullPort = 1;   // weights
inline constexpr int kLeavePort = 2;  // a worker ends before its last step; carries nothing

class ParameterServerSgd::Server {
 public:
  // Of the shard; `steps`: gradients that each worker sends unless it leaves.
  Server(const ParameterServerSgd& program, const ParameterShard& shard, World& world,
         const ModelTensors& model);

  // Serves until all workers have left.
  void serve();

  // What policies are made of; `worker` is a rank.
  //
  // Applies `scale` times the gradient of `worker`, or the sum if `worker` is kSum, as the next
  // update; `updates_per_step` of them make a step of a worker.
  static constexpr int kSum = -1;
  void apply(int worker, double scale, int updates_per_step);
  void add_to_sum(int worker);  // the gradient of `worker`; the first one starts the sum
  void answer(int worker);      // with the weights as they are
  // Tells the observer of the run.
  void report(int worker, std::int64_t staleness, bool applied);
  // Updates since the weights were sent to `worker`.
  [[nodiscard]] std::int64_t staleness(int worker) const;

  // Whether no gradient can come before the sum is applied: all workers that go on are in it.
  [[nodiscard]] bool all_have_sent() const;
  // Gradients in the sum, and whose they are; reset by whoever has applied the sum.
  std::vector<int> summed;

 private:
  enum class Kind { push, answer, leave };
  // A transfer that is under way, at the same place of slots_ and transfers_.
  struct Slot {
    Kind kind = Kind::push;
    int worker = 0;
  };
  struct Client {
    Tensor gradients;          // of the shard
    PackedTensors push;        // as they come
    int under_way = 0;         // messages of its next gradient
    std::int64_t sent = 0;     // gradients so far
    std::int64_t version = 0;  // of the weights that it has
    bool active = true;
  };

  void open(int worker);  // for its next gradient
  void hold(Slot slot, std::vector<std::unique_ptr<Transfer>>& started);
  void take(const Slot& slot, int from);
  void leave(int worker);
  [[nodiscard]] Client& client(int worker) { return clients_[static_cast<std::size_t>(worker)]; }

  const ParameterServerSgd& program_;
  const ParameterShard& shard_;
  const std::vector<ParameterRange> runs_;
  World& world_;
  Transport& transport_;
  const std::shared_ptr<const Group> group_;
  const ModelTensors& model_;
  const std::vector<Tensor> weights_;  // one per tensor of the shard
  std::vector<Client> clients_;        // by worker
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::vector<std::size_t> free_;  // places without a transfer
  Tensor sum_;                     // made when it is first needed
  std::int64_t version_ = 0;       // updates so far
  int active_;
  Duration busy_since_;  // the last report or the arrival that woke it
};

}  // namespace rehearse
