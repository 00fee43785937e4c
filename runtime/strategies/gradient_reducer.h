// Sums gradients over a group while the backward pass still runs: the training program says when a
// gradient has been launched, background tasks batch gradients and all-reduce the batches.
//
// Batching follows Horovod (threshold and cycle; ready gradients are agreed on by all ranks in each
// cycle, operations.cc RunLoopOnce) or PyTorch's buckets. In Horovod's manner the background task
// waits for the data of a batch before it starts the batch, and what became ready meanwhile is
// fused into the next one. A cycle in which nothing is ready has no effect and is skipped.
//
// Buckets may be under way together: bucket i of a step belongs to lane i mod in_flight, each lane
// is a background task with a communication context of its own (Group::lane) and takes its buckets
// in order. So Caffe2 shares its distributed operators among `max_concurrent_distributed_ops`
// common worlds (data_parallel_model.py, CollectivesConcurrencyControl). Horovod's one thread
// performs one batch after the other.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/units.h"
#include "kernels/backend.h"
#include "kernels/tensor.h"
#include "runtime/collectives/collectives.h"
#include "runtime/compression/codec.h"
#include "runtime/strategies/gradient_batches.h"
#include "runtime/strategies/step_record.h"
#include "runtime/world/world.h"

namespace rehearse {

struct ReducerOptions {
  enum class Batching { horovod, buckets };

  Batching batching = Batching::horovod;
  Bytes threshold{64.0 * 1024 * 1024};      // Horovod: HOROVOD_FUSION_THRESHOLD up to 0.20
  Duration cycle{5e-3};                     // Horovod: HOROVOD_CYCLE_TIME up to 0.20
  Bytes first_bucket{1.0 * 1024 * 1024};    // buckets: DistributedDataParallel's first
  Bytes bucket{25.0 * 1024 * 1024};         // buckets: bucket_cap_mb
  int in_flight = 1;                        // buckets: all-reduces under way at a time
  bool overlap = true;                      // false: nothing travels before the backward pass ends
  ElementType type = ElementType::float32;  // on the wire
  // How a batch of so many bytes is summed; never by Algorithm::automatic.
  std::function<CollectiveCall(double bytes)> call = [](double) { return CollectiveCall{}; };
  // What gradients are packed into for the wire; null: they travel as they are. One whose messages
  // add up has `type` as its own.
  std::shared_ptr<const Codec> codec{};
  // How the packed batches of all ranks, of so many bytes together, are gathered.
  std::function<CollectiveCall(double bytes)> gather = [](double) {
    return CollectiveCall{.operation = Operation::all_gather};
  };
  // What is done with the gradients [batch.first, batch.end) when they are complete; returns how
  // long this rank waited for others. Empty: what `codec` and `call` say.
  using Exchange = std::function<Duration(World&, const Group&, const CollectiveCall&,
                                          const FusedBatch& batch, const Tensor&)>;
  Exchange exchange{};
  // How many steps may be launched before the first of them is finished.
  int steps_in_flight = 1;
};

// Whether packed gradients are gathered, because their messages do not add up.
inline bool gathers(const ReducerOptions& options) {
  return options.codec != nullptr && !options.codec->adds_up();
}

// What travels of tensors of so many elements that are summed together over so many ranks: the
// elements of one collective.
std::int64_t travelling_elements(const ReducerOptions& options,
                                 std::span<const std::int64_t> tensors, int ranks);

class GradientReducer {
 public:
  // `elements[i]` is the size of the i-th gradient in the order in which they become ready, and
  // `gradients` holds them one behind the other (null data in a simulated world).
  // `backend`: in whose memory they are. Keeps both until close(). REQUIRES: in_flight is 1, or
  // batching is buckets and it is at most Group::kMostLanes.
  GradientReducer(World& world, std::shared_ptr<const Group> group,
                  std::vector<std::int64_t> elements, Tensor gradients, const Backend& backend,
                  ReducerOptions options);
  ~GradientReducer();
  GradientReducer(const GradientReducer&) = delete;
  GradientReducer& operator=(const GradientReducer&) = delete;

  // The gradients of the step that is launched next lie in this tensor. Without it they lie where
  // those of the step did whose place it takes: steps_in_flight steps before, or the constructor's.
  // REQUIRES: no gradient of the step was launched; as ready().
  void use(const Tensor& gradients);
  // The next gradient has been launched and is complete at `event`. REQUIRES: fewer than
  // steps_in_flight steps are released and not finished.
  void ready(Event event);
  // All gradients of this step have been launched: without overlap they may travel from now on.
  // REQUIRES: ready() was called once per gradient.
  void release();
  // Blocks until all gradients of the first step that is not finished yet are summed; returns what
  // travelled, in the order of the gradients. REQUIRES: that step is released.
  std::vector<StepSpan> finish();
  // Ends the background tasks. REQUIRES: all steps are finished.
  void close();

 private:
  struct Lane;
  struct Shared;

  void launched(std::size_t gradient);

  std::shared_ptr<Shared> shared_;
  Event last_{};
  std::int64_t launched_ = 0;  // gradients of the step that is being launched
  std::int64_t released_ = 0;  // steps
};

}  // namespace rehearse
