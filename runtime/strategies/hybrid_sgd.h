// Hybrid SGD: synchronous groups around servers of single tensors (Kurth et al., "Deep learning at
// 15 PF", SC17, arXiv:1708.05256; Intel Caffe's async_param_server.cpp).
//
// A group of p workers computes a gradient of their p batches. Each tensor's gradient, as soon as
// the backward pass has made it, is summed at the group's first rank, its root; the root sends it
// to the server of that tensor, receives the new weights and broadcasts them in the group. Tensors
// are under way together, in lanes. A server applies what comes, in the order in which it is
// complete, with an optimizer that counts each tensor's updates on their own; so a group gets
// weights that hold the updates of others. The next step begins when all tensors are there.
//
// A root sends and receives the model once a step with the servers, a server 2 G times what it
// keeps for G groups. One group is synchronous SGD.
#pragma once

#include <memory>
#include <vector>

#include "runtime/compression/codec.h"
#include "runtime/parallel/shards.h"
#include "runtime/strategies/strategy.h"
#include "runtime/strategies/training_layer.h"

namespace rehearse {

// Momentum that acts like `momentum` of one group: G asynchronous groups add one of their own of
// about 1 - 1/G (Mitliagkas et al., arXiv:1605.09774), so that 1 - m = (1 - m') / G; 0 where that
// is enough by itself.
constexpr double corrected_momentum(double momentum, int groups) {
  const double corrected = 1 - groups * (1 - momentum);
  return corrected > 0 ? corrected : 0;
}

class HybridSgd : public Strategy {
 public:
  struct Options {
    std::int64_t steps = 1;
    int workers = 1;
    int groups = 1;  // divides the workers
    int servers = 1;
    bool balanced = false;                 // tensors over servers by size
    std::shared_ptr<const Codec> codec{};  // of what roots send; null: as it is
    int in_flight = 5;                     // tensors under way at a time; divides kMostPorts - 1
  };

  HybridSgd(std::vector<TrainingLayer> layers, const Options& options);

  [[nodiscard]] std::string_view name() const override { return "hybrid"; }
  [[nodiscard]] Roles roles() const override { return Roles(options_.workers, options_.servers); }
  [[nodiscard]] int background_tasks(int rank) const override;
  [[nodiscard]] bool one_stands_for_all() const override { return false; }
  [[nodiscard]] Measure measure() const override { return Measure::throughput; }
  [[nodiscard]] std::int64_t parameter_elements() const override { return elements_; }
  [[nodiscard]] std::vector<ParameterRange> keeps(int rank) const override;
  [[nodiscard]] std::optional<PlannedReductions> reductions() const override { return {}; }
  [[nodiscard]] std::vector<StepMessage> messages() const override;
  void run(World& world, const ModelTensors& model, const StepObserver& observe) const override;

 private:
  class Server;

  void work(World& world, const ModelTensors& model, const StepObserver& observe) const;
  [[nodiscard]] int group_size() const { return options_.workers / options_.groups; }
  // Of a tensor, numbered as its gradient becomes ready.
  [[nodiscard]] int port_of(std::size_t tensor) const;

  std::vector<TrainingLayer> layers_;
  Options options_;
  std::vector<ParameterRange> tensors_;  // in the order in which their gradients become ready
  std::vector<int> server_of_;           // rank, by tensor
  std::vector<std::shared_ptr<const Group>> groups_;
  std::int64_t elements_ = 0;
};

}  // namespace rehearse
