// Training around a master, as NNLO does it (vlimant/NNLO, nnlo/mpi): workers train by themselves
// and exchange weights with their master every `sync_every` steps; the master serves one request
// at a time from beginning to end, which bounds how many workers it can keep busy. Every message
// blocks its sender; a tensor is a message.
//
//   downpour  a worker sends how far its weights have moved since it got them, the master makes a
//             step of its optimizer of it and answers with its weights. 2 L + 5 messages for L
//             tensors. Gated: an update of old weights is refused and answered with new ones; those
//             that are accepted are added up, and applied together when 95 % of the workers have
//             sent theirs.
//   easgd     elastic averaging (arXiv:1412.6651): the worker sends its weights x, the master
//             answers with its own, W, before it moves them: W -= a (W - x), x -= a (x - W), with a
//             the force over the number of workers. As many messages.
//   gem       gradient energy matching: the worker asks for W, computes an update (kernels/
//             tensor_math.h) and sends it; the master adds it. 2 L + 3 messages.
//
// With sub-masters, workers are dealt out to them in turn; a sub-master is a master to its workers
// and, every `sync_every` of their updates and before it answers, a worker to the top master.
// A worker may be a ring of `processes` ranks that share its batch: before each step the first of
// them broadcasts the weights, after the passes they sum their gradients.
//
// All ranks begin with the same weights. The little message "begin weights" of each answer, which
// NNLO's workers never receive, is received here.
#pragma once

#include <memory>
#include <vector>

#include "kernels/tensor_math.h"
#include "runtime/compression/codec.h"
#include "runtime/strategies/strategy.h"
#include "runtime/strategies/training_layer.h"

namespace rehearse {

class MasterSgd : public Strategy {
 public:
  struct Options {
    std::int64_t steps = 1;  // of each worker
    int workers = 1;         // ranks that compute gradients
    int processes = 1;       // of a worker; divides the ranks
    int sub_masters = 0;
    std::int64_t sync_every = 1;
    std::shared_ptr<const Codec> codec{};  // of what workers send; null: as it is
    // How a ring sums its gradients; never by Algorithm::automatic.
    std::function<CollectiveCall(double bytes)> call = [](double) { return CollectiveCall{}; };
  };

  [[nodiscard]] Roles roles() const override {
    return Roles(options_.workers, 0, 1 + options_.sub_masters);
  }
  [[nodiscard]] int background_tasks(int) const override { return 0; }
  [[nodiscard]] bool one_stands_for_all() const override { return false; }
  [[nodiscard]] Measure measure() const override { return Measure::throughput; }
  [[nodiscard]] std::int64_t parameter_elements() const override { return elements_; }
  [[nodiscard]] std::vector<ParameterRange> keeps(int rank) const override;
  [[nodiscard]] std::optional<PlannedReductions> reductions() const override { return {}; }
  [[nodiscard]] std::vector<StepMessage> messages() const override;
  void run(World& world, const ModelTensors& model, const StepObserver& observe) const override;

 protected:
  MasterSgd(std::vector<TrainingLayer> layers, Options options);

  class Client;  // of a master: a worker, or a sub-master
  class Master;
  class Worker;

  [[nodiscard]] int number_of_children(int master) const;
  [[nodiscard]] const Options& options() const { return options_; }

 private:
  // The worker's side of an exchange, and the master's, which has received the first message of it
  // from `child`.
  virtual void exchange(Client& client) const = 0;
  virtual void serve(Master& master, int child) const = 0;
  // A child sends no more.
  virtual void child_left(Master&) const {}

  // Ranks of the workers' first processes that a master serves, or of the sub-masters of the top.
  [[nodiscard]] std::vector<int> children_of(int master) const;
  [[nodiscard]] int master_of(int rank) const;  // of a first process, or of a sub-master

  std::vector<TrainingLayer> layers_;
  Options options_;
  std::vector<ParameterRange> tensors_;
  std::vector<std::shared_ptr<const Group>> rings_;  // by worker; empty where a worker is one rank
  std::int64_t elements_ = 0;
};

class Downpour : public MasterSgd {
 public:
  Downpour(std::vector<TrainingLayer> layers, Options options, bool gated);
  [[nodiscard]] std::string_view name() const override { return "downpour"; }

 private:
  void exchange(Client& client) const override;
  void serve(Master& master, int child) const override;
  void child_left(Master& master) const override;
  void take_gated(Master& master, int child) const;
  void apply_if_complete(Master& master) const;

  bool gated_;
};

class Easgd : public MasterSgd {
 public:
  Easgd(std::vector<TrainingLayer> layers, Options options, double force);
  [[nodiscard]] std::string_view name() const override { return "easgd"; }

 private:
  void exchange(Client& client) const override;
  void serve(Master& master, int child) const override;

  double force_;
};

class Gem : public MasterSgd {
 public:
  Gem(std::vector<TrainingLayer> layers, Options options, const GemFactors& factors);
  [[nodiscard]] std::string_view name() const override { return "gem"; }

 private:
  void exchange(Client& client) const override;
  void serve(Master& master, int child) const override;

  GemFactors factors_;
};

}  // namespace rehearse
