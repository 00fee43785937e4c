// Training around parameter servers, as TensorFlow does it: the tensors are dealt out to servers; a
// worker fetches all of them, computes a gradient and sends each server its part.
//
// A server has a receive open for every worker and works through what comes in the order in which
// it is complete; its answer is the weights for the worker's next step. So a worker sends and
// receives the model once a step, and a server once a step and worker. The servers know nothing of
// one another: a worker may see tensors of different age.
//
//   async_ps        each gradient is applied when it comes, and answered at once.
//   sync_backup_ps  a server adds up the gradients that were computed from its present weights, and
//                   applies their mean when `aggregate` of them have come (SyncReplicasOptimizer);
//                   those who sent them are answered then. A gradient of older weights is dropped
//                   and answered at once. When fewer workers than that are left, all of them are
//                   waited for.
//
// Sources: tensorflow python/training/device_setter.py, sync_replicas_optimizer.py,
// core/kernels/conditional_accumulator_base.cc. A worker here cannot take two tokens of a step.
#pragma once

#include <memory>
#include <vector>

#include "runtime/compression/codec.h"
#include "runtime/parallel/shards.h"
#include "runtime/strategies/strategy.h"
#include "runtime/strategies/training_layer.h"

namespace rehearse {

class ParameterServerSgd : public Strategy {
 public:
  struct Options {
    std::int64_t steps = 1;  // of each worker
    int workers = 1;
    int servers = 1;
    bool balanced = false;                 // sharding by size
    std::shared_ptr<const Codec> codec{};  // of gradients; null: they travel as they are
  };

  [[nodiscard]] Roles roles() const override {
    return Roles(options_.workers, static_cast<int>(shards_.size()));
  }
  [[nodiscard]] int background_tasks(int) const override { return 0; }
  [[nodiscard]] bool one_stands_for_all() const override { return false; }
  [[nodiscard]] Measure measure() const override { return Measure::throughput; }
  [[nodiscard]] std::int64_t parameter_elements() const override { return elements_; }
  [[nodiscard]] std::optional<PlannedReductions> reductions() const override { return {}; }
  [[nodiscard]] std::vector<ParameterRange> keeps(int rank) const override;
  [[nodiscard]] std::vector<StepMessage> messages() const override;
  // A server's gradients are whatever comes: it needs memory for one of each worker.
  void run(World& world, const ModelTensors& model, const StepObserver& observe) const override;

 protected:
  ParameterServerSgd(std::vector<TrainingLayer> layers, const Options& options);

  class Worker;
  class Server;

  [[nodiscard]] const Options& options() const { return options_; }

 private:
  // What a server does with a gradient that has come.
  virtual void take_gradient(Server& server, int worker) const = 0;
  // A worker sends no more.
  virtual void worker_left(Server&) const {}

  std::vector<TrainingLayer> layers_;
  Options options_;
  std::vector<ParameterShard> shards_;
  std::int64_t elements_ = 0;
};

class AsyncPs : public ParameterServerSgd {
 public:
  AsyncPs(std::vector<TrainingLayer> layers, const Options& options)
      : ParameterServerSgd(std::move(layers), options) {}
  [[nodiscard]] std::string_view name() const override { return "async_ps"; }

 private:
  void take_gradient(Server& server, int worker) const override;
};

class SyncBackupPs : public ParameterServerSgd {
 public:
  // REQUIRES: 1 <= aggregate <= workers.
  SyncBackupPs(std::vector<TrainingLayer> layers, const Options& options, int aggregate);
  [[nodiscard]] std::string_view name() const override { return "sync_backup_ps"; }

 private:
  void take_gradient(Server& server, int worker) const override;
  void worker_left(Server& server) const override;
  void apply_if_complete(Server& server) const;

  int aggregate_;
};

}  // namespace rehearse
