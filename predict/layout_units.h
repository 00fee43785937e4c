// What the pieces of a model cost on one rank of a layout: the units between which a pipeline may
// cut (kernels/models/model_part.h), each shared out over tensor, context and expert ranks.
//
//   LayoutUnits units(model, cost, Precision::bf16);
//   const UnitCost& block = units.of(1, {.tensor = 8, .sequence = true}, 2, {});   // 2 samples
//
// Units that are alike are computed once for each shape and microbatch.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "kernels/devices/cost_model.h"
#include "kernels/models/model_part.h"
#include "kernels/models/recompute.h"
#include "predict/software_factors.h"

namespace rehearse {

// What a microbatch moves over an axis.
struct UnitMove {
  Exchange::Kind kind;
  Exchange::Axis axis;
  std::int64_t ways = 1;
  Bytes bytes;      // Exchange::elements of all samples
  Duration beside;  // what is computed meanwhile: of the next product's weight gradient, or of an
                    // attention whose keys go round
  // Of the expert axis: whether forward steps go to their experts, or come back; how many there are
  // in all and serve a step; of an element of `bytes`.
  bool to_experts = false;
  std::int64_t experts = 0, active = 1;
  Bytes element{};
};

// The passes of a microbatch. On an accelerator the host runs ahead: what it takes to enqueue the
// kernels of a pass is beside the pass, which lasts for the longer of both.
struct UnitCost {
  Duration forward, backward_input, backward_weights;  // computed for a microbatch
  Duration again;                                      // forward once more, in the backward pass
  Duration host_forward, host_backward, host_again;    // enqueueing; 0 where it is part of these
  std::vector<UnitMove> forward_moves, backward_moves, moves_again;
  // Parameters that one rank holds. `experts`: of shared-out experts; `repeated`: of the others,
  // those that every tensor rank has; `embedding`: of an embedding; `tied`: the copy of it that
  // scores have which share its weights.
  std::int64_t parameters = 0, experts = 0, repeated = 0, embedding = 0, tied = 0;
  Bytes kept;       // from forward to backward, of a microbatch
  Bytes for_again;  // while it runs again: what it keeps without recomputation
  Bytes transient;  // of one operator at a time
  Bytes output;     // what it passes on, of a microbatch, on one rank
};

class LayoutUnits {
 public:
  // Borrows model and cost.
  LayoutUnits(const Model& model, const CostModel& cost, Precision precision,
              const SoftwareFactors& factors = {});

  [[nodiscard]] const std::vector<LayerRange>& ranges() const { return ranges_; }
  [[nodiscard]] std::size_t count() const { return ranges_.size(); }
  // Units of equal class cost the same.
  [[nodiscard]] std::size_t class_of(std::size_t unit) const { return classes_[unit]; }
  // Throws Error::input where the unit cannot be split so. REQUIRES: unit < count().
  const UnitCost& of(std::size_t unit, const PartShape& shape, std::int64_t microbatch,
                     const Recompute& recompute);
  [[nodiscard]] const Model& model() const { return model_; }
  // What a microbatch takes on each layer of a part, launches that the device does not wait for
  // left out.
  [[nodiscard]] std::vector<LayerTimes> times_of(const Model& part, std::int64_t microbatch) const;
  // What the host takes to enqueue a kernel; 0 where measured times hold it.
  [[nodiscard]] Duration launch() const;

 private:
  using Key = std::tuple<std::size_t, int, bool, int, ContextExchange, int, int, double, int, int,
                         std::int64_t, int>;

  [[nodiscard]] UnitCost cost_of(const ModelPart& part, const PartShape& shape,
                                 std::int64_t microbatch, const Recompute& recompute) const;

  const Model& model_;
  const CostModel& cost_;
  Precision precision_;
  SoftwareFactors factors_;
  std::vector<LayerRange> ranges_;
  std::vector<std::size_t> classes_;
  std::map<Key, UnitCost> known_;
};

}  // namespace rehearse
