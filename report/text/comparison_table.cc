#include <algorithm>
#include <set>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/comparison.h"
#include "report/prediction_report.h"
#include "report/text/text_table.h"

namespace rehearse {
namespace {

const PredictedPoint* point_at(const Prediction& prediction, std::int64_t workers) {
  for (const PredictedPoint& point : prediction.points) {
    if (point.workers == workers) return &point;
  }
  return nullptr;
}

using Cells = std::vector<std::string>;

Cells cells_of(const ComparedNetwork& network) {
  const NetworkCost& cost = network.cost;
  const bool priced = cost.unpriced.empty();
  return {network.shape,
          grouped(cost.nodes),
          grouped(cost.switches),
          grouped(cost.electrical_cables),
          grouped(cost.optical_cables),
          priced ? grouped(cost.total()) : "?",
          priced ? grouped(cost.per_endpoint()) : "?"};
}

// A row per network; one row where all are the same.
std::string networks_table(const Comparison& comparison) {
  std::vector<Cells> networks, values;
  for (const ComparedRow& row : comparison.rows) {
    if (!row.network) continue;
    networks.push_back(cells_of(*row.network));
    values.push_back(row.values);
  }
  if (networks.empty()) return "";
  const auto is_first = [&](const Cells& cells) { return cells == networks.front(); };
  const bool same = networks.size() > 1 && std::ranges::all_of(networks, is_first);
  if (same) networks.resize(1);
  std::vector<TextTable::Column> columns;
  if (!same) {
    for (const std::string& header : short_keys(comparison.varied)) {
      columns.push_back({header, Align::left});
    }
  }
  columns.insert(columns.end(), {{"shape", Align::left},
                                 {"nodes"},
                                 {"switches"},
                                 {"electrical cables"},
                                 {"optical cables"},
                                 {"cost"},
                                 {"per endpoint"}});
  TextTable table(columns);
  for (std::size_t i = 0; i < networks.size(); ++i) {
    Cells cells = same ? Cells{} : values[i];
    cells.insert(cells.end(), networks[i].begin(), networks[i].end());
    table.add(std::move(cells));
  }
  return std::string(same ? "\nThe network of all rows" : "\nThe networks") + ", in " +
         comparison.currency + " with cables and NICs:\n\n" + table.text();
}

// Columns of scenarios with faults or a target, where a row has them.
class InTheEnd {
 public:
  explicit InTheEnd(const Comparison& comparison) {
    for (const ComparedRow& row : comparison.rows) {
      for (const PredictedPoint& point : row.prediction.points) {
        goodput_ = goodput_ || point.goodput;
        staleness_ = staleness_ || point.staleness;
        target_ = target_ || point.to_target;
      }
    }
  }

  void add_columns(std::vector<TextTable::Column>& columns) const {
    if (goodput_) columns.push_back({"goodput"});
    if (staleness_) columns.push_back({"mean staleness"});
    if (target_) columns.insert(columns.end(), {{"time to target"}, {"node-hours to it"}});
  }

  void add_cells(const PredictedPoint& point, Cells& cells) const {
    if (goodput_) cells.push_back(point.goodput ? percent(*point.goodput) : "");
    if (staleness_) cells.push_back(point.staleness ? fixed(point.staleness->mean, 2) : "");
    if (!target_) return;
    cells.push_back(point.to_target ? to_text(Duration(point.to_target->time.p50)) : "");
    cells.push_back(point.to_target ? readable(point.to_target->node_hours) : "");
  }

 private:
  bool goodput_ = false, staleness_ = false, target_ = false;
};

}  // namespace

std::vector<std::string> short_keys(const std::vector<std::string>& keys) {
  std::vector<std::string> result;
  for (const std::string& key : keys) result.push_back(key.substr(key.rfind('.') + 1));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (std::count(result.begin(), result.end(), result[i]) > 1) result[i] = keys[i];
  }
  return result;
}

std::string comparison_table(const Comparison& comparison) {
  if (comparison.rows.empty()) return "";
  std::vector<TextTable::Column> columns{{"workers"}};
  for (const std::string& header : short_keys(comparison.varied)) {
    columns.push_back({header, Align::left});
  }
  columns.insert(columns.end(), {{"step p50"},
                                 {"p10 – p90"},
                                 {"against first"},
                                 {"samples/s"},
                                 {"efficiency"},
                                 {"exposed comm"},
                                 {"straggler wait"},
                                 {"memory"}});
  const InTheEnd in_the_end(comparison);
  in_the_end.add_columns(columns);
  TextTable table(columns);
  std::set<std::int64_t> workers;
  for (const ComparedRow& row : comparison.rows) {
    for (const PredictedPoint& point : row.prediction.points) workers.insert(point.workers);
  }
  for (const std::int64_t count : workers) {
    const PredictedPoint* first = nullptr;
    for (const ComparedRow& row : comparison.rows) {
      const PredictedPoint* point = point_at(row.prediction, count);
      if (point == nullptr) continue;
      std::vector<std::string> cells{grouped(count)};
      cells.insert(cells.end(), row.values.begin(), row.values.end());
      const std::string against =
          first == nullptr ? "" : signed_percent(point->step_time.p50 / first->step_time.p50 - 1);
      if (first == nullptr) first = point;
      cells.insert(cells.end(),
                   {to_text(Duration(point->step_time.p50)),
                    to_text(Duration(point->step_time.p10)) + " – " +
                        to_text(Duration(point->step_time.p90)),
                    against, point->has_samples ? readable(point->samples_per_s) : "",
                    point->has_samples ? percent(point->efficiency) : "",
                    to_text(point->breakdown[StepPhase::exposed_communication]),
                    to_text(point->breakdown[StepPhase::straggler_wait]),
                    to_text(point->memory.total()) + (point->fits ? "" : " (too large)")});
      in_the_end.add_cells(*point, cells);
      table.add(std::move(cells));
    }
  }
  const Prediction& any = comparison.rows.front().prediction;
  std::string text = any.scenario + ": seed " + std::to_string(any.seed) + "\n\n" + table.text();
  text += networks_table(comparison);
  return text;
}

}  // namespace rehearse
