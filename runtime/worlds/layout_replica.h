// A rank's parts of a model as the device of the real world sees them: does the arithmetic of the
// tasks that LayoutSgd launches.
//
//   LayoutReplica replica(cpu_backend(), parts, program, {...});
//   replica.import_parameters(0, cut_parameters(model, parts[0].of, parts[0].shape, initial));
//   RealWorldOptions real{.device = &replica};
//   strategy.run(world, replica.tensors(), observe);
//
// Each slot of a chunk is an executor of its own; those of a chunk share parameters and gradients.
// A microbatch is a consecutive share of the batch of the replica.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "kernels/backend.h"
#include "kernels/loss_scale.h"
#include "runtime/data/input_pipeline.h"
#include "runtime/optimizers/learning_rate.h"
#include "runtime/parallel/rank_program.h"
#include "runtime/strategies/strategy.h"
#include "runtime/worlds/inline_device.h"

namespace rehearse {

class LayoutReplica : public InlineDevice {
 public:
  // Borrows what it points to.
  struct Options {
    std::int64_t microbatch = 1, microbatches = 1;
    int threads = 1;
    std::uint64_t dropout_seed = 1;
    OptimizerOptions rule{};
    const LearningRate* rate = nullptr;
    InputPipeline* input = nullptr;  // batches of the replica; null on ranks that read none
    int replica = 0, replicas = 1;
    // The place among tensor ranks with steps of their own; dropout is another for each.
    int share_of_steps = 0;
    std::int64_t first_step = 0;
    Precision precision = Precision::fp32;
    LossScale* loss_scale = nullptr;  // null: 1
  };

  // Borrows the program. Throws what Backend::make_executor and make_optimizer do.
  LayoutReplica(const Backend& backend, const std::vector<RankPart>& parts,
                const RankProgram& program, const Options& options);

  void begin_step(std::int64_t step) override;

  // Of a chunk, in plain order.
  void import_parameters(int chunk, std::span<const float> plain);
  void export_parameters(int chunk, std::span<float> plain) const;

  // For the strategy; they live as long as the replica.
  [[nodiscard]] ModelTensors tensors();

  // For checkpoints: an array in the order of tensors().parameters, or several one behind the
  // other, in plain order (kernels/executor.h), of each array the first chunk first; and back.
  [[nodiscard]] std::vector<float> in_plain_order(std::span<const float> arrays);
  [[nodiscard]] std::vector<float> from_plain_order(std::span<const float> plain);
  // The states of the optimizer, each an array in the order of tensors().parameters, one behind the
  // other: zero where another rank has them.
  [[nodiscard]] std::vector<float> states();
  void set_states(std::span<const float> states, std::int64_t steps);
  [[nodiscard]] std::int64_t optimizer_steps() const;

  // The step under way, counted from the beginning of the training.
  [[nodiscard]] std::int64_t step() const { return step_; }
  // Mean over the microbatches of the step; nothing on ranks without the loss.
  [[nodiscard]] std::optional<double> loss() const;

 protected:
  void perform(const Task& task) override;
  std::unique_ptr<StreamMark> mark() override { return backend_.mark(); }

 private:
  [[nodiscard]] Tensor allocate(std::int64_t elements);
  [[nodiscard]] bool adds_up() const { return summed_.data != fresh_.data; }
  struct OwnRange {
    ParameterRange range{};
    std::unique_ptr<Optimizer> rule;
  };

  // reorder(begin, size) for each of the arrays that have so many elements together; what it leaves
  // in the parameters is put right in the end.
  template <class Reorder>
  void for_each_array(std::size_t elements, const Reorder& reorder);
  // use(chunk, begin, size) for the chunks of an array in plain order that begins `at`.
  template <class Use>
  void for_each_chunk(std::size_t at, const Use& use) const;
  // use(own, place) for each slot of each own range: the elements of the optimizer, and where they
  // begin in an array of all slots.
  template <class Use>
  void for_each_state(const Use& use);
  [[nodiscard]] Executor& executor(int chunk, int slot) const {
    return *executors_[static_cast<std::size_t>(chunk)][static_cast<std::size_t>(slot)];
  }
  void load(const Task& task);
  void forward(const Task& task);
  void backward(const Task& task);
  void update(const Task& task);

  const RankProgram& program_;
  const Options options_;
  const int last_part_chunk_;  // the chunk that ends in the loss; -1: none
  const Backend& backend_;
  std::vector<std::unique_ptr<DeviceBuffer>> memory_;
  Tensor parameters_, fresh_, summed_;  // summed_: that of fresh_ where microbatches do not add up
  std::vector<std::vector<std::unique_ptr<Executor>>> executors_;  // by chunk and slot
  std::vector<OwnRange> optimizers_;
  std::int64_t step_ = 0;
  double loss_scale_ = 1;  // of the step under way
  const Batch* batch_ = nullptr;
  double loss_ = 0;
  std::vector<int>
      first_;  // by chunk: the first microbatch of the step that went back; -1: none yet
};

}  // namespace rehearse
