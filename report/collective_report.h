// What `rehearse collective` says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "predict/collective.h"

namespace rehearse {

// A log beside the prediction. `error` is of time: predicted / measured - 1.
struct MeasuredCollective {
  struct Row {
    double bytes = 0;
    double measured = 0;  // s
    double error = 0;
    bool inside = false;  // the interval
  };

  std::string file;
  std::vector<Row> rows;
  double mean_abs_error = 0;
  double inside_interval = 0;  // share of the rows
};

struct CollectiveReport {
  std::string network, stack;
  std::string version, fidelity;
  std::uint64_t seed = 0;
  Operation operation = Operation::all_reduce;
  int ranks = 0, ranks_per_node = 0;
  CollectivePrediction prediction;
  std::vector<MeasuredCollective> against;

  // Bytes/s.
  [[nodiscard]] double bus_bandwidth(double bytes, double seconds) const {
    return bytes / seconds * bus_factor(operation, ranks);
  }
};

// `measured`: bytes and seconds. REQUIRES: at least one row, all of whose bytes are predicted.
MeasuredCollective held_against(const CollectivePrediction& prediction, const std::string& file,
                                const std::vector<std::pair<double, double>>& measured);

// One row per size, then one table per log, the mean errors and where the numbers come from.
std::string collective_table(const CollectiveReport& report);

// "bytes,time_p10_s,…": one line per size, full precision.
std::string collective_csv(const CollectiveReport& report);

// A self-contained SVG: time above, bus bandwidth below, both with their p10 – p90 bands and what
// was measured, over the bytes; all axes logarithmic. REQUIRES: at least one row.
std::string collective_chart_svg(const CollectiveReport& report);

// The JSON of docs/formats.md. REQUIRES: all numbers are finite.
std::string to_json(const CollectiveReport& report);

// "this is not so (at 8 B, 1 KiB)"
std::string warning_line(const Warning& warning, const CollectivePrediction& prediction);

// "64 MiB", "3,000 B": the largest binary unit that leaves a whole number.
std::string binary_size(double bytes);

}  // namespace rehearse
