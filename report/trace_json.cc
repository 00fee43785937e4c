#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/contract.h"
#include "report/trace.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

Json metadata(const char* what, int process, int thread, const std::string& name) {
  return {
      {"ph", "M"}, {"name", what}, {"pid", process}, {"tid", thread}, {"args", {{"name", name}}}};
}

}  // namespace

std::string to_chrome_trace(const std::vector<TraceSpan>& spans) {
  // Threads are numbered by the order in which streams first appear, alike on all ranks.
  std::map<std::string, int> threads;
  std::set<int> ranks;
  std::set<std::pair<int, int>> rows;
  double start = spans.empty() ? 0 : spans.front().begin_s;
  for (const TraceSpan& span : spans) {
    const int thread =
        threads.try_emplace(span.stream, static_cast<int>(threads.size())).first->second;
    ranks.insert(span.rank);
    rows.insert({span.rank, thread});
    start = std::min(start, span.begin_s);
  }
  std::vector<std::string> names(threads.size());
  for (const auto& [name, thread] : threads) names[static_cast<std::size_t>(thread)] = name;

  Json events = Json::array();
  for (const int rank : ranks) {
    events.push_back(metadata("process_name", rank, 0, "rank " + std::to_string(rank)));
  }
  for (const auto& [rank, thread] : rows) {
    events.push_back(
        metadata("thread_name", rank, thread, names[static_cast<std::size_t>(thread)]));
  }
  for (const TraceSpan& span : spans) {
    EXPECTS(span.end_s >= span.begin_s);
    events.push_back({{"ph", "X"},
                      {"name", span.name},
                      {"cat", span.stream},
                      {"pid", span.rank},
                      {"tid", threads.at(span.stream)},
                      {"ts", 1e6 * (span.begin_s - start)},
                      {"dur", 1e6 * (span.end_s - span.begin_s)}});
  }
  const Json result = {{"displayTimeUnit", "ms"}, {"traceEvents", events}};
  return result.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
