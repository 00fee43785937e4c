#include "calibrate/importers/osu.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace rehearse {
namespace {

using Kind = BenchmarkTable::Kind;
using Fields = std::vector<std::string>;

constexpr std::size_t kMostTables = 10'000;
constexpr std::size_t kLongestTitle = 200;

struct Benchmark {
  const char* program;
  const char* title;  // between "OSU MPI" and "Test", without what tells the device
  Kind kind;
  Operation operation;
  bool per_rank;
};

constexpr std::array kBenchmarks{
    Benchmark{"osu_latency", "latency", Kind::latency, Operation::send_recv, false},
    Benchmark{"osu_bw", "bandwidth", Kind::stream, Operation::send_recv, false},
    Benchmark{"osu_bibw", "bi-directional bandwidth", Kind::two_streams, Operation::send_recv,
              false},
    Benchmark{"osu_allreduce", "allreduce latency", Kind::collective, Operation::all_reduce, false},
    Benchmark{"osu_allgather", "allgather latency", Kind::collective, Operation::all_gather, true},
    Benchmark{"osu_alltoall", "all-to-all personalized exchange latency", Kind::collective,
              Operation::all_to_all, true},
    Benchmark{"osu_bcast", "broadcast latency", Kind::collective, Operation::broadcast, false},
    Benchmark{"osu_reduce", "reduce latency", Kind::collective, Operation::reduce, false},
    Benchmark{"osu_reduce_scatter", "reduce_scatter latency", Kind::collective,
              Operation::reduce_scatter, false},
};

constexpr const char* kManyPairs = "multiple bandwidth / message rate";

void set(BenchmarkTable& table, const Benchmark& benchmark) {
  table.kind = benchmark.kind;
  table.per_rank = benchmark.per_rank;
  table.operation.reset();
  if (benchmark.kind == Kind::collective) table.operation = benchmark.operation;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// "all-to-all personalized exchange latency" of "OSU MPI-CUDA All-to-All Personalized Exchange
// Latency Test v7.1"; empty for other libraries and for one-sided tests ("OSU MPI_Put Latency
// Test").
std::string subject_of(const std::string& title) {
  const std::string words = lower(title);
  const std::size_t library = words.find(' ');
  const std::size_t begin = words.find(' ', library + 1);
  const std::size_t end = words.find(" test", library);
  if (!words.starts_with("osu mpi ") && !words.starts_with("osu mpi-")) return {};
  if (begin == std::string::npos || end == std::string::npos || end <= begin) return {};
  return words.substr(begin + 1, end - begin - 1);
}

bool ends_a_column(const std::string& word) {
  return word.ends_with("(us)") || word.ends_with("(MB/s)") || word == "MB/s" ||
         word == "Messages/s" || word == "Iterations" || word == "Validation";
}

}  // namespace

bool OsuReader::is_heading(const TextLine& line) {
  if (line.text.size() > kLongestTitle * 5) return false;
  const Fields fields = line.fields();
  if (fields.size() < 2 || fields[0] != "Size") return false;
  return std::any_of(fields.begin() + 1, fields.end(), ends_a_column);
}

void OsuReader::read_around(const TextLine& line) {
  if (line.text.size() > kLongestTitle * 5) return;
  const std::string comment =
      line.text.substr(std::min(line.text.size(), line.text.find_first_not_of("# \t")));
  if (comment.starts_with("OSU ") && has(comment, " Test")) return read_title(line, comment);
  const std::size_t pairs = comment.find("pairs: ");
  if (pairs != std::string::npos && next_.kind == Kind::other &&
      subject_of(next_.title) == kManyPairs) {
    if (comment.substr(pairs + 7).starts_with("1 ")) next_.kind = Kind::stream;
  }
  if (!next_.title.empty()) return;
  const ProgramName name = program_named_by(line);
  for (const Benchmark& benchmark : kBenchmarks) {
    if (name.name != benchmark.program) continue;
    next_.title = name.name;
    set(next_, benchmark);
  }
}

void OsuReader::read_title(const TextLine& line, const std::string& comment) {
  next_ = {};
  next_.place = "line " + std::to_string(line.number);
  next_.title = comment.substr(0, kLongestTitle);
  next_.kind = Kind::other;
  const std::string subject = subject_of(next_.title);
  for (const Benchmark& benchmark : kBenchmarks) {
    if (subject == benchmark.title) set(next_, benchmark);
  }
}

void OsuReader::begin(Open open) {
  if (tables_.size() == kMostTables) {
    throw Error::input("more than " + std::to_string(kMostTables) + " tables", "",
                       "give a log of fewer runs")
        .at(file_, "");
  }
  tables_.push_back(std::move(open));
}

void OsuReader::read_heading(const TextLine& line) {
  const Fields words = line.fields();
  Open open;
  open.table = next_;
  if (open.table.place.empty()) open.table.place = "line " + std::to_string(line.number);
  open.columns =
      1 + static_cast<std::size_t>(std::count_if(words.begin() + 1, words.end(), ends_a_column));
  open.validated = words.back() == "Validation";
  const auto first = std::find_if(words.begin() + 1, words.end(), ends_a_column);
  open.rate = has(*first, "MB/s");
  const bool of_a_rate = open.table.kind == Kind::stream || open.table.kind == Kind::two_streams;
  const bool known = open.table.kind != Kind::unknown && open.table.kind != Kind::other;
  if (known && of_a_rate != open.rate) {
    throw line_error(file_, line, "the columns are not those of '" + open.table.title + "'",
                     std::string("a time in us and a rate in MB/s are not the same"));
  }
  // A title that is missing: one plain latency is osu_latency's, collectives have a mean of ranks.
  if (open.table.kind == Kind::unknown && words[1] == "Latency") {
    open.table.kind = Kind::latency;
    open.table.title = "a table of latencies as osu_latency prints it";
  } else if (open.table.kind == Kind::unknown && !open.rate) {
    open.table.kind = Kind::collective;
  }
  begin(std::move(open));
}

void OsuReader::read_below(const TextLine& line) {
  const Fields fields = line.fields();
  const bool row =
      line.is_row() || (!line.is_comment() && fields.size() == tables_.back().columns &&
                        fields[0].find_first_not_of("0123456789") == std::string::npos);
  if (!row) return read_around(line);
  if (fields.size() != tables_.back().columns) {
    throw line_error(file_, line,
                     "not a row of " + std::to_string(tables_.back().columns) + " columns");
  }
  const Bytes size = read_size(fields[0], file_, line);
  const std::vector<MessagePoint>& before = tables_.back().table.points;
  if (!before.empty() && size <= before.back().size) {  // another run under the same heading
    Open again = tables_.back();
    again.table.points.clear();
    begin(std::move(again));
  }
  Open& open = tables_.back();
  const std::size_t numbers = fields.size() - (open.validated ? 1 : 0);
  for (std::size_t i = 1; i < numbers; ++i) read_number(fields[i], file_, line);
  if (open.validated && lower(fields.back()) == "fail") {
    throw line_error(file_, line, "the benchmark received wrong data");
  }
  const double value = read_number(fields[1], file_, line);
  if (open.rate && size == Bytes(0)) return;
  Duration time(value * 1e-6);
  if (open.rate) {  // of two streams the sum is given
    const double streams = open.table.kind == Kind::two_streams ? 2 : 1;
    time = streams * size / Bandwidth(value * 1e6);
  }
  append_point(open.table.points, {size, time}, file_, line);
}

std::vector<BenchmarkTable> OsuReader::tables() {
  std::vector<BenchmarkTable> result;
  for (Open& open : tables_) {
    if (open.table.points.empty()) continue;
    // What a collective takes for no bytes is no point of its curve.
    auto& points = open.table.points;
    if (open.table.kind == Kind::collective && points.front().size == Bytes(0)) {
      points.erase(points.begin());
    }
    if (!points.empty()) result.push_back(std::move(open.table));
  }
  return result;
}

}  // namespace rehearse
