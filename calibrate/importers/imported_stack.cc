#include "calibrate/importers/imported_stack.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/quantity_text.h"
#include "base/stats.h"
#include "calibrate/importers/benchmark_log.h"
#include "calibrate/importers/text_lines.h"
#include "calibrate/machine/measured_stack.h"
#include "topologies/stacks/end_to_end.h"

namespace rehearse {
namespace {

using Kind = BenchmarkTable::Kind;

constexpr const char* kSources =
    "a stack of messages is made of osu_latency (with osu_bw or osu_bibw), of IMB's PingPong or of "
    "sendrecv_perf";

// Rates of larger messages that are off by more than this are worth a warning.
constexpr double kCertainRate = 0.1;

struct Found {
  std::string file;
  BenchmarkTable table;
};

bool is_one_message(const BenchmarkTable& table) {
  return table.kind == Kind::latency || table.kind == Kind::exchange;
}

bool is_stream(const BenchmarkTable& table) {
  return table.kind == Kind::stream || table.kind == Kind::two_streams;
}

std::string name_of(const Found& found) {
  const std::string& title = found.table.title;
  if (!title.empty()) return title;
  if (found.table.kind == Kind::exchange) return "sendrecv_perf";
  return found.table.operation ? to_text(*found.table.operation) + " of nccl-tests"
                               : "a table without a name";
}

// Why none of the tables says what a message costs, by the first of them.
Error unsuited(const Found& found) {
  const BenchmarkTable& table = found.table;
  const auto error = [&](const std::string& what, const std::string& why,
                         const std::string& remedy) {
    return Error::input(what, why, remedy).at(found.file, table.place);
  };
  if (table.kind == Kind::unknown && table.library.empty()) {
    return error("cannot tell osu_bw from osu_bibw", "the title of the table is missing",
                 "add it as a line, for example '# OSU MPI Bandwidth Test v7.4'");
  }
  if (table.kind == Kind::unknown) {
    return error("cannot tell which test of nccl-tests this is", "no line names it",
                 "add a line '# sendrecv_perf' above the table, if it was that one");
  }
  if (table.kind == Kind::other) {
    return error("'" + name_of(found) + "' is none of the tests that are read", "", kSources);
  }
  if (table.kind == Kind::stream) {
    return error("a one-way stream does not say what one message costs",
                 "osu_bw keeps many in flight",
                 "import it together with osu_latency: --import LATENCY --import BW");
  }
  return error(
      "'" + name_of(found) + "' times a whole collective, not one message", "",
      "add --fit to fit a stack to it, or compare it with rehearse collective --against; " +
          std::string(kSources));
}

// A table under the name of another test, and ranks that shared a node or did not.
void expect_as_told(const Found& found, bool inside_node) {
  const BenchmarkTable& table = found.table;
  if (table.kind == Kind::exchange && table.bus_ratio && std::abs(*table.bus_ratio - 1) > 0.02) {
    throw Error::input("this is not the table of '" + name_of(found) + "'",
                       "there the bus bandwidth is the algorithm bandwidth, here it is " +
                           significant(*table.bus_ratio, 3) + " of it",
                       "correct the line that names the test")
        .at(found.file, table.place);
  }
  if (!table.ranks_per_node) return;
  if (!table.one_host.empty() && !inside_node) {
    throw Error::input("all ranks ran on '" + table.one_host + "'",
                       "the file measures the inside of a node, not the network",
                       "add --inside-node, or give a log of ranks on two nodes")
        .at(found.file, table.place);
  }
  if (table.one_host.empty() && inside_node) {
    throw Error::input("the ranks ran on several nodes", "--inside-node says that they shared one",
                       "leave --inside-node out")
        .at(found.file, table.place);
  }
}

// The median of all tables, by size.
std::vector<MessagePoint> median_of(const std::vector<Found>& tables) {
  std::map<double, std::vector<double>> times;
  for (const Found& found : tables) {
    for (const MessagePoint& point : found.table.points) {
      times[point.size.value()].push_back(point.time.value());
    }
  }
  std::vector<MessagePoint> points;
  for (const auto& [size, all] : times) {
    points.push_back({Bytes(size), Duration(quantile(all, 0.5))});
  }
  return points;
}

class Import {
 public:
  Import(const std::vector<BenchmarkText>& logs, const ImportOptions& options) : options_(options) {
    for (const BenchmarkText& log : logs) {
      for (BenchmarkTable& table : read_benchmarks(log.text, log.file)) {
        all_.push_back({log.file, std::move(table)});
      }
    }
  }

  ImportedStack run() {
    const std::vector<Found> messages = of_first_kind({Kind::latency, Kind::exchange});
    const std::vector<Found> streams = of_first_kind({Kind::two_streams, Kind::stream});
    result_.stack.name = options_.name;
    if (!messages.empty()) {
      from_messages(messages, streams);
    } else if (!streams.empty() && streams.front().table.kind == Kind::two_streams) {
      from_streams(streams);
    } else {
      throw unsuited(streams.empty() ? all_.front() : streams.front());
    }
    for (const Found& found : all_) {
      if (is_one_message(found.table) || is_stream(found.table)) continue;
      warn("passed_over", found.file + ": " + found.table.place + ": '" + name_of(found) +
                              "' is passed over: " + kSources);
    }
    return std::move(result_);
  }

