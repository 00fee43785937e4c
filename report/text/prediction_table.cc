#include <algorithm>
#include <array>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/prediction_report.h"
#include "report/text/pilot_table.h"
#include "report/text/target_table.h"
#include "report/text/text_table.h"
#include "scenarios/layout_words.h"

namespace rehearse {
namespace {

std::string interval(const Quantiles& q) {
  return to_text(Duration(q.p10)) + " – " + to_text(Duration(q.p90));
}

bool has_samples(const Prediction& prediction) {
  return std::all_of(prediction.points.begin(), prediction.points.end(),
                     [](const PredictedPoint& point) { return point.has_samples; });
}

// Of collectives without a model.
std::string times(const Prediction& prediction) {
  TextTable table({{"ranks"}, {"nodes"}, {"time p50"}, {"p10 – p90"}});
  for (const PredictedPoint& point : prediction.points) {
    table.add({grouped(point.workers), grouped(point.nodes), to_text(Duration(point.step_time.p50)),
               interval(point.step_time)});
  }
  return table.text();
}

std::string curve(const Prediction& prediction) {
  TextTable table({{"workers"},
                   {"nodes"},
                   {"global batch"},
                   {"step p50"},
                   {"p10 – p90"},
                   {"samples/s"},
                   {"efficiency"},
                   {"epoch"},
                   {"node-hours"},
                   {"memory"},
                   {"fits"}});
  for (const PredictedPoint& point : prediction.points) {
    table.add({grouped(point.workers), grouped(point.nodes), grouped(point.global_batch),
               to_text(Duration(point.step_time.p50)), interval(point.step_time),
               readable(point.samples_per_s), percent(point.efficiency),
               to_text(Duration(point.epoch_time)), readable(point.node_hours_per_epoch),
               to_text(point.memory.total()), point.fits ? "yes" : "NO"});
  }
  return table.text();
}

// "exposed comm": columns are narrow.
std::string column_of(StepPhase phase) {
  std::string name(heading(phase));
  if (const std::size_t at = name.find("communication"); at != std::string::npos) {
    name.replace(at, std::string::npos, "comm");
  }
  return name;
}

std::string breakdown(const Prediction& prediction) {
  std::vector<StepPhase> phases;
  for (const StepPhase phase : kStepPhases) {
    const bool used =
        std::any_of(prediction.points.begin(), prediction.points.end(),
                    [&](const auto& point) { return point.breakdown[phase] != Duration(0); });
    if (is_always_shown(phase) || used) phases.push_back(phase);
  }
  std::vector<TextTable::Column> columns{{"workers"}};
  for (const StepPhase phase : phases) columns.push_back({column_of(phase)});
  columns.insert(columns.end(), {{"= step"}, {"hidden comm"}, {"MFU"}, {"busiest link"}});
  columns.push_back({"", Align::left});
  TextTable table(columns);
  for (const PredictedPoint& point : prediction.points) {
    std::vector<std::string> row{grouped(point.workers)};
    for (const StepPhase phase : phases) {
      row.push_back(milliseconds(point.breakdown[phase].value()));
    }
    row.push_back(milliseconds(point.step_time.p50));
    row.push_back(milliseconds(point.communication_hidden));
    row.push_back(percent(point.model_flops_utilization));
    row.push_back(point.busiest_link.empty() ? "" : percent(point.busiest_link_utilization));
    row.push_back(point.busiest_link);
    table.add(std::move(row));
  }
  return table.text();
}

// A line for each point that is more than plain data parallelism.
std::string layouts(const Prediction& prediction) {
  std::string text;
  for (const PredictedPoint& point : prediction.points) {
    if (!point.layout) continue;
    text += "  " + grouped(point.workers) + " workers: " + to_text(*point.layout) + "\n";
  }
  return text.empty() ? "" : "\nHow the job lies on its devices:\n\n" + text;
}

}  // namespace

std::string warning_line(const Warning& warning, const Prediction& prediction) {
  std::string line = warning.what;
  if (!warning.points.empty() && warning.points.size() < prediction.points.size()) {
    std::string workers;
    for (const std::size_t index : warning.points) {
      if (index >= prediction.points.size()) continue;
      workers += (workers.empty() ? "" : ", ") + grouped(prediction.points[index].workers);
    }
    line += " (at " + workers + " workers)";
  }
  return line;
}

std::string prediction_table(const Prediction& prediction) {
  std::string text = prediction.scenario + ": fidelity " + prediction.fidelity + ", seed " +
                     std::to_string(prediction.seed) + "\n\n";
  if (has_samples(prediction)) {
    text += curve(prediction) + layouts(prediction) + "\nWhere a step goes, in ms:\n\n" +
            breakdown(prediction);
  } else {
    text += times(prediction);
  }
  if (const std::string more = target_table(prediction); !more.empty()) text += "\n" + more;
  if (prediction.pilot) text += "\n" + pilot_table(*prediction.pilot);
  if (!prediction.provenance.empty()) {
    text += "\nWhere the numbers come from:\n";
    for (const Provenance& entry : prediction.provenance) {
      text += "  [" + std::string(to_text(entry.kind)) + "] " + entry.quantity + ": " +
              entry.source + "\n";
    }
  }
  return text;
}

}  // namespace rehearse
