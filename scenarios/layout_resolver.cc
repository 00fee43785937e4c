// Scenario::layout_at: what of a layout follows from the number of devices, and whether model,
// batch and devices divide by it.
#include <algorithm>
#include <string>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/models/pipeline_cut.h"
#include "runtime/parallel/model_parts.h"
#include "runtime/parallel/process_grid.h"
#include "scenarios/scenario.h"

namespace rehearse {
namespace {

std::string text(std::int64_t number) { return std::to_string(number); }

class Resolver {
 public:
  Resolver(const Scenario& scenario, std::int64_t count)
      : s_(scenario), count_(count), layout_(scenario.parallelism.layout) {}

  Layout resolve() {
    layout_.recompute = s_.parallelism.recompute;
    share_out_devices();
    share_out_samples();
    if (layout_.is_plain()) return layout_;
    expect_even_batch();
    expect_schedule();
    expect_shares();
    try {
      expect_grid(layout_);
    } catch (const Error& error) {
      throw error.at(s_.file, "/training/parallelism");
    }
    cut_stages();
    return layout_;
  }

 private:
  [[nodiscard]] Error error(const std::string& key, std::string what, std::string why,
                            std::string remedy) const {
    return Error::input(std::move(what), std::move(why), std::move(remedy))
        .at(s_.file, "/training/parallelism" + (key.empty() ? "" : "/" + key));
  }

  void share_out_devices() {
    const std::int64_t replica = layout_.replica();
    if (count_ % replica != 0) {
      throw error("", text(count_) + " devices do not form replicas of " + text(replica),
                  std::string(layout_.tiles.count() > 1
                                  ? "spatial has as many tiles"
                                  : "tensor x pipeline x context is " + text(replica)),
                  "use a multiple of " + text(replica));
    }
    const std::int64_t data = count_ / replica;
    if (layout_.data != 0 && layout_.data != data) {
      throw error("data",
                  text(layout_.data) + " replicas of " + text(replica) + " take " +
                      text(layout_.data * replica) + " devices, not " + text(count_),
                  "", "use \"auto\", or sweep.workers [" + text(layout_.data * replica) + "]");
    }
    layout_.data = static_cast<int>(data);
    if (layout_.zero == 0) {
      layout_.shard_group = 1;
    } else if (layout_.shard_group == 0) {
      layout_.shard_group = layout_.data * layout_.sharers();
    }
  }

  void share_out_samples() {
    const std::int64_t batch = s_.worker_batch(count_);
    if (!s_.parallelism.microbatch_given) layout_.microbatch = layout_.pipeline > 1 ? 1 : batch;
    if (batch % layout_.microbatch != 0) {
      throw error("microbatch",
                  "a batch of " + text(batch) + " per replica does not divide by microbatches of " +
                      text(layout_.microbatch),
                  text(layout_.data) + " replicas on " + text(count_) + " devices",
                  "use a divisor, or another training.batch");
    }
    layout_.microbatches = batch / layout_.microbatch;
  }

  void expect_even_batch() const {
    if (s_.scaling == Scaling::weak || s_.global_batch % layout_.data == 0) return;
    throw Error::input("a global batch of " + text(s_.global_batch) +
                           " cannot be dealt evenly to " + text(layout_.data) + " replicas",
                       "strong scaling keeps the global batch", "use a multiple")
        .at(s_.file, "/training/batch");
  }

  void expect_schedule() const {
    if (layout_.pipeline == 1) return;
    const std::string word(kPipelineScheduleNames.text(layout_.schedule));
    const std::int64_t stages = layout_.pipeline, batches = layout_.microbatches;
    if (layout_.schedule == PipelineSchedule::interleaved && batches % stages != 0) {
      throw error("microbatch",
                  text(batches) + " microbatches do not divide by " + text(stages) + " stages",
                  "schedule 'interleaved' passes them on in rounds of as many",
                  "change training.batch, microbatch or pipeline");
    }
    if (!is_dualpipe(layout_.schedule)) return;
    const bool both_ways = layout_.schedule == PipelineSchedule::dualpipe;
    if (both_ways && stages % 2 != 0) {
      throw error("pipeline", "schedule 'dualpipe' needs an even number of stages",
                  "each holds two parts, one of either direction", "use an even number");
    }
    if (batches < 2 * stages || (both_ways && batches % 2 != 0)) {
      throw error("microbatch",
                  text(batches) + " microbatches are no work for schedule '" + word + "'",
                  "it needs " + std::string(both_ways ? "an even number, " : "") + "at least " +
                      text(2 * stages) + " with " + text(stages) + " stages",
                  "change training.batch, microbatch or pipeline");
    }
  }

