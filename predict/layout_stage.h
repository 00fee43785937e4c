// What a stage of a pipeline does once a step, whatever the order of its microbatches: it sums
// gradients, updates parameters and gathers them, and holds their states.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/devices/cost_model.h"
#include "kernels/models/device_memory.h"
#include "predict/layout_exchanges.h"
#include "predict/layout_parts.h"
#include "runtime/parallel/pipeline_timeline.h"
#include "scenarios/scenario.h"

namespace rehearse {

// What of a step takes longer than its middle: factors on times.
struct LayoutFactors {
  double compute = 1;    // of the slowest device
  double bandwidth = 1;  // of what is not latency
  double latency = 1;

  [[nodiscard]] double of(const ExchangeTime& time) const {
    return (time.seconds - time.latency) * bandwidth + time.latency * latency;
  }
};

// The parameters of one rank of a stage, all its parts together.
struct StageParameters {
  std::int64_t dense = 0, experts = 0;
  std::int64_t repeated = 0;   // of the dense ones, that every tensor rank has
  std::int64_t embedding = 0;  // tied, and held by another stage as well; 0: none
  std::int64_t largest = 0;    // of a unit

  void add(const PartCost& part);
};

// Of a stage with these parts. Scores that share the weights of an embedding have a copy of them
// where the embedding is on another stage. `ties`: the last part of the model has such scores.
StageParameters parameters_of(const std::vector<const PartCost*>& parts, bool ties);

// Seconds once a step.
struct StageWork {
  ExchangeTime reduce, last_reduce;   // gradients; of it, the last bucket
  ExchangeTime gather, first_gather;  // parameters; of it, the first bucket
  ExchangeTime ends;                  // gradients of what tensor ranks repeat, of tied embeddings
  double optimizer = 0, offload = 0;
};

// What a job and its layout have in common for all stages.
struct LayoutContext {
  const Scenario& scenario;
  const CostModel& cost;
  const Layout& layout;
  LayoutExchanges& exchanges;

  // Ranks that share the states of dense parameters or of experts.
  [[nodiscard]] double shards(bool experts) const;
};

StageWork work_of(const StageParameters& stage, const LayoutContext& context);

// Of a microbatch on a part under zero 2 and 3, whose units are gathered as they are needed and
// whose gradients are shared out every time. `beside`: what the part computes in each direction, s.
struct StreamedUnits {
  double forward = 0, backward = 0;  // waited for beyond computing, s
  double hidden = 0;
};
StreamedUnits streamed(const PartCost& part, double forward, double backward,
                       const LayoutContext& context, const LayoutFactors& factors);

// A microbatch on a part, with all that the part waits for.
struct PartStep {
  PartTimes times;
  double computed = 0, again = 0, waits = 0, host = 0;  // of them, s
  double hidden = 0;                                    // communication beside, s
};
// `streams`: with the waits for gathering and sharing out units under zero 2 and 3; without them,
// computing is slowed down by what goes on beside it all the same.
PartStep part_step(const PartCost& part, const LayoutContext& context, const LayoutFactors& factors,
                   bool streams = true);

// What a stage waits for once a step: behind its last backward pass, and before its first forward
// pass, during which it computes for so long.
struct StageWaits {
  double reduce = 0, gather = 0, hidden = 0;
};
StageWaits waits_of(const StageWork& work, double last_backward, double first_forward,
                    const LayoutContext& context, const LayoutFactors& factors);

// What is left of an exchange when so much is computed beside it; at least `least`.
double beyond(const ExchangeTime& all, const ExchangeTime& least, double beside,
              const LayoutFactors& factors);

// Everything but activations and transient memory.
DeviceMemory states_of(const StageParameters& stage, const LayoutContext& context);

// Gradients that are added up where they are kept move more bytes than ones that are written anew:
// by so much a microbatch takes longer for the gradients of a part's weights, s.
double accumulation(const PartCost& part, const LayoutContext& context);

// What the ranks of a stage send the next one, of a microbatch.
ExchangeTime stage_message(Bytes output, const LayoutContext& context);

// Whether the framework goes on with gradients of weights while a tensor axis sums those of inputs,
// and sends a share of each message from each tensor rank, gathered in the node (Megatron-LM,
// DeepSpeed).
bool is_megatron_like(const Scenario& scenario);

}  // namespace rehearse
