// How a job is laid out over its devices: degrees of parallelism, what is sharded, the schedule of
// the pipeline and what is computed again.
//
// A rank has a place on each axis (runtime/parallel/process_grid.h). `data` replicas, each of
// tensor x pipeline x context ranks, take samples of their own. Where images are shared out, a
// replica has a rank for each tile instead (kernels/models/tiles.h), and no other axis. Experts are
// shared out over a grid of their own over the same ranks (Megatron-LM's folding): expert_tensor x
// expert x copies = tensor x context x data, pipeline stages as before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/enum_names.h"
#include "kernels/models/model_part.h"
#include "kernels/models/recompute.h"
#include "runtime/parallel/pipeline_schedule.h"

namespace rehearse {

// What goes on while a device computes.
struct LayoutOverlap {
  bool gradients = true;   // their reduction, under the last backward pass
  bool parameters = true;  // their gathering, under the first forward pass
  bool tensor = false;     // exchanges of the tensor axis, under the products next to them
  bool pipeline = false;   // messages between stages
  bool expert = false;     // steps on their way to experts and back, under another microbatch
  double slowdown = 1;     // of what is computed meanwhile, >= 1

  bool operator==(const LayoutOverlap&) const = default;
};

// How steps come to their experts: a copy for each expert that serves a step (all-to-all of NCCL),
// or one that crosses to each node once and is handed on there, once to each rank with experts of
// it (DeepSeek-AI, arXiv:2412.19437, section 3.2.2; DeepEP). Results come back the same way, summed
// before they leave a rank and a node.
enum class ExpertDispatch : std::uint8_t { all_to_all, deduplicated };

inline constexpr auto kExpertDispatchNames =
    enum_names<ExpertDispatch>("all_to_all", "deduplicated");

struct Layout {
  int data = 1, tensor = 1, pipeline = 1, context = 1, expert = 1, expert_tensor = 1;
  Tiles tiles{};          // of an image; above one beside `data` alone
  bool sequence = false;  // sequence parallelism: what tensor ranks would repeat is shared out
  // 1: optimizer states are sharded, 2: gradients too, 3: parameters too (Rajbhandari et al.,
  // arXiv:1910.02054).
  int zero = 0;
  int shard_group = 1;  // ranks that share one copy under `zero`
  PipelineSchedule schedule = PipelineSchedule::one_f_one_b;
  int virtual_stages = 1;  // parts of the model on a stage
  std::int64_t microbatch = 1, microbatches = 1;
  std::vector<int> stages{};  // blocks of each part, in the order of the model; empty: even
  Recompute recompute{};
  double offload_optimizer = 0, offload_activations = 0;  // shares in host memory
  double expert_imbalance = 1;  // steps of the expert that serves most, of the mean
  ExpertDispatch expert_dispatch = ExpertDispatch::all_to_all;
  int expert_nodes = 0;     // whose experts serve a step at most, as the router chooses; 0: any
  bool expert_fp8 = false;  // steps go to their experts in fp8, with a scale of 4 bytes for 128
  ContextExchange context_exchange = ContextExchange::ring;
  std::string order = "tp-cp-ep-dp-pp";  // of ranks: the first varies fastest
  LayoutOverlap overlap{};

  // Ranks that have the same parameters and share each sample.
  [[nodiscard]] int sharers() const { return context * tiles.count(); }
  [[nodiscard]] int replica() const { return tensor * pipeline * sharers(); }
  [[nodiscard]] int ranks() const { return data * replica(); }
  // Whether every rank has all of the model, takes its samples at once and shares nothing.
  [[nodiscard]] bool is_plain() const {
    return replica() == 1 && expert == 1 && zero == 0 && microbatches == 1 &&
           offload_optimizer == 0 && offload_activations == 0;
  }
};

}  // namespace rehearse
