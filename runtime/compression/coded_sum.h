// Sums tensors over a group in the messages of a codec: by an all-reduce of these where they add
// up, else every rank gathers the messages of all and adds them in the order of the ranks, so that
// all ranks end with the same bits.
//
//   CodedSum coded(codec, {300, 5, 70}, backend);
//   coded.sum(world, group, calls, {0, 2}, gradients.part(0, 305), 0);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kernels/backend.h"
#include "runtime/collectives/collectives.h"
#include "runtime/compression/codec.h"
#include "runtime/strategies/gradient_batches.h"
#include "runtime/strategies/step_record.h"
#include "runtime/world/world.h"

namespace rehearse {

// By the bytes that travel, which are those of all ranks' messages where they are gathered.
struct CodedCalls {
  std::function<CollectiveCall(double bytes)> all_reduce;
  std::function<CollectiveCall(double bytes)> all_gather;
};

class CodedSum {
 public:
  // `tensors`: the elements of each, as the codec sees them. `backend`: in whose memory they are;
  // borrowed.
  CodedSum(std::shared_ptr<const Codec> codec, std::vector<std::int64_t> tensors,
           const Backend& backend);

  // Puts the sum over the group in place of `gradients`, which holds the tensors [first, end) one
  // behind the other (null data in simulated worlds). Blocks until it is there; returns what
  // happened: packing, the collective, unpacking. Calls that are under way at a time differ in
  // `lane` and in their tensors. REQUIRES: lane < kMostLanes of a group.
  std::vector<StepSpan> sum(World& world, const Group& group, const CodedCalls& calls,
                            const FusedBatch& tensors, const Tensor& gradients, int lane);

 private:
  // Where the messages of a lane are: memory that grows with them.
  using Lane = std::unique_ptr<DeviceBuffer>;

  [[nodiscard]] Tensor messages(Lane& lane, std::int64_t elements, bool real) const;
  [[nodiscard]] Tensor residual(std::int64_t tensor);
  [[nodiscard]] std::int64_t elements(std::int64_t tensor) const {
    return tensors_[static_cast<std::size_t>(tensor)];
  }
  // Calls `use` with each tensor's number, its gradients, and where its part of a message of all of
  // them begins.
  template <class Use>
  void each(const FusedBatch& tensors, const Tensor& gradients, Use use);

  std::shared_ptr<const Codec> codec_;
  std::vector<std::int64_t> tensors_;
  const Backend& backend_;
  std::vector<std::vector<float>> residuals_;  // by tensor; empty until there are numbers
  std::vector<Lane> lanes_;
};

}  // namespace rehearse
