#include <cmath>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/run_report.h"
#include "report/text/text_table.h"
#include "validate/run_measurement.h"

namespace rehearse {
namespace {

std::string test_set(const RunRecord& record) {
  if (!record.evaluation) return "";
  return "\ntest set: " + percent(record.evaluation->accuracy) + " of " +
         grouped(record.evaluation->samples) + " samples right, loss " +
         significant(record.evaluation->loss, 4) + "\n";
}

// Why the run was shorter than it might have been; empty if it was not.
std::string end_of(const RunRecord& record) {
  const std::string after =
      " after step " + grouped(static_cast<std::int64_t>(record.losses.size()));
  switch (record.ended_by) {
    case EndedBy::early_stopping:
      return "\nended early" + after + ": it no longer got better (training.early_stopping)\n";
    case EndedBy::stop_at:
      return "\nended early" + after + ": it was good enough (training.stop_at)\n";
    case EndedBy::steps:
    case EndedBy::divergence:
      return "";
  }
  return "";
}

}  // namespace

std::string run_table(const RunRecord& record) {
  if (record.ranks.front().steps.empty()) return "No step was left to do.\n" + test_set(record);
  const TypicalStep step = typical_step(record.ranks);
  const auto ranks = static_cast<std::int64_t>(record.ranks.size());
  const double rate = static_cast<double>(record.global_batch) / step.time;
  std::string text = grouped(static_cast<std::int64_t>(record.ranks.front().steps.size())) +
                     " steps on " + grouped(ranks) + (ranks == 1 ? " rank" : " ranks") + ", " +
                     significant(1e3 * step.time, 4) + " ms each, " + significant(rate, 4) +
                     " samples/s\n" + "loss " + significant(record.losses.front(), 4) + " -> " +
                     significant(record.losses.back(), 4) + "\n\n";
  TextTable table({{"phase", Align::left}, {"ms"}, {"share"}});
  const auto add = [&](const std::string& name, Duration part) {
    table.add({name, significant(1e3 * part.value(), 4), percent(part.value() / step.time)});
  };
  for (const StepPhase phase : kStepPhases) {
    const Duration part = step.parts[phase];
    const bool shown = is_always_shown(phase) || phase == StepPhase::input_wait;
    if (shown || part != Duration(0)) add(std::string(heading(phase)), part);
  }
  add("(hidden communication)", step.hidden_communication);
  return text + table.text() + test_set(record) + end_of(record);
}

}  // namespace rehearse
