#include "calibrate/importers/imb.h"

#include <algorithm>
#include <array>
#include <utility>

#include "calibrate/importers/nccl_words.h"

namespace rehearse {
namespace {

using Kind = BenchmarkTable::Kind;

constexpr std::size_t kMostTables = 10'000;
constexpr std::size_t kLongestLine = 1000;
constexpr const char* kTitle = "IMB-MPI1 ";

struct Benchmark {
  const char* name;
  Operation operation;
  bool per_rank;
};

constexpr std::array kCollectives{Benchmark{"Allreduce", Operation::all_reduce, false},
                                  Benchmark{"Allgather", Operation::all_gather, true},
                                  Benchmark{"Alltoall", Operation::all_to_all, true},
                                  Benchmark{"Bcast", Operation::broadcast, false},
                                  Benchmark{"Reduce", Operation::reduce, false},
                                  Benchmark{"Reduce_scatter", Operation::reduce_scatter, false}};

}  // namespace

bool ImbReader::is_heading(const TextLine& line) {
  if (line.text.size() > kLongestLine) return false;
  const std::vector<std::string> fields = line.fields();
  return fields.size() >= 3 && fields[0] == "bytes" &&
         (fields[1] == "#repetitions" || fields[1] == "repetitions") &&
         fields[2].find("[usec]") != std::string::npos;
}

void ImbReader::read_around(const TextLine& line) {
  if (line.text.size() > kLongestLine) return;
  const std::vector<std::string> words = line.fields();
  if (words.size() == 2 && words[0] == "Benchmarking") {
    subject_ = words[1];
    processes_.reset();
  }
  if (words.size() == 3 && words[0].ends_with("processes") && words[1] == "=") {
    const std::optional<int> count = whole_number(words[2]);
    if (count && *count > 0) processes_ = count;
  }
}

void ImbReader::read_heading(const TextLine& line) {
  if (tables_.size() == kMostTables) {
    throw line_error(file_, line, "more than " + std::to_string(kMostTables) + " tables", "",
                     "give a log of fewer runs");
  }
  const std::vector<std::string> words = line.fields();
  columns_ = words.size();
  time_ = 2;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i].starts_with("t_avg")) time_ = i;
  }
  BenchmarkTable table;
  table.place = "line " + std::to_string(line.number);
  table.title = kTitle + subject_;
  table.kind = subject_ == "PingPong" ? Kind::latency : Kind::other;
  table.ranks = processes_;
  for (const Benchmark& benchmark : kCollectives) {
    if (subject_ != benchmark.name) continue;
    table.kind = Kind::collective;
    table.operation = benchmark.operation;
    table.per_rank = benchmark.per_rank;
  }
  tables_.push_back(std::move(table));
}

void ImbReader::read_below(const TextLine& line) {
  if (!line.is_row()) return read_around(line);
  const std::vector<std::string> fields = line.fields();
  if (fields.size() != columns_) {
    throw line_error(file_, line, "not a row of " + std::to_string(columns_) + " columns");
  }
  BenchmarkTable& table = tables_.back();
  const Bytes size = read_size(fields[0], file_, line);
  const Duration time(1e-6 * read_number(fields[time_], file_, line));
  if (table.kind == Kind::collective && size == Bytes(0)) return;
  append_point(table.points, {size, time}, file_, line);
}

std::vector<BenchmarkTable> ImbReader::tables() {
  std::erase_if(tables_, [](const BenchmarkTable& table) { return table.points.empty(); });
  return tables_;
}

}  // namespace rehearse
