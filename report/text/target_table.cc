#include "report/text/target_table.h"

#include <algorithm>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "predict/to_target.h"
#include "report/text/text_table.h"

namespace rehearse {
namespace {

bool any(const Prediction& prediction, bool (*has)(const PredictedPoint&)) {
  return std::ranges::any_of(prediction.points, has);
}

std::string heading(const Prediction& prediction, bool goodput) {
  if (!prediction.target.empty()) {
    return "Until " + prediction.target + (goodput ? ", failures counted" : "") + ":";
  }
  return goodput ? "The share of time that failures leave:" : "How old the weights are:";
}

}  // namespace

std::string target_table(const Prediction& prediction) {
  const bool goodput = any(prediction, [](const auto& p) { return p.goodput.has_value(); });
  const bool staleness = any(prediction, [](const auto& p) { return p.staleness.has_value(); });
  const bool target = any(prediction, [](const auto& p) { return p.to_target.has_value(); });
  if (!goodput && !staleness && !target) return "";
  std::vector<TextTable::Column> columns{{"workers"}};
  if (goodput) columns.insert(columns.end(), {{"goodput"}, {"of a run p10 – p90"}});
  if (staleness) columns.insert(columns.end(), {{"mean staleness"}, {"p90"}});
  if (target) {
    columns.insert(columns.end(), {{"samples"}, {"time p50"}, {"p10 – p90"}, {"node-hours"}});
    columns.push_back({"", Align::left});
  }
  const std::optional<std::size_t> best = best_scale(prediction.points);
  TextTable table(columns);
  for (std::size_t i = 0; i < prediction.points.size(); ++i) {
    const PredictedPoint& p = prediction.points[i];
    std::vector<std::string> row{grouped(p.workers)};
    if (goodput) {
      row.push_back(p.goodput ? percent(*p.goodput) : "");
      row.push_back(p.goodput_interval ? percent(p.goodput_interval->p10) + " – " +
                                             percent(p.goodput_interval->p90)
                                       : "");
    }
    if (staleness) {
      row.push_back(p.staleness ? fixed(p.staleness->mean, 2) : "");
      row.push_back(p.staleness ? fixed(p.staleness->p90, 2) : "");
    }
    if (p.to_target) {
      const ToTarget& t = *p.to_target;
      const bool stops = best == i && i + 1 < prediction.points.size();
      row.insert(row.end(), {grouped(t.samples), to_text(Duration(t.time.p50)),
                             to_text(Duration(t.time.p10)) + " – " + to_text(Duration(t.time.p90)),
                             readable(t.node_hours), stops ? "<- more workers do not help" : ""});
    }
    row.resize(columns.size());
    table.add(std::move(row));
  }
  return heading(prediction, goodput) + "\n\n" + table.text();
}

}  // namespace rehearse