 private:
  void warn(std::string code, std::string what) {
    result_.warnings.push_back({std::move(code), std::move(what)});
  }

  // Tables of the first kind of which there are some, all of one job.
  std::vector<Found> of_first_kind(const std::vector<Kind>& kinds) {
    std::vector<Found> found;
    for (const Kind kind : kinds) {
      if (!found.empty()) break;
      std::copy_if(all_.begin(), all_.end(), std::back_inserter(found),
                   [&](const Found& one) { return one.table.kind == kind; });
    }
    for (const Found& one : found) {
      expect_as_told(one, options_.inside_node);
      if (one.table.ranks == found.front().table.ranks) continue;
      throw Error::input("the tables are of jobs of different sizes", "", "give a log of one job")
          .at(one.file, one.table.place);
    }
    if (found.size() > 1) {
      warn("repeated", std::to_string(found.size()) + " tables of '" + name_of(found.front()) +
                           "': the median of each size is taken");
    }
    return found;
  }

  void from_messages(const std::vector<Found>& messages, const std::vector<Found>& streams) {
    std::vector<MessagePoint> points = median_of(messages);
    const std::string& file = messages.front().file;
    MessageFit fit = fit_imported(points, file);
    std::string source = name_of(messages.front());
    if (messages.front().table.kind == Kind::exchange) source = "nccl-tests " + source;
    if (!streams.empty()) {
      const Bytes measured = points.back().size;
      if (add_streams(median_of(streams), fit, points)) {
        fit = fit_imported(points, file);
        source += ", beyond " + to_text(measured) + " " + name_of(streams.front());
      } else {
        warn("passed_over", "'" + name_of(streams.front()) +
                                "' adds nothing: single messages were measured up to " +
                                to_text(measured));
      }
    }
    add_pieces(fit, points, source);
  }

  // Messages beyond the largest: what does not depend on the bytes, and the bytes as a stream.
  static bool add_streams(const std::vector<MessagePoint>& streams, const MessageFit& fit,
                          std::vector<MessagePoint>& points) {
    const Bytes largest = points.back().size;
    for (const MessagePoint& point : streams) {
      if (point.size > largest) {
        points.push_back({point.size, fit.pieces.back().latency + point.time});
      }
    }
    return points.back().size > largest;
  }

  void add_pieces(const MessageFit& fit, const std::vector<MessagePoint>& points,
                  const std::string& source) {
    StackProfile& stack = result_.stack;
    std::vector<MessagePiece> pieces = as_pieces(fit);
    const Bytes largest = points.back().size;
    stack.message_latency = pieces.front().latency;
    const double error = extrapolation_error(pieces.back(), largest);
    MessagePiece beyond = pieces.back();
    beyond.from = largest + Bytes(1);
    if (error > std::log(2)) {  // of the largest message the latency is more than half
      beyond.latency += largest / *beyond.bandwidth;
      beyond.bandwidth.reset();
      warn("extrapolated", "the largest message that was measured, " + to_text(largest) +
                               ", shows no bandwidth: larger ones go at the rate of the links");
    } else if (error > kCertainRate) {
      warn("extrapolated", "messages larger than " + to_text(largest) +
                               ", the largest that was measured, are extrapolated: their rate is "
                               "uncertain by " +
                               significant(100 * error, 2) + " %");
    }
    pieces.push_back(beyond);
    const Bytes smallest = points.front().size;
    if (smallest > Bytes(1024)) {
      warn("extrapolated", "messages smaller than " + to_text(smallest) +
                               ", the smallest that was measured, are extrapolated: their latency "
                               "is uncertain");
    }
    (options_.inside_node ? stack.local_pieces : stack.pieces) = std::move(pieces);
    stack.provenance = {
        {options_.inside_node ? "local_messages" : "messages",
         source + ", fitted within " + significant(100 * fit.median_error, 2) +
             " % in the median, " + significant(100 * fit.worst_error, 2) + " % at worst",
         Provenance::Kind::measured},
        {std::string(options_.inside_node ? kLargestLocalMessages : kLargestMessages),
         "extrapolated: nothing beyond " + to_text(largest) + " was measured",
         Provenance::Kind::assumed}};
  }

  void from_streams(const std::vector<Found>& streams) {
    StackProfile& stack = result_.stack;
    Bandwidth fastest;
    for (const MessagePoint& point : median_of(streams)) {
      fastest = std::max(fastest, point.size / point.time);
    }
    const std::string name = name_of(streams.front());
    (options_.inside_node ? stack.local_stream_bandwidth : stack.stream_bandwidth) = fastest;
    stack.provenance = {
        {options_.inside_node ? "local_stream_bandwidth" : "stream_bandwidth",
         name + ", the fastest size, one way of two", Provenance::Kind::measured},
        {options_.inside_node ? "local_step_latency" : "step_latency",
         "not measured: the benchmark keeps many messages in flight", Provenance::Kind::assumed}};
    warn("no_latency", "'" + name +
                           "' keeps many messages in flight and does not say what one costs: the "
                           "stack has a rate and no latency but that of the links; add osu_latency "
                           "with a second --import");
  }

  const ImportOptions& options_;
  std::vector<Found> all_;
  ImportedStack result_;
};

}  // namespace

ImportedStack import_stack(const std::vector<BenchmarkText>& logs, const ImportOptions& options) {
  return Import(logs, options).run();
}

}  // namespace rehearse
