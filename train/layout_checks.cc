// What of a layout a real run refuses, and where its ranks keep checkpoints.
#include "base/error.h"
#include "kernels/models/ops/layer_op.h"
#include "scenarios/laid_out.h"
#include "scenarios/parallelism_reader.h"
#include "train/layout_run.h"

namespace rehearse {

void expect_trainable_parts(const Scenario& scenario, int ranks) {
  const Layout layout = scenario.layout_at(ranks);
  const auto refuse = [&](const std::string& key, const std::string& what, const std::string& why,
                          const std::string& remedy) {
    throw Error::input(what, why, remedy).at(scenario.file, "/training/parallelism/" + key);
  };
  if (layout.context > 1) {
    refuse("context", "training with context parallelism does not work yet",
           "attention is computed over all steps on one rank",
           "use tensor and sequence, or predict");
  }
  if (layout.tiles.count() > 1) {
    refuse("spatial", "training with tiles of images does not work",
           "the kernels compute whole images", "predict, or leave it out");
  }
  using enum PipelineSchedule;
  const bool whole_passes =
      layout.schedule == gpipe || layout.schedule == one_f_one_b || layout.schedule == interleaved;
  if (layout.pipeline > 1 && !whole_passes) {
    refuse("schedule",
           "training with schedule '" + std::string(kPipelineScheduleNames.text(layout.schedule)) +
               "' does not work yet",
           "the kernels compute both parts of a backward pass at once",
           "use gpipe, 1f1b or interleaved");
  }
  if (layout.expert_dispatch != ExpertDispatch::all_to_all || layout.expert_fp8) {
    refuse(layout.expert_fp8 ? "expert_fp8" : "expert_dispatch",
           "training with another dispatch than a copy for each expert does not work yet",
           "the ranks swap steps in one round, as they are", "use all_to_all without expert_fp8");
  }
  if (layout.offload_optimizer > 0 || layout.offload_activations > 0) {
    refuse("offload", "training with offload does not work", "all memory here is the host's",
           "leave it out");
  }
  if (scenario.gradient_precision.value_or(Precision::fp32) != Precision::fp32) {
    throw Error::input("gradients of this layout travel in fp32", "they are summed as they are",
                       "use --set training.gradient_precision=fp32")
        .at(scenario.file, "/training/gradient_precision");
  }
  if (is_layerwise(scenario.optimizer.rule) &&
      (layout.tensor > 1 || layout.zero > 0 || layout.expert > 1)) {
    throw Error::input("'" + scenario.optimizer.rule.name + "' does not work with this layout",
                       "it needs the norms of whole tensors, of which ranks have parts",
                       "use sgd or adamw")
        .at(scenario.file, "/training/optimizer/name");
  }
  for (const Layer& layer : scenario.model->layers()) {
    if (layer.attention.kv_heads > 0 && layer.attention.kv_heads % layout.tensor != 0) {
      refuse("tensor",
             "the " + std::to_string(layer.attention.kv_heads) + " heads of keys and values of '" +
                 layer.name + "' do not divide by " + std::to_string(layout.tensor),
             "a real run does not share one of them", "use a divisor");
    }
    if (op_of(layer.kind).statistics(layer) > 0) {
      refuse(beyond_data(scenario.parallelism),
             "training '" + layer.name + "' with this layout does not work",
             "batch normalisation sees one microbatch at a time", "use data parallelism alone");
    }
  }
}

std::string checkpoints_of(const Scenario& scenario, int ranks, int rank,
                           const std::string& folder) {
  if (folder.empty() || !is_laid_out(scenario, ranks)) return folder;
  return folder + "/rank-" + std::to_string(rank);
}

}  // namespace rehearse
