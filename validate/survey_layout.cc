#include "validate/survey_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/contract.h"
#include "scenarios/scenario.h"
#include "validate/survey_layout_words.h"
#include "validate/survey_shape.h"

namespace rehearse {
namespace {

bool says(const SurveyRecord& record, const char* part) {
  return holds_text(record.algorithm, part) || holds_text(record.notes, part);
}

std::string counted(std::int64_t count) { return std::to_string(count); }

void grid_obstacles(const SurveyRecord& record, std::vector<std::string>& list) {
  const auto data = static_cast<std::int64_t>(record.degree("data", 0));
  if (data < 1) {
    list.emplace_back("the number of replicas is not told");
    return;
  }
  const std::int64_t replica = layout_count(record, "tensor") * layout_count(record, "pipeline") *
                               layout_count(record, "context");
  if (record.workers > 0 && data * replica != record.workers) {
    list.push_back(counted(data) + " replicas of " + counted(replica) + " devices are not " +
                   counted(record.workers));
  }
  if (record.batch % data != 0) {
    list.push_back("a batch of " + counted(record.batch) + " is not shared evenly by " +
                   counted(data) + " replicas");
    return;
  }
  const std::int64_t own = record.batch / data;
  const std::int64_t microbatch = record.degree("microbatch", 0) >= 1
                                      ? layout_count(record, "microbatch")
                                      : own / layout_count(record, "microbatches");
  if (own > 0 && (microbatch < 1 || own % microbatch != 0)) {
    list.push_back("micro-batches of " + counted(microbatch) + " do not make up the " +
                   counted(own) + " samples of a replica");
  }
}

}  // namespace

std::int64_t layout_count(const SurveyRecord& record, const std::string& name) {
  const double degree = record.degree(name, 1);
  return degree >= 1 && degree <= 1e9 ? static_cast<std::int64_t>(degree) : 1;
}

bool before_flash(const SurveyRecord& record) {
  if (record.framework != "megatron" && record.framework != "deepspeed") return false;
  if (record.devices.size() != 1 || says(record, "flash")) return false;
  const std::string& device = record.devices.front();
  return std::any_of(kBeforeHopper.begin(), kBeforeHopper.end(),
                     [&](const char* start) { return device.starts_with(start); });
}

bool laid_out(const SurveyRecord& record) {
  if (!of_language(record)) return false;
  const bool bert = !record.shape && record.zoo.starts_with("bert");
  return !bert || !beyond_data_parallel(record).empty();
}

std::int64_t replica_batch(const SurveyRecord& record) {
  return record.batch / layout_count(record, "data");
}

std::vector<std::string> layout_obstacles(const SurveyRecord& record) {
  std::vector<std::string> list;
  if (!record.strategy.empty() && record.strategy != "sync") {
    list.push_back("strategy '" + record.strategy + "' with a layout");
  }
  if (record.sequence == 0) list.emplace_back("the sequence length is not told");
  grid_obstacles(record, list);
  if (layout_count(record, "pipeline") > 1 && !record.layout.schedule.empty() &&
      schedule_word(record).empty()) {
    list.push_back("schedule '" + record.layout.schedule + "' is not known");
  }
  for (const std::string& word : unknown_recomputation(record)) {
    list.push_back("recomputation of '" + word + "' is not known");
  }
  for (const auto& [what, share] : record.layout.offload) {
    if (what != "optimizer" && what != "activations") {
      list.push_back("offload of '" + what + "' is not known");
    }
  }
  return list;
}

std::vector<std::string> layout_assumptions(const SurveyRecord& record) {
  std::vector<std::string> list;
  if (layout_count(record, "tensor") > 1 && !record.degrees.contains("sequence")) {
    list.emplace_back("layout.sequence");
  }
  if (before_flash(record)) list.emplace_back("model.flash");
  return list;
}

std::string framework_text(const SurveyRecord& record) {
  // What has a name of its own is taken as PyTorch, on which it stands.
  return kFrameworkNames.value(record.framework) ? record.framework : "pytorch";
}

std::string schedule_word(const SurveyRecord& record) {
  const std::string& word = record.layout.schedule;
  if (word.empty()) return layout_count(record, "virtual_stages") > 1 ? "interleaved" : "";
  for (const auto& [theirs, ours] : kScheduleWords) {
    if (word == theirs) return ours;
  }
  if (word != "zero_bubble") return "";
  for (const auto& [part, ours] : kZeroBubbleTexts) {
    if (says(record, part)) return ours;
  }
  return "";
}

std::vector<std::string> unknown_recomputation(const SurveyRecord& record) {
  const std::string& mode = record.layout.recompute;
  if (mode != "" && mode != "none" && mode != "selective" && mode != "full") return {mode};
  std::vector<std::string> unknown;
  for (const std::string& module : record.layout.recompute_modules) {
    if (mode == "selective" && module != "core_attn") unknown.push_back(module);
  }
  return unknown;
}

bool shares_sequences(const SurveyRecord& record) {
  if (layout_count(record, "tensor") == 1) return false;
  const bool recent = record.framework == "megatron" && !before_flash(record);
  return record.degree("sequence", recent ? 1 : 0) > 0;
}

bool sends_once(const SurveyRecord& record) {
  return record.degree("expert", 1) > 1 && (says(record, "DeepEP") || says(record, "HybridEP"));
}

LayoutOverlapWords overlap_words(const SurveyRecord& record) {
  LayoutOverlapWords words;
  if (before_flash(record) && record.framework == "megatron") {
    words.emplace_back("gradients", false);
    words.emplace_back("parameters", false);
  }
  if (says(record, "TP comm overlap") || says(record, "TP overlap")) {
    words.emplace_back("tensor", true);
  }
  const bool recent = record.framework == "megatron" && !before_flash(record);
  if (says(record, "P2P overlap") || (recent && layout_count(record, "virtual_stages") > 1)) {
    words.emplace_back("pipeline", true);
  }
  if (says(record, "EP overlap on")) words.emplace_back("expert", true);
  return words;
}

}  // namespace rehearse
