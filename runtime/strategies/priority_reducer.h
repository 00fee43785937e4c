// Sums gradients over a group in the order in which the next forward pass needs them: those of the
// first layers first, although they become ready last. MLSL does so by its mode of message
// priorities, newest first (intel/MLSL, src/comm_ep.cpp), ByteScheduler by slices in a queue (Peng
// et al., SOSP 2019).
//
// One background task performs one unit (priority_units.h) after the other. All ranks must pick the
// same one: as long as some gradients are not ready everywhere, the task agrees before each unit on
// how many are (they become ready in a fixed order; the least number counts, as in Horovod's
// cycles), then takes of the units whose gradients are ready everywhere the one that is needed
// first. Once all are ready the order is known, and nobody need agree. A gradient is ready when its
// device has computed it, not when it was launched: a host that runs ahead would have launched all
// of them before the first unit is picked.
//
// MLSL and NCCL need no agreement where several messages may be under way at once; here an
// agreement is an exchange of small messages (Transport::agree_min) and costs their latency.
#pragma once

#include <memory>
#include <vector>

#include "kernels/backend.h"
#include "kernels/tensor.h"
#include "runtime/strategies/gradient_reducer.h"
#include "runtime/strategies/priority_units.h"
#include "runtime/world/world.h"

namespace rehearse {

// The size of a unit by `bucket` of the options, as elements of their type.
std::int64_t unit_elements(const ReducerOptions& options);

class PriorityReducer {
 public:
  // As GradientReducer. Of the options it takes bucket (the size of a unit), overlap, type, codec,
  // call and gather.
  PriorityReducer(World& world, std::shared_ptr<const Group> group,
                  std::vector<std::int64_t> elements, Tensor gradients, const Backend& backend,
                  ReducerOptions options);
  ~PriorityReducer();
  PriorityReducer(const PriorityReducer&) = delete;
  PriorityReducer& operator=(const PriorityReducer&) = delete;

  // The next gradient has been launched and is complete at `event`. REQUIRES: all gradients of the
  // step before were waited for.
  void ready(Event event);
  // All gradients of this step have been launched.
  void release();
  // Blocks until these gradients of the released step are summed.
  void wait(const FusedBatch& gradients);
  // What the units did that were waited for, or were complete then, since the last call.
  std::vector<StepSpan> take_spans();
  // Ends the background task. REQUIRES: all gradients of the last step were waited for.
  void close();

 private:
  struct Shared;

  std::shared_ptr<Shared> shared_;
  std::vector<StepSpan> spans_;
  std::vector<bool> summed_;    // by unit
  std::int64_t launched_ = 0;   // gradients of the step that is being launched
  std::int64_t completed_ = 0;  // units, of all steps, that this task knows of
};

}  // namespace rehearse
