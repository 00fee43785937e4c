#include "train/job_identity.h"

#include <array>
#include <cinttypes>
#include <cstdio>

#include "base/error.h"
#include "base/quantity_text.h"
#include "kernels/models/model.h"
#include "runtime/checkpoint/checksum.h"

namespace rehearse {

namespace {

std::string text_of(const LearningRateOptions& rate) {
  std::string text = "lr " + significant(rate.lr, 6) + " scaling " +
                     std::string(kLearningRateScalingNames.text(rate.scaling)) + " warmup " +
                     significant(rate.warmup_epochs, 6);
  for (const double epoch : rate.decay_epochs) text += " decay at " + significant(epoch, 6);
  return rate.decay_epochs.empty() ? text : text + " by " + significant(rate.decay, 6);
}

std::string text_of(const OptimizerOptions& rule) {
  return rule.name + " momentum " + significant(rule.momentum, 6) + " weight decay " +
         significant(rule.weight_decay, 6) + " trust " + significant(rule.trust, 6);
}

// Everything that a layer computes follows from this; its name does not matter.
std::string text_of(const Layer& layer) {
  std::string text(to_text(layer.kind));
  for (const std::size_t input : layer.inputs) text += " from " + std::to_string(input);
  const Window& w = layer.window;
  for (const std::int64_t number :
       {w.kernel_height, w.kernel_width, w.stride_height, w.stride_width, w.padding_height,
        w.padding_width, layer.groups, std::int64_t{layer.bias}, layer.lrn_size}) {
    text += " " + std::to_string(number);
  }
  return text + " " + significant(layer.dropout_rate, 9) + " to " + to_text(layer.output) + "\n";
}

std::string layers_hash(const Model& model) {
  Checksum sum;
  for (const Layer& layer : model.layers()) {
    const std::string text = text_of(layer);
    sum.add(text.data(), text.size());
  }
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016" PRIx64, sum.digest());
  return digits.data();
}

// What lowers the rate while the run goes on; empty if nothing does.
std::string text_of(const Scenario& s) {
  if (!s.stopping.plateau) return "";
  const PlateauOptions& plateau = *s.stopping.plateau;
  return " plateau of " + std::string(kMetricNames.text(plateau.watch.metric)) + " for " +
         std::to_string(plateau.watch.patience) + " by " + significant(plateau.watch.min_delta, 6) +
         " times " + significant(plateau.factor, 6) + " down to " + significant(plateau.min_lr, 6) +
         " every " + std::to_string(s.stopping.evaluate_every);
}

// What is not fp32.
std::string text_of(Precision precision) {
  return precision == Precision::fp32 ? "" : ", in " + std::string(to_text(precision));
}

// Where a rank has not all of the model; empty if every rank has.
std::string text_of(const Layout& layout) {
  if (layout.is_plain()) return "";
  const auto part = [](const char* name, std::int64_t number) {
    return std::string(" ") + name + " " + std::to_string(number);
  };
  std::string text = ", layout of";
  text += part("data", layout.data) + part("tensor", layout.tensor);
  text += part("pipeline", layout.pipeline) + part("expert", layout.expert);
  text += part("expert_tensor", layout.expert_tensor) + part("sequence", layout.sequence ? 1 : 0);
  text += part("zero", layout.zero) + part("shard_group", layout.shard_group);
  text += part("virtual_stages", layout.virtual_stages) + part("microbatch", layout.microbatch);
  text += " schedule " + std::string(kPipelineScheduleNames.text(layout.schedule)) + " stages";
  for (const int blocks : layout.stages) text += " " + std::to_string(blocks);
  return text + " order " + layout.order;
}

// `layers`: what is said of them.
std::string identity(const Scenario& s, int workers, const std::string& layers) {
  return "model " + s.model->name() + " of " + std::to_string(s.model->parameter_count()) +
         " parameters" + layers + ", " + std::to_string(s.samples) + " " +
         to_text(s.source.format) + " samples in batches of " +
         std::to_string(s.global_batch_at(workers)) + ", optimizer " + text_of(s.optimizer.rule) +
         ", " + text_of(s.optimizer.rate) + text_of(s) + text_of(s.precision) + ", seed " +
         std::to_string(s.seed) + text_of(s.layout_at(workers));
}

}  // namespace

std::string job_identity(const Scenario& scenario, int workers) {
  return identity(scenario, workers, " in layers " + layers_hash(*scenario.model));
}

void expect_same_job(const Checkpoint& checkpoint, const Scenario& scenario, int workers) {
  if (checkpoint.workers != workers) {
    throw Error::input("the checkpoint was written by " + std::to_string(checkpoint.workers) +
                           " ranks, this run has " + std::to_string(workers),
                       "", "resume with --ranks " + std::to_string(checkpoint.workers));
  }
  const std::string job = job_identity(scenario, workers);
  if (checkpoint.identity == job) return;
  // Checkpoints of earlier versions say nothing of the layers.
  if (checkpoint.identity == identity(scenario, workers, "")) return;
  throw Error::input("the checkpoint is of another job",
                     "it is of " + checkpoint.identity + "; this is " + job,
                     "resume with the scenario that wrote it");
}

}  // namespace rehearse
