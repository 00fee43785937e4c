#include <initializer_list>
#include <optional>

#include "base/numbers.h"
#include "report/prediction_report.h"

namespace rehearse {
namespace {

// Empty where there is no number.
void add(std::string& row, std::optional<double> value) {
  row += "," + (value ? exact(*value) : "");
}

}  // namespace

std::string prediction_csv(const Prediction& prediction) {
  std::string text =
      "workers,nodes,global_batch,step_time_p10_s,step_time_p50_s,step_time_p90_s,samples_per_s,"
      "speedup,efficiency,";
  for (const StepPhase phase : kStepPhases) text += std::string(to_text(phase)) + "_s,";
  text +=
      "hidden_communication_s,model_flops_utilization,"
      "memory_bytes,fits,epoch_time_s,node_hours_per_epoch,energy_per_epoch_j,staleness_mean,"
      "goodput,"
      "samples_to_target,time_to_target_p10_s,time_to_target_p50_s,time_to_target_p90_s,"
      "node_hours_to_target\n";
  for (const PredictedPoint& p : prediction.points) {
    const auto of_samples = [&](double value) {
      return p.has_samples ? std::optional(value) : std::nullopt;
    };
    std::string row = std::to_string(p.workers) + "," + std::to_string(p.nodes) + "," +
                      (p.has_samples ? std::to_string(p.global_batch) : "");
    for (const double value : {p.step_time.p10, p.step_time.p50, p.step_time.p90}) add(row, value);
    for (const double value : {p.samples_per_s, p.speedup, p.efficiency})
      add(row, of_samples(value));
    for (const StepPhase phase : kStepPhases) add(row, p.breakdown[phase].value());
    add(row, p.communication_hidden);
    add(row, of_samples(p.model_flops_utilization));
    add(row, of_samples(p.memory.total().value()));
    row += std::string(",") + (p.has_samples ? (p.fits ? "true" : "false") : "");
    for (const double value : {p.epoch_time, p.node_hours_per_epoch, p.energy_per_epoch}) {
      add(row, of_samples(value));
    }
    add(row, p.staleness ? std::optional(p.staleness->mean) : std::nullopt);
    add(row, p.goodput);
    const auto to_target = [&](auto value) {
      add(row, p.to_target ? std::optional<double>(value(*p.to_target)) : std::nullopt);
    };
    to_target([](const ToTarget& t) { return t.samples; });
    to_target([](const ToTarget& t) { return t.time.p10; });
    to_target([](const ToTarget& t) { return t.time.p50; });
    to_target([](const ToTarget& t) { return t.time.p90; });
    to_target([](const ToTarget& t) { return t.node_hours; });
    text += row + "\n";
  }
  return text;
}

}  // namespace rehearse
