#include "calibrate/importers/osu.h"

#include <algorithm>
#include <array>
#include <regex>

#include "calibrate/importers/text_lines.h"

namespace rehearse {
namespace {

using Benchmark = OsuTimes::Benchmark;

struct Title {
  const char* pattern;  // "OSU MPI-CUDA Latency Test v7.1" for buffers on a device
  Benchmark benchmark;
  const char* unit;
};

constexpr std::array kTitles{
    Title{R"(OSU MPI\S* Latency Test v\S+)", Benchmark::latency, "(us)"},
    Title{R"(OSU MPI\S* Bandwidth Test v\S+)", Benchmark::bandwidth, "(MB/s)"},
    Title{R"(OSU MPI\S* Bi-Directional Bandwidth Test v\S+)", Benchmark::bidirectional, "(MB/s)"},
    Title{R"(OSU MPI\S* Allreduce Latency Test v\S+)", Benchmark::all_reduce, "(us)"},
    Title{R"(OSU MPI\S* Allgather Latency Test v\S+)", Benchmark::all_gather, "(us)"},
    Title{R"(OSU MPI\S* All-to-All Personalized Exchange Latency Test v\S+)", Benchmark::all_to_all,
          "(us)"},
    Title{R"(OSU MPI\S* Broadcast Latency Test v\S+)", Benchmark::broadcast, "(us)"},
    Title{R"(OSU MPI\S* Reduce Latency Test v\S+)", Benchmark::reduce, "(us)"},
    Title{R"(OSU MPI\S* Reduce_scatter Latency Test v\S+)", Benchmark::reduce_scatter, "(us)"},
};

constexpr const char* kKnown =
    "osu_latency, osu_bw, osu_bibw, osu_allreduce, osu_allgather, osu_alltoall, osu_bcast, "
    "osu_reduce and osu_reduce_scatter";

std::string without_mark(const TextLine& line) {
  return line.text.substr(std::min(line.text.size(), line.text.find_first_not_of("# \t")));
}

// Columns are two blanks apart; their names may hold one.
std::vector<std::string> columns_of(const std::string& heading) {
  static const std::regex kGap(R"(\s{2,}|\t)");
  return {std::sregex_token_iterator(heading.begin(), heading.end(), kGap, -1), {}};
}

class OsuReader {
 public:
  explicit OsuReader(const std::string& file) : file_(file) {}

  OsuTimes read(const std::string& text) {
    for (const TextLine& line : lines_of(text)) {
      line.is_comment() ? read_comment(line) : read_data(line);
    }
    if (title_ == nullptr) {
      throw Error::input("no title of an OSU benchmark is in it", "",
                         "give the whole output of one of " + std::string(kKnown))
          .at(file_, "");
    }
    return std::move(times_);
  }

 private:
  void read_comment(const TextLine& line) {
    const std::string comment = without_mark(line);
    if (comment.starts_with("OSU ")) {
      read_title(line, comment);
    } else if (comment.starts_with("Size")) {
      read_heading(line, comment);
    }
  }

  void read_title(const TextLine& line, const std::string& comment) {
    if (title_ != nullptr) throw line_error(file_, line, "a second benchmark begins");
    for (const Title& title : kTitles) {
      if (std::regex_match(comment, std::regex(title.pattern))) title_ = &title;
    }
    if (title_ == nullptr) {
      throw line_error(file_, line, "'" + comment + "' is none of the benchmarks that are read",
                       "they are " + std::string(kKnown));
    }
    times_.benchmark = title_->benchmark;
    times_.title = comment;
  }

  void read_heading(const TextLine& line, const std::string& comment) {
    if (title_ == nullptr) throw line_error(file_, line, "a table without a title");
    columns_ = columns_of(comment);
    if (columns_.size() < 2 || columns_[0] != "Size" || !columns_[1].ends_with(title_->unit)) {
      throw line_error(file_, line,
                       "the columns are not 'Size' and one in " + std::string(title_->unit));
    }
  }

  void read_data(const TextLine& line) {
    const std::vector<std::string> fields = line.fields();
    if (columns_.empty()) throw line_error(file_, line, "text before the table");
    if (fields.size() != columns_.size()) {
      throw line_error(file_, line, "not a row of " + std::to_string(columns_.size()) + " columns");
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (columns_[i] != "Validation") {
        read_number(fields[i], file_, line);
      } else if (fields[i] != "Pass") {
        throw line_error(file_, line, "the benchmark received wrong data");
      }
    }
    const Bytes size(read_number(fields[0], file_, line));
    append_point(times_.points, {size, time(size, read_number(fields[1], file_, line))}, file_,
                 line);
  }

  // `value` is in microseconds or in 10^6 bytes/s; of two streams the sum is given.
  [[nodiscard]] Duration time(Bytes size, double value) const {
    switch (times_.benchmark) {
      case Benchmark::bandwidth:
        return size / Bandwidth(value * 1e6);
      case Benchmark::bidirectional:
        return 2 * size / Bandwidth(value * 1e6);
      default:
        return Duration(value * 1e-6);
    }
  }

  const std::string& file_;
  const Title* title_ = nullptr;
  std::vector<std::string> columns_;
  OsuTimes times_{};
};

}  // namespace

OsuTimes read_osu_points(const std::string& text, const std::string& file) {
  return OsuReader(file).read(text);
}

OsuTimes read_osu(const std::string& text, const std::string& file) {
  OsuTimes times = read_osu_points(text, file);
  times.fit = fit_imported(times.points, file);
  return times;
}

}  // namespace rehearse
