#include <cmath>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/emulation_report.h"
#include "report/text/text_table.h"

namespace rehearse {
namespace {

std::string accuracy_text(const std::optional<double>& accuracy) {
  return accuracy ? percent(*accuracy) : "-";
}

std::string loss_text(double loss) {
  return std::isfinite(loss) ? significant(loss, 4) : "no number";
}

std::string staleness_text(const StalenessCounts& counts) {
  const std::optional<StalenessSummary> summary = summary_of(counts);
  if (!summary) return "none";
  return "mean " + significant(summary->mean, 3) + ", median " + significant(summary->p50, 3) +
         ", 90 % within " + significant(summary->p90, 3) + ", at most " + grouped(summary->max);
}

// Points of the curve, about so many.
std::vector<EmulatedPoint> thinned(const std::vector<EmulatedPoint>& curve, std::size_t most) {
  std::vector<EmulatedPoint> points;
  const std::size_t step = (curve.size() + most - 1) / most;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if ((curve.size() - 1 - i) % step == 0) points.push_back(curve[i]);
  }
  return points;
}

std::string target_text(const Emulation& e) {
  if (!e.samples_to_target) return "";
  return "target reached after " + to_text(Duration(*e.time_to_target)) + " and " +
         grouped(std::llround(*e.samples_to_target)) + " samples\n";
}

}  // namespace

std::string emulation_table(const Emulation& e) {
  std::string text = e.scenario + ": '" + e.strategy + "' with " + grouped(e.workers) +
                     (e.workers == 1 ? " worker" : " workers") + ", on the clock of " +
                     e.clock_model + ", arithmetic of " + e.arithmetic_model + "\n\n";
  if (!e.curve.empty()) {
    constexpr std::size_t kMostRows = 20;
    TextTable table({{"time"}, {"samples"}, {"loss"}, {"test accuracy"}});
    for (const EmulatedPoint& point : thinned(e.curve, kMostRows)) {
      table.add({to_text(Duration(point.seconds)), grouped(std::llround(point.samples)),
                 loss_text(point.loss), accuracy_text(point.test_accuracy)});
    }
    text += table.text() + "\n";
  }
  if (e.diverged) text += "the loss diverged\n";
  text += target_text(e) + "staleness: " + staleness_text(e.staleness) + "\n";
  for (const ServerLoad& server : e.servers) {
    text += "rank " + std::to_string(server.rank) + " is busy with updates for " +
            percent(server.busy_share) + " of the time\n";
  }
  for (const Warning& warning : e.warnings) {
    text += "warning [" + warning.code + "]: " + warning.what + "\n";
  }
  return text;
}

std::string emulation_table(const std::vector<std::string>& varied,
                            const std::vector<EmulatedRow>& rows) {
  std::vector<TextTable::Column> columns;
  for (const std::string& key : varied) columns.push_back({key, Align::left});
  for (const char* title : {"time", "samples", "loss", "test accuracy", "staleness", "to target"}) {
    columns.push_back({title});
  }
  TextTable table(columns);
  for (const EmulatedRow& row : rows) {
    const Emulation& e = row.emulation;
    std::vector<std::string> cells = row.values;
    if (e.curve.empty()) {
      cells.insert(cells.end(), {"-", "-", "-", "-"});
    } else {
      const EmulatedPoint& last = e.curve.back();
      cells.insert(
          cells.end(),
          {to_text(Duration(last.seconds)), grouped(std::llround(last.samples)),
           e.diverged ? "diverged" : loss_text(last.loss), accuracy_text(last.test_accuracy)});
    }
    const auto summary = summary_of(e.staleness);
    cells.push_back(summary ? significant(summary->mean, 3) : "-");
    cells.push_back(e.time_to_target ? to_text(Duration(*e.time_to_target)) : "-");
    table.add(cells);
  }
  return table.text();
}

}  // namespace rehearse
