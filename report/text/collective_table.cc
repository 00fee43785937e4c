#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/contract.h"
#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/collective_report.h"
#include "report/text/text_table.h"

namespace rehearse {
namespace {

const CollectiveRow* row_of(const CollectivePrediction& prediction, double bytes) {
  const auto row = std::find_if(prediction.rows.begin(), prediction.rows.end(),
                                [&](const CollectiveRow& r) { return r.bytes == bytes; });
  return row == prediction.rows.end() ? nullptr : &*row;
}

std::string interval(const Quantiles& q) {
  return to_text(Duration(q.p10)) + " – " + to_text(Duration(q.p90));
}

std::string gigabytes(double bytes_per_s) { return readable(bytes_per_s * 1e-9); }

std::string predicted(const CollectiveReport& report) {
  const auto& rows = report.prediction.rows;
  const bool protocols = std::any_of(rows.begin(), rows.end(),
                                     [](const CollectiveRow& r) { return !r.protocol.empty(); });
  std::vector<TextTable::Column> columns{{"bytes"},
                                         {"size"},
                                         {"time p50"},
                                         {"p10 – p90"},
                                         {"algbw, GB/s"},
                                         {"busbw, GB/s"},
                                         {"algorithm", Align::left}};
  if (protocols) columns.push_back({"protocol", Align::left});
  TextTable table(columns);
  for (const CollectiveRow& row : rows) {
    std::vector<std::string> cells{grouped(row.bytes),
                                   binary_size(row.bytes),
                                   to_text(Duration(row.time.p50)),
                                   interval(row.time),
                                   gigabytes(row.algorithm_bandwidth()),
                                   gigabytes(report.bus_bandwidth(row.bytes, row.time.p50)),
                                   row.algorithm};
    if (protocols) cells.push_back(row.protocol);
    table.add(std::move(cells));
  }
  return table.text();
}

std::string held(const CollectiveReport& report, const MeasuredCollective& log) {
  TextTable table(
      {{"bytes"}, {"size"}, {"measured"}, {"predicted"}, {"p10 – p90"}, {"error"}, {"inside"}});
  for (const MeasuredCollective::Row& row : log.rows) {
    const CollectiveRow* own = row_of(report.prediction, row.bytes);
    ENSURES(own != nullptr);
    table.add({grouped(row.bytes), binary_size(row.bytes), to_text(Duration(row.measured)),
               to_text(Duration(own->time.p50)), interval(own->time), signed_percent(row.error),
               row.inside ? "yes" : "no"});
  }
  return "\nAgainst " + log.file + ":\n\n" + table.text() + "\nMean error " +
         percent(log.mean_abs_error) + ", " + percent(log.inside_interval) +
         " inside the interval, over " + grouped(log.rows.size()) +
         (log.rows.size() == 1 ? " size.\n" : " sizes.\n");
}

}  // namespace

MeasuredCollective held_against(const CollectivePrediction& prediction, const std::string& file,
                                const std::vector<std::pair<double, double>>& measured) {
  EXPECTS(!measured.empty());
  MeasuredCollective log{file, {}, 0, 0};
  const auto count = static_cast<double>(measured.size());
  for (const auto& [bytes, seconds] : measured) {
    const CollectiveRow* row = row_of(prediction, bytes);
    EXPECTS(row != nullptr);
    const double error = row->time.p50 / seconds - 1;
    const bool inside = row->time.p10 <= seconds && seconds <= row->time.p90;
    log.rows.push_back({bytes, seconds, error, inside});
    log.mean_abs_error += std::abs(error) / count;
    if (inside) log.inside_interval += 1 / count;
  }
  log.inside_interval = std::min(log.inside_interval, 1.0);
  return log;
}

std::string binary_size(double bytes) {
  static constexpr std::array kUnits{" B", " KiB", " MiB", " GiB", " TiB"};
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && bytes >= 1024 && std::fmod(bytes, 1024) == 0) {
    bytes /= 1024;
    ++unit;
  }
  return grouped(bytes) + kUnits[unit];
}

std::string warning_line(const Warning& warning, const CollectivePrediction& prediction) {
  if (warning.points.empty() || warning.points.size() >= prediction.rows.size()) {
    return warning.what;
  }
  std::string sizes;
  for (const std::size_t index : warning.points) {
    if (index >= prediction.rows.size()) continue;
    sizes += (sizes.empty() ? "" : ", ") + binary_size(prediction.rows[index].bytes);
  }
  return warning.what + " (at " + sizes + ")";
}

std::string collective_table(const CollectiveReport& report) {
  std::string text = to_text(report.operation) + " on " + grouped(report.ranks) + " ranks, " +
                     grouped(report.ranks_per_node) + " on a node: " + report.network + ", stack " +
                     report.stack + ", fidelity " + report.fidelity + ", seed " +
                     std::to_string(report.seed) + "\n\n" + predicted(report);
  for (const MeasuredCollective& log : report.against) text += held(report, log);
  if (!report.prediction.provenance.empty()) text += "\nWhere the numbers come from:\n";
  for (const Provenance& entry : report.prediction.provenance) {
    text += "  [" + std::string(to_text(entry.kind)) + "] " + entry.quantity + ": " + entry.source +
            "\n";
  }
  return text;
}

std::string collective_csv(const CollectiveReport& report) {
  std::string text =
      "operation,ranks,bytes,time_p10_s,time_p50_s,time_p90_s,algbw_GBps,busbw_GBps,algorithm,"
      "protocol\n";
  for (const CollectiveRow& row : report.prediction.rows) {
    text +=
        to_text(report.operation) + "," + std::to_string(report.ranks) + "," + fixed(row.bytes, 0);
    for (const double value :
         {row.time.p10, row.time.p50, row.time.p90, row.algorithm_bandwidth() * 1e-9,
          report.bus_bandwidth(row.bytes, row.time.p50) * 1e-9}) {
      text += "," + exact(value);
    }
    text += "," + row.algorithm + "," + row.protocol + "\n";
  }
  return text;
}

}  // namespace rehearse
