// A training strategy: the program that the ranks of a job run, written once as blocking code
// against a World (runtime/world/world.h) and run unchanged in simulated and real ones.
//
//   class Pushing : public Strategy {
//     …
//     void run(World& world, const ModelTensors& model, const StepObserver& observe) const
//     override;
//   };
//
// CONTRIBUTING.md says which files a new strategy touches.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "kernels/executor.h"
#include "kernels/tensor.h"
#include "runtime/strategies/roles.h"
#include "runtime/strategies/step_record.h"
#include "runtime/world/world.h"

namespace rehearse {

class Backend;  // kernels/backend.h
const Backend& cpu_backend();

// Called after every step of a worker, on its main task; steps count from 0.
using StepObserver = std::function<void(std::int64_t step, const StepRecord&)>;

// What a rank that keeps parameters did for another one.
struct UpdateRecord {
  int worker = 0;              // whose gradient it was; of a group of workers, its first
  std::int64_t staleness = 0;  // updates of the same parameters since that worker read them
  bool applied = true;         // false: it came too late and was dropped
  Duration at;                 // when it was done
  Duration busy;               // of the rank with it
};

// What a rank holds of the model. Tensors have null data in simulated worlds.
struct ModelTensors {
  // All trainable tensors one behind the other, in the order in which their gradients become ready.
  Tensor parameters, gradients;
  // Does arithmetic on these tensors, in whose memory they are; borrowed. Null: the CPU.
  const Backend* backend = nullptr;
  // The memory of a collective over activations of a layer in a pass; empty in simulated worlds.
  std::function<float*(const Task& task, Operation operation)> activations{};
  // Memory of so many elements that lives as long as the run, zero at first. Empty: tensors without
  // numbers.
  std::function<Tensor(std::int64_t elements)> allocate{};
  // Of a rank that has parts of a model: what a chunk takes from other ranks and hands on, in one
  // of its slots (Task::slot). Empty: tensors without numbers.
  std::function<Tensor(int chunk, int slot, ExecutorEnd which)> ends{};
  // Tells the layers through whom they exchange numbers with other ranks, from now on; null:
  // nobody. Empty where nothing is computed: the strategy itself does then what the layers would
  // do.
  std::function<void(Exchanger*)> exchange_through{};
  // Told of every update on the rank that makes it. May be empty.
  std::function<void(const UpdateRecord&)> updated{};
  // Of training with a loss scale (kernels/loss_scale.h): told once in a step, when the gradients
  // are summed, whether one of them is not finite on any rank; the strategy leaves the update out
  // then. Only 'sync' tells it. Empty: losses are not scaled.
  std::function<void(bool overflow)> checked{};
  // Asked after every step, with the same answer on all ranks: whether the run ends here. Empty: it
  // ends with its last step.
  std::function<bool()> ended{};

  [[nodiscard]] const Backend& arithmetic() const {
    return backend != nullptr ? *backend : cpu_backend();
  }
  [[nodiscard]] Tensor make_tensor(std::int64_t elements) const {
    return allocate ? allocate(elements) : Tensor{nullptr, elements};
  }
};

// What a worker sums with all others in a step, as far as it is known before the run.
struct PlannedReductions {
  std::vector<std::int64_t> batches;  // elements of each, where all that is ready travels together
  std::int64_t largest = 0;           // elements that may travel together at most
  ElementType type = ElementType::float32;
  // How a batch of so many bytes is summed, or gathered where packed gradients do not add up.
  std::function<CollectiveCall(double bytes)> call;
};

// What one rank sends another in messages during a step of each worker, in the mean; small ones
// left out.
struct StepMessage {
  int from, to;
  std::int64_t elements;
};

class Strategy {
 public:
  // How the speed of a run is read off its records.
  enum class Measure : std::uint8_t {
    step,       // all workers end a step together: its mean duration
    throughput  // workers go on independently: steps per time in a window
  };

  virtual ~Strategy() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;  // as in training.strategy
  [[nodiscard]] virtual Roles roles() const = 0;
  // Tasks that `rank` spawns at most.
  [[nodiscard]] virtual int background_tasks(int rank) const = 0;
  // Whether all ranks do the same at the same time but for chance, so that the slowest of them can
  // stand for all (fidelity analytic).
  [[nodiscard]] virtual bool one_stands_for_all() const = 0;
  [[nodiscard]] virtual Measure measure() const = 0;

  // Elements of the parameters that one worker holds.
  [[nodiscard]] virtual std::int64_t parameter_elements() const = 0;
  // Of which parameters `rank` has the values that count: those of servers and masters, where there
  // are some. All of them lie with somebody, none with two.
  [[nodiscard]] virtual std::vector<ParameterRange> keeps(int rank) const {
    if (rank > 0) return {};
    return {{0, parameter_elements()}};
  }
  // Nothing where workers do not sum anything.
  [[nodiscard]] virtual std::optional<PlannedReductions> reductions() const = 0;

  [[nodiscard]] virtual std::vector<StepMessage> messages() const { return {}; }
  // The program of the rank that `world` belongs to. Workers call `observe`.
  virtual void run(World& world, const ModelTensors& model, const StepObserver& observe) const = 0;
};

}  // namespace rehearse
