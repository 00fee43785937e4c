// Masters and their clients at work; internal to runtime/strategies/master_sgd.h.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "kernels/backend.h"
#include "runtime/compression/packed_tensors.h"
#include "runtime/strategies/master_sgd.h"
#include "runtime/world/world.h"

namespace rehearse {

// Ports of the group of all ranks. What NNLO calls begin_update or begin_gem is a request, the
// worker's answer to it in gem a reply.
enum MasterPort : int { kExit, kRequest, kTime, kReply, kBeginWeights, kWeights, kUpdate };

// One end of the messages between a master and its clients.
class MasterTalk {
 public:
  // `tensors`: into which all parameters are split.
  MasterTalk(World& world, const ModelTensors& model, const std::vector<ParameterRange>& tensors);

  void send_word(int rank, int port, double value);
  double receive_word(int rank, int port);
  void send(int rank, int port, const Tensor& all);
  // Returns when the first byte moved, as far as that is known (Transport::wait_all).
  Duration receive(int rank, int port, const Tensor& all);
  // The same of what is packed; both ends pack all tensors.
  void send(int rank, int port, const PackedTensors& packed);
  void receive(int rank, int port, const PackedTensors& packed);
  [[nodiscard]] PackedTensors packed(const std::shared_ptr<const Codec>& codec,
                                     const Tensor& all) const;
  // What a word travels in: one number, in the host's memory wherever the model is.
  [[nodiscard]] Tensor word(float& value) const { return {real_ ? &value : nullptr, 1}; }
  // Blocks until the device has done it.
  void compute(std::string_view name, Bytes traffic, std::function<void()> work);

  [[nodiscard]] World& world() { return world_; }
  // Does arithmetic on the tensors of the model and on what is made like them.
  [[nodiscard]] const Backend& backend() const { return backend_; }
  [[nodiscard]] Duration now() { return world_.clock().now(); }
  [[nodiscard]] const std::shared_ptr<const Group>& group() const { return group_; }

 private:
  [[nodiscard]] std::vector<Tensor> parts(const Tensor& all) const;

  World& world_;
  std::shared_ptr<const Group> group_;
  const std::vector<ParameterRange>& tensors_;
  const Backend& backend_;
  const bool real_;  // there are numbers
};

class MasterSgd::Client {
 public:
  Client(World& world, const ModelTensors& model, const std::vector<ParameterRange>& tensors,
         int master);

  MasterTalk talk;
  int master;
  Tensor now;  // its weights
  // As it last got them from its master, or as gem sets them; and what the kind of exchange needs.
  Tensor received, update;
  std::optional<PackedTensors> push;  // of what it sends; made at the first exchange
  std::optional<GemTensors> gem;
  double time = 0;    // updates of the master that its weights hold
  StepRecord record;  // times of the exchange go there

  Tensor make() { return model_.make_tensor(now.elements); }
  // Sends this tensor, the same in each exchange, packed as the options say.
  void send_update(const Tensor& all, const std::shared_ptr<const Codec>& codec);
  // Since `begin`: for the master, and on the wire.
  void waited(Duration begin) { record.parts[StepPhase::server_wait] += talk.now() - begin; }
  void communicated(Duration begin) {
    record.parts[StepPhase::exposed_communication] += talk.now() - begin;
  }
  void computed(Duration begin) { record.parts[StepPhase::optimizer] += talk.now() - begin; }
  // The answer of a master: its time and its weights.
  void receive_weights(const Tensor& into);

 private:
  const ModelTensors& model_;
};

class MasterSgd::Master {
 public:
  // `client`: of a sub-master, towards the top.
  Master(const MasterSgd& program, World& world, const ModelTensors& model, int rank);

  // Until all children have left.
  void serve();

  MasterTalk talk;
  Tensor weights, incoming;
  PackedTensors update;      // which becomes `incoming`
  std::vector<int> waiting;  // gated: children whose updates are in the sum, in their order
  Tensor sum;

  [[nodiscard]] int children() const { return static_cast<int>(children_.size()); }
  [[nodiscard]] int active() const { return static_cast<int>(present_.size()); }
  [[nodiscard]] std::int64_t staleness(int child) const;
  // Weights have changed by an update of this child; exchanges with the top when it is time.
  void updated();
  void answer(int child);  // with time and weights
  void send_weights(int child);
  void report(int child, std::int64_t staleness, bool applied);
  // One step of the optimizer by `moved`, which is what weights have moved on a worker.
  void step(const Tensor& moved, double scale);
  Tensor make() { return model_.make_tensor(weights.elements); }

 private:
  // The step that the workers below are in: exchanges of all of them make `sync_every` steps of
  // each.
  void begin_step();
  void leave(int child);

  const MasterSgd& program_;
  const ModelTensors& model_;
  std::vector<int> children_;
  std::vector<std::int64_t> versions_;  // by rank
  std::optional<Client> client_;
  std::int64_t time_ = 0;
  std::int64_t served_ = 0;
  std::vector<int> present_;  // children that have not left
  Duration busy_since_;
};

}  // namespace rehearse