  // Heads, steps and experts.
  void expect_shares() const {
    for (const Layer& layer : s_.model->layers()) {
      const std::int64_t heads = layer.attention.heads, experts = layer.experts.experts;
      const std::int64_t ways =
          layout_.context_exchange == ContextExchange::all_to_all ? layout_.context : 1;
      if (heads > 0 && heads % (layout_.tensor * ways) != 0) {
        throw error(ways > 1 ? "context" : "tensor",
                    "the " + text(heads) + " heads of '" + layer.name + "' do not divide by " +
                        text(layout_.tensor * ways),
                    "every rank has whole heads", "use a divisor");
      }
      if (experts > 0) expect_experts(layer);
    }
    expect_sequence();
  }

  void expect_experts(const Layer& layer) const {
    const ExpertShape& shape = layer.experts;
    const bool same_steps = layout_.tensor > 1 && !layout_.sequence;
    if (shape.experts % layout_.expert != 0) {
      throw error("expert",
                  "the " + text(shape.experts) + " experts of '" + layer.name +
                      "' do not divide by " + text(layout_.expert),
                  "", "use a divisor");
    }
    if (shape.features % layout_.expert_tensor != 0) {
      throw error("expert_tensor",
                  "the " + text(shape.features) + " features of the experts of '" + layer.name +
                      "' do not divide by " + text(layout_.expert_tensor),
                  "", "use a divisor");
    }
    if (same_steps && layout_.expert_tensor != layout_.tensor) {
      throw error("sequence",
                  "experts over " + text(layout_.expert_tensor) + " of " + text(layout_.tensor) +
                      " tensor ranks need sequence parallelism",
                  "without it these ranks all have the same steps",
                  "use true, or expert_tensor " + text(layout_.tensor));
    }
  }

  void expect_sequence() const {
    const std::int64_t steps = s_.model->input_shape().sequence;
    const std::int64_t ranks = layout_.sequence ? layout_.tensor : 1;
    const bool context = layout_.context > 1;
    const std::int64_t chunks = ranks * layout_.context * (context ? 2 : 1);
    if (steps % chunks == 0) return;
    throw error(context ? "context" : "sequence",
                "a sequence of " + text(steps) + " does not divide by " + text(chunks),
                context ? "each context rank has two chunks of it" : "tensor ranks share it out",
                "change data.sequence or use a divisor");
  }

  void cut_stages() {
    const int parts = model_parts(layout_);
    const int blocks = block_count(*s_.model);
    if (parts > blocks) {
      throw error("pipeline",
                  text(parts) + " parts for the " + text(blocks) + " blocks of the model",
                  "a stage without any has nothing to do", "use fewer stages");
    }
    if (layout_.stages.empty()) {
      layout_.stages = even_cut(blocks, parts);
      return;
    }
    if (static_cast<int>(layout_.stages.size()) != parts) {
      throw error("stages",
                  text(static_cast<std::int64_t>(layout_.stages.size())) + " entries for " +
                      text(parts) + " parts of the model",
                  "pipeline is " + text(layout_.pipeline) + ", with schedule '" +
                      std::string(kPipelineScheduleNames.text(layout_.schedule)) + "'",
                  "give one for each part");
    }
    std::int64_t sum = 0;
    for (const int count : layout_.stages) sum += count;
    if (sum == blocks) return;
    throw error("stages", "the stages have " + text(sum) + " blocks together",
                "the model has " + text(blocks), "let them add up to that");
  }

  const Scenario& s_;
  std::int64_t count_;
  Layout layout_;
};

}  // namespace

Layout Scenario::layout_at(std::int64_t count) const {
  EXPECTS(model != nullptr && count >= 1);
  return Resolver(*this, count).resolve();
}

}  // namespace rehearse
