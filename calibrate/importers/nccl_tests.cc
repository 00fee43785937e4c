#include "calibrate/importers/nccl_tests.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/quantity_text.h"
#include "calibrate/importers/nccl_words.h"

namespace rehearse {
namespace {

using Fields = std::vector<std::string>;
using Said = ProgramName::Said;

constexpr int kMostRanks = 10'000'000;
constexpr std::size_t kMostTables = 10'000;

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

std::string place_of(const TextLine& line) { return "line " + std::to_string(line.number); }

}  // namespace

NcclReader::NcclReader(std::string file) : file_(std::move(file)) {}

bool NcclReader::is_heading(const TextLine& line) {
  if (!has(line.text, "time") || !has(line.text, "algbw")) return false;
  const Fields fields = line.fields();
  return fields.size() >= 4 && (fields[0] == "size" || fields[0] == "bytes") &&
         (fields[1] == "count" || fields[1] == "N");
}

void NcclReader::read_around(const TextLine& line) {
  ProgramName name = program_named_by(line);
  if (name.said == Said::concluded) {
    for (auto open = tables_.rbegin(); open != tables_.rend(); ++open) {
      if (open->table.place != tables_.back().table.place) break;
      if (open->name.said != Said::starting) open->name = name;
    }
    return;
  }
  if (name.name.ends_with("_perf")) return take_name(std::move(name));
  if (has(line.text, "nThread ") && std::exchange(name_used_, false)) name_ = {};
  if (has(line.text, "CCL version") || has(line.text, "nccl-library=")) {
    if (std::string version = nccl_version_in(line.text); !version.empty()) version_ = version;
  }
  if (has(line.text, "rccl-tests") || has(line.text, "RCCL version")) library_ = "rccl";
  if (has(line.text, "Using devices")) return start_ranks();
  if (has(line.text, "Rank ")) read_rank(line.fields());
}

// Of the next table: what the test says itself, else the command line, else a heading. Two lines of
// one kind that differ tell nothing.
void NcclReader::take_name(ProgramName name) {
  if (std::exchange(name_used_, false) || name.said > name_.said || name.said == Said::starting) {
    name_ = std::move(name);
  } else if (name.said == name_.said && name.name != name_.name) {
    name_.name.clear();
  }
}

// The list belongs to the table that follows it.
void NcclReader::start_ranks() {
  if (!listing_) ranks_.clear();
  listing_ = true;
}

// "Rank 0 Group 0 Pid 6899 on node1 device 0 [0000:04:00] NVIDIA H100"; version 1 without the ids.
void NcclReader::read_rank(const Fields& words) {
  if (words.size() < 4 || words[0] != "Rank") return;
  const std::optional<int> rank = whole_number(words[1]);
  const auto on = std::find(words.begin(), words.end(), "on");
  const auto device = std::find(words.begin(), words.end(), "device");
  if (!rank || *rank < 0 || *rank >= kMostRanks || on == words.end() || on + 1 == words.end() ||
      device == words.end()) {
    return;
  }
  start_ranks();
  NcclTable::Rank& entry = ranks_[*rank];
  entry.host = on[1];
  ++entry.times;
  if (*rank != 0) return;
  device_.clear();
  for (auto word = device + 1; word < words.end(); ++word) {
    if (word < device + 3) continue;  // its number and its address
    device_ += (device_.empty() ? "" : " ") + *word;
  }
}

void NcclReader::read_heading(const TextLine& line) {
  broken_.reset();
  Open open;
  open.table.place = place_of(line);
  open.table.ranks = ranks_;
  open.table.library = library_;
  open.table.library_version = version_;
  open.table.device = device_;
  open.name = name_;
  name_used_ = true;
  listing_ = false;
  open.heading = line.fields();
  open.unit = open.heading[0] == "bytes" ? 1e-3 : 1e-6;
  tables_.push_back(std::move(open));
  read_columns(line);
}

// A heading that a terminal or a mail broke goes on in the next line: its last way is not whole
// then.
void NcclReader::read_columns(const TextLine& line) {
  Open& open = tables_.back();
  const Fields& columns = open.heading;
  open.widths.clear();
  open.stamped = columns.back() == "timestamp";
  open.told = 0;
  for (std::size_t i = 0; i < columns.size() - (open.stamped ? 1 : 0); ++i) {
    if (columns[i] == "cputime") {
      throw line_error(file_, line, "its times are those of the CPU, not of the operation",
                       "the test ran with -C 1", "run it without -C");
    }
    if (columns[i] == "time") open.widths.push_back(0);
    ++(open.widths.empty() ? open.told : open.widths.back());
    if (columns[i] == "#wrong" || columns[i] == "wrong") open.table.counts = true;
  }
  if (open.widths.size() > 2) {
    throw line_error(file_, line, "the columns are not those of nccl-tests");
  }
}

void NcclReader::read_below(const TextLine& line) {
  Open& open = tables_.back();
  const Fields fields = line.fields();
  if (broken_) {
    TextLine whole = *std::exchange(broken_, std::nullopt);
    if (line.is_comment()) throw line_error(file_, whole, "a row that is not whole");
    whole.text += " " + line.text;
    return read_row(whole, whole.fields(), true);
  }
  const bool started = !open.table.out_of_place.points.empty();
  if (!started && (has(line.text, "algbw") || has(line.text, "busbw"))) {
    open.heading.insert(open.heading.end(), fields.begin(), fields.end());
    return read_columns(line);
  }
  if (line.is_comment()) {
    if (has(line.text, "Out of bounds values") && has(line.text, "FAILED")) {
      open.table.failed = place_of(line);
    }
    return read_around(line);
  }
  if (is_row(fields)) return read_row(line, fields, false);
  if (line.is_row()) throw line_error(file_, line, "a row without a type of data");
  read_around(line);
}

bool NcclReader::is_row(const Fields& fields) {
  return fields.size() >= 3 && is_nccl_type(fields[2]) &&
         fields[0].find_first_of("0123456789") != std::string::npos;
}

// `joined`: of two lines.
void NcclReader::read_row(const TextLine& line, const Fields& fields, bool joined) {
  const std::size_t told_columns = tables_.back().told;
  std::size_t columns = tables_.back().stamped ? 2 : 0;  // a date and a time
  for (const std::size_t width : tables_.back().widths) columns += width;
  // A reduction is a word and may be left blank; a root is there where its column is.
  const bool reduces =
      fields.size() > 3 && fields[3].find_first_of("0123456789") != 0 && fields[3].front() != '-';
  const auto& heading = tables_.back().heading;
  const bool roots = std::find(heading.begin(), heading.end(), "root") != heading.end();
  const std::size_t whole = 3 + (reduces ? 1 : 0) + (reduces && roots ? 1 : 0) + columns;
  if (fields.size() < whole && !joined) {
    broken_ = line;
    return;
  }
  const std::size_t told = fields.size() - std::min(fields.size(), columns);
  if (told < 3 || told > told_columns) {
    throw line_error(file_, line,
                     "not a row of " + std::to_string(told_columns + columns) + " columns");
  }
  const Bytes size = read_size(fields[0], file_, line);
  read_number(fields[1], file_, line);  // the count
  const std::vector<MessagePoint>& before = tables_.back().table.out_of_place.points;
  if (size > Bytes(0) && !before.empty() && size <= before.back().size) begin_again();
  Open& open = tables_.back();
  open.table.reduction = told > 3 ? fields[3] : "";
  open.table.root = told > 4 ? fields[4] : "";
  const std::string* column = fields.data() + told;
  for (std::size_t way = 0; way < open.widths.size(); ++way) {
    if (open.widths[way] < 3)
      throw line_error(file_, line, "the heading of the table is not whole");
    read_way(line, size, fields[2], column, way == 1);
    column += open.widths[way];
  }
}

// time, algbw, busbw, the check, and perhaps single iterations
void NcclReader::read_way(const TextLine& line, Bytes size, const std::string& type,
                          const std::string* column, bool in_place) {
  Open& open = tables_.back();
  NcclTable& table = open.table;
  if (in_place && !table.in_place) table.in_place.emplace();
  NcclTable::Way& way = in_place ? *table.in_place : table.out_of_place;
  const double time = read_number(column[0], file_, line);
  const double algorithm = read_number(column[1], file_, line);  // 10^9 bytes/s
  const double bus = read_number(column[2], file_, line);
  if (open.widths[in_place ? 1 : 0] > 3 && column[3] != "N/A") {
    std::string check = column[3];
    const bool marked = check.ends_with('*');  // of rccl-tests: beyond its own threshold
    if (marked) check.pop_back();
    way.checked = true;
    const double allowed = table.counts ? 0 : allowed_error(type);
    if (read_number(check, file_, line) > allowed || marked) way.wrong.push_back(place_of(line));
  }
  if (size == Bytes(0)) return;
  append_point(way.points, {size, Duration(time * open.unit)}, file_, line);
  // Times have four digits or more, or three behind the point; bandwidths two behind the point.
  const double expected = size.value() / (time * open.unit) * 1e-9;
  double allowed = 0.006 + 0.005 * expected;
  if (open.unit > 1e-6) allowed += expected * 0.0006 / time;
  if (has(column[0] + column[1], "e")) allowed += 0.06 * expected;
  const auto fits = [&](double share) { return std::abs(algorithm - share * expected) <= allowed; };
  // Until 2020 all-gathers and reduce-scatters counted what a rank lacks.
  const double ranks = ranks_of(table).value_or(1);
  if (!fits(1) && !(ranks > 1 && fits((ranks - 1) / ranks))) {
    throw line_error(file_, line, "its bandwidth is not its size over its time",
                     column[1] + " GB/s for " + significant(expected, 3));
  }
  if (in_place) return;
  table.bus_ratio.reset();
  if (expected >= 0.1) table.bus_ratio = bus / expected;
}

// Another run, data type or reduction under the same heading.
void NcclReader::begin_again() {
  Open next = tables_.back();
  next.table.out_of_place = {};
  next.table.in_place.reset();
  next.table.failed.reset();
  next.table.bus_ratio.reset();
  if (tables_.size() == kMostTables) {
    throw Error::input("more than " + std::to_string(kMostTables) + " tables", "",
                       "give a log of fewer runs")
        .at(file_, "");
  }
  tables_.push_back(std::move(next));
}

std::vector<BenchmarkTable> NcclReader::tables() {
  if (broken_) throw line_error(file_, *broken_, "a row that is not whole");
  std::vector<BenchmarkTable> result;
  for (Open& open : tables_) {
    if (open.table.out_of_place.points.empty()) continue;
    open.table.name = open.name.name;
    result.push_back(settled(open.table, file_));
  }
  return result;
}

}  // namespace rehearse
