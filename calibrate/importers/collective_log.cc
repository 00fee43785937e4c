#include "calibrate/importers/collective_log.h"

#include "base/error.h"
#include "calibrate/importers/benchmark_log.h"
#include "calibrate/importers/collective_tables.h"

namespace rehearse {
namespace {

using Kind = BenchmarkTable::Kind;

bool is_collective(const BenchmarkTable& table) {
  return table.kind == Kind::collective || table.kind == Kind::exchange ||
         table.kind == Kind::unknown;
}

CollectiveLog log_of(const BenchmarkTable& table) {
  CollectiveLog log;
  log.operation = table.operation;
  log.ranks = table.ranks;
  log.ranks_per_node = table.ranks_per_node;
  log.bus_ratio = table.bus_ratio;
  log.library = table.library;
  log.library_version = table.library_version;
  log.device = table.device;
  log.per_rank = table.per_rank;
  for (const MessagePoint& point : table.points) {
    log.rows.push_back({point.size.value(), point.time.value()});
  }
  return log;
}

}  // namespace

std::vector<CollectiveLog::Row> CollectiveLog::counted(int count) const {
  std::vector<Row> result = rows;
  for (Row& row : result) row.bytes *= per_rank ? count : 1;
  return result;
}

std::vector<CollectiveLog> read_collective_logs(const std::string& text, const std::string& file) {
  if (holds_collective_tables(text, file)) return read_collective_tables(text, file);
  std::vector<CollectiveLog> logs;
  const std::vector<BenchmarkTable> tables = read_benchmarks(text, file);
  for (const BenchmarkTable& table : tables) {
    if (is_collective(table)) logs.push_back(log_of(table));
  }
  if (logs.empty()) {
    throw Error::input("'" + tables.front().title + "' is no collective",
                       tables.front().kind == Kind::other ? "it is none of the tests that are read"
                                                          : "it times pairs of ranks",
                       "give the output of all_reduce_perf, osu_allreduce or the like; a stack of "
                       "pairs is made by rehearse calibrate --import")
        .at(file, tables.front().place);
  }
  for (std::size_t i = 0; i < logs.size(); ++i) {
    logs[i].file = file;
    logs[i].name = logs.size() == 1 ? file : file + "#" + std::to_string(i + 1);
  }
  return logs;
}

}  // namespace rehearse
