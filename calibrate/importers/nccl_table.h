// One table of nccl-tests, however it was written, and what it tells.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/importers/benchmark_table.h"

namespace rehearse {

struct NcclTable {
  struct Way {
    std::vector<MessagePoint> points;
    bool checked = false;            // some result was compared
    std::vector<std::string> wrong;  // places of rows whose results were wrong
  };
  struct Rank {
    std::string host;
    int times = 0;  // listed
  };

  std::string place;          // where it begins: "line 7", "/results"
  std::string name;           // of the program; empty: not told
  std::map<int, Rank> ranks;  // as listed
  Way out_of_place;
  std::optional<Way> in_place;
  bool counts = false;              // wrong values, instead of a largest error
  std::string reduction, root;      // of the last row: "sum" or "none", "-1" or a rank; or empty
  std::optional<double> bus_ratio;  // bus bandwidth × time / size of the last row
  std::string library, library_version, device;
  std::optional<std::string> failed;  // the place where the test itself says that values were wrong
};

// What all of it tells. Throws Error::input where the test found wrong data, where only one rank
// took part, and where the ranks are those of several jobs.
BenchmarkTable settled(const NcclTable& table, const std::string& file);

// One more than the highest that is listed; absent: none is.
std::optional<int> ranks_of(const NcclTable& table);

}  // namespace rehearse
