#include "calibrate/importers/nccl_tests.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

#include "calibrate/importers/text_lines.h"

namespace rehearse {
namespace {

using Fields = std::vector<std::string>;

// time, algbw, busbw and the check, for each way.
constexpr std::size_t kPerWay = 4;

class NcclReader {
 public:
  explicit NcclReader(const std::string& file) : file_(file) {}

  NcclTimes read(const std::string& text) {
    for (const TextLine& line : lines_of(text)) {
      if (line.text.starts_with("NCCL version ")) continue;  // with NCCL_DEBUG=VERSION
      line.is_comment() ? read_comment(line) : read_row(line);
    }
    for (const auto& [host, ranks] : hosts_) {
      times_.ranks_per_node = std::max(times_.ranks_per_node, ranks);
    }
    return std::move(times_);
  }

 private:
  void read_comment(const TextLine& line) {
    static const std::regex kRank(R"(#\s+Rank\s+\d+\s.*)");
    if (std::regex_match(line.text, kRank)) {
      ++times_.ranks;
      const Fields words = line.fields();
      const auto on = std::find(words.begin(), words.end(), "on");
      if (on != words.end() && on + 1 != words.end()) ++hosts_[on[1]];
    }
    Fields fields = line.fields();
    if (fields[0] == "#") fields.erase(fields.begin());
    if (fields.size() >= 2 && fields[0] == "size" && fields[1] == "count")
      read_heading(line, fields);
  }

  void read_heading(const TextLine& line, const Fields& columns) {
    if (columns_ > 0) throw line_error(file_, line, "a second table begins");
    const auto is_way = [](auto begin) {
      return begin[0] == "time" && begin[1] == "algbw" && begin[2] == "busbw" &&
             (begin[3] == "#wrong" || begin[3] == "error");
    };
    if (columns.size() < 3 + 2 * kPerWay || !is_way(columns.end() - 2 * kPerWay) ||
        !is_way(columns.end() - kPerWay)) {
      throw line_error(file_, line,
                       "the columns are not those of all_reduce_perf or sendrecv_perf");
    }
    columns_ = columns.size();
    counts_wrong_ = columns.back() == "#wrong";
  }

  // Columns of the operation and the root are blank where a test has none.
  void read_row(const TextLine& line) {
    if (columns_ == 0) throw line_error(file_, line, "text before the table");
    const Fields fields = line.fields();
    if (fields.size() > columns_ || fields.size() < 3 + 2 * kPerWay) {
      throw line_error(file_, line, "not a row of " + std::to_string(columns_) + " columns");
    }
    const Bytes size(read_number(fields[0], file_, line));
    read_number(fields[1], file_, line);  // the count
    read_way(line, size, fields.end() - 2 * kPerWay, times_.out_of_place);
    read_way(line, size, fields.end() - kPerWay, times_.in_place);
    const std::size_t told = fields.size() - 2 * kPerWay;  // size, count, type, reduction, root
    times_.reduction = told > 3 ? fields[3] : "";
    times_.root = told > 4 ? fields[4] : "";
    const double algorithm = read_number(fields[told + 1], file_, line);
    times_.bus_ratio = algorithm > 0 ? read_number(fields[told + 2], file_, line) / algorithm : 0;
  }

  void read_way(const TextLine& line, Bytes size, Fields::const_iterator way,
                std::vector<MessagePoint>& points) {
    const double microseconds = read_number(way[0], file_, line);
    const double gigabytes = read_number(way[1], file_, line);  // 10^9 per second
    read_number(way[2], file_, line);
    if (way[3] != "N/A" && read_number(way[3], file_, line) > 0 && counts_wrong_) {
      throw line_error(file_, line, way[3] + " results were wrong");
    }
    if (size == Bytes(0)) return;
    append_point(points, {size, Duration(microseconds * 1e-6)}, file_, line);
    // Times have four digits or more, bandwidths two behind the point.
    const double expected = size.value() / microseconds * 1e-3;
    if (std::abs(gigabytes - expected) > 0.006 + 0.005 * expected) {
      throw line_error(file_, line, "its bandwidth is not its size over its time");
    }
  }

  const std::string& file_;
  std::size_t columns_ = 0;
  bool counts_wrong_ = false;
  std::map<std::string, int> hosts_;  // ranks of each
  NcclTimes times_;
};

}  // namespace

NcclTimes read_nccl_rows(const std::string& text, const std::string& file) {
  return NcclReader(file).read(text);
}

NcclTimes read_nccl_tests(const std::string& text, const std::string& file) {
  NcclTimes times = read_nccl_rows(text, file);
  times.out_of_place_fit = fit_imported(times.out_of_place, file);
  times.in_place_fit = fit_imported(times.in_place, file);
  return times;
}

}  // namespace rehearse
