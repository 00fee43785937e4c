#include "calibrate/importers/collective_log.h"

#include <array>
#include <cctype>
#include <cmath>
#include <regex>
#include <set>
#include <sstream>

#include "base/error.h"
#include "calibrate/importers/collective_tables.h"
#include "calibrate/importers/nccl_tests.h"
#include "calibrate/importers/osu.h"

namespace rehearse {
namespace {

using Benchmark = OsuTimes::Benchmark;

// "[1,0]<stdout>:" of Open MPI's --tag-output.
std::string untagged(const std::string& line) {
  static const std::regex kTag(R"(^\s*\[\d+,\d+\]<std(out|err)>:\s*)");
  return line.find(">:") == std::string::npos ? line : std::regex_replace(line, kTag, "");
}

// Comments, and below the heading of the table what begins like a row; the other lines are emptied,
// so that the numbers of the lines stay.
std::string without_chatter(const std::string& text) {
  static const std::regex kHeading(R"(#\s*[Ss]ize\s.*)");
  std::istringstream stream(text);
  std::string kept;
  bool in_table = false;
  for (std::string line; std::getline(stream, line); kept += '\n') {
    line = untagged(line);
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    line = line.substr(begin);
    const bool comment = line.front() == '#';
    if (comment && line.size() < 1000) in_table = in_table || std::regex_match(line, kHeading);
    if (comment || (in_table && std::isdigit(static_cast<unsigned char>(line.front())) != 0)) {
      kept += line;
    }
  }
  return kept;
}

constexpr std::array<const char*, kOperations> kPrograms{
    "all_reduce", "all_gather", "reduce_scatter", "alltoall", "broadcast", "reduce", "sendrecv"};

// The operation of the one *_perf program that the text names.
std::optional<Operation> named_program(const std::string& text) {
  static const std::regex kProgram(R"((\w+)_perf\b)");
  std::set<std::string> names;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (line.size() > 10'000 || line.find("_perf") == std::string::npos) continue;
    if (std::regex_search(line, match, kProgram)) names.insert(match[1]);
  }
  if (names.size() != 1) return std::nullopt;
  for (std::size_t i = 0; i < kPrograms.size(); ++i) {
    if (*names.begin() == kPrograms[i]) return static_cast<Operation>(i);
  }
  return std::nullopt;
}

bool is_near(double value, double expected) { return std::abs(value / expected - 1) < 0.02; }

// What the columns of a table tell: only all-gathers and all-to-alls look the same.
std::optional<Operation> operation_of(const NcclTimes& times) {
  if (times.reduction.empty()) return std::nullopt;
  const bool sums = times.reduction != "none";
  if (!times.root.empty() && times.root != "-1") {
    return sums ? Operation::reduce : Operation::broadcast;
  }
  if (times.ranks < 2 || times.bus_ratio == 0) return std::nullopt;
  for (const Operation operation : {Operation::all_reduce, Operation::reduce_scatter}) {
    if (sums && is_near(times.bus_ratio, bus_factor(operation, times.ranks))) return operation;
  }
  if (!sums && is_near(times.bus_ratio, 1)) return Operation::send_recv;
  return std::nullopt;
}

std::optional<int> if_known(int count) { return count > 0 ? std::optional(count) : std::nullopt; }

// The first group of the first line that holds the pattern.
std::string found_in(const std::string& text, const std::regex& pattern, const char* word) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (line.size() > 10'000 || line.find(word) == std::string::npos) continue;
    if (std::regex_search(line, match, pattern)) return match[1];
  }
  return {};
}

// What NCCL says of itself where it is asked to (NCCL_DEBUG=VERSION), and the first rank's line.
void add_software(const std::string& text, CollectiveLog& log) {
  static const std::regex kVersion(R"((?:NCCL|RCCL) version[ :]+(\d+\.\d+(?:\.\d+)?))");
  static const std::regex kDevice(R"(#\s+Rank\s+\d+.*\bdevice\s+\d+\s+\[\S+\]\s+(\S.*\S))");
  log.library = text.find("rccl") != std::string::npos || text.find("RCCL") != std::string::npos
                    ? "rccl"
                    : "nccl";
  log.library_version = found_in(text, kVersion, "CCL version");
  log.device = found_in(text, kDevice, "Rank");
}

CollectiveLog from_nccl_tests(const std::string& text, const std::string& file) {
  const NcclTimes times = read_nccl_rows(without_chatter(text), file);
  CollectiveLog log;
  add_software(text, log);
  log.operation = named_program(text);
  if (!log.operation) log.operation = operation_of(times);
  log.ranks = if_known(times.ranks);
  log.ranks_per_node = if_known(times.ranks_per_node);
  if (times.bus_ratio > 0) log.bus_ratio = times.bus_ratio;
  for (const MessagePoint& point : times.out_of_place) {
    log.rows.push_back({point.size.value(), point.time.value()});
  }
  return log;
}

Operation operation_of(Benchmark benchmark) {
  switch (benchmark) {
    case Benchmark::all_gather:
      return Operation::all_gather;
    case Benchmark::all_to_all:
      return Operation::all_to_all;
    case Benchmark::broadcast:
      return Operation::broadcast;
    case Benchmark::reduce:
      return Operation::reduce;
    case Benchmark::reduce_scatter:
      return Operation::reduce_scatter;
    default:
      return Operation::all_reduce;
  }
}

CollectiveLog from_osu(const std::string& text, const std::string& file) {
  const OsuTimes times = read_osu_points(without_chatter(text), file);
  if (!is_collective(times.benchmark)) {
    throw Error::input("'" + times.title + "' is no collective", "it times pairs of ranks",
                       "give the output of osu_allreduce, osu_alltoall or the like")
        .at(file, "");
  }
  CollectiveLog log;
  log.operation = operation_of(times.benchmark);
  log.per_rank =
      times.benchmark == Benchmark::all_gather || times.benchmark == Benchmark::all_to_all;
  for (const MessagePoint& point : times.points) {
    if (point.size > Bytes(0)) log.rows.push_back({point.size.value(), point.time.value()});
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
  if (file.ends_with(".json")) return read_collective_tables(text, file);
  CollectiveLog log =
      text.find("# OSU") != std::string::npos ? from_osu(text, file) : from_nccl_tests(text, file);
  if (log.rows.empty()) {
    throw Error::input("no table of a collective is in it", "",
                       "give the output of nccl-tests, rccl-tests or an OSU collective")
        .at(file, "");
  }
  log.name = file;
  return {log};
}

}  // namespace rehearse
