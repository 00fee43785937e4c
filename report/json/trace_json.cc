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

// Threads are numbered by the order in which streams first appear, alike on all ranks.
std::map<std::string, int> numbered_streams(const std::vector<TracedCase>& cases) {
  std::map<std::string, int> threads;
  for (const TracedCase& one : cases) {
    for (const TraceSpan& span : one.spans) {
      threads.try_emplace(span.stream, static_cast<int>(threads.size()));
    }
  }
  return threads;
}

// The events of a case, whose rank r is process `first` + r.
void append(const TracedCase& one, int first, const std::map<std::string, int>& threads,
            Json& events) {
  std::set<int> ranks;
  std::set<std::pair<int, std::string>> rows;
  double start = one.spans.empty() ? 0 : one.spans.front().begin_s;
  for (const TraceSpan& span : one.spans) {
    ranks.insert(span.rank);
    rows.insert({span.rank, span.stream});
    start = std::min(start, span.begin_s);
  }
  const std::string of_case = one.title.empty() ? "" : one.title + ": ";
  for (const int rank : ranks) {
    events.push_back(
        metadata("process_name", first + rank, 0, of_case + "rank " + std::to_string(rank)));
  }
  for (const auto& [rank, stream] : rows) {
    events.push_back(metadata("thread_name", first + rank, threads.at(stream), stream));
  }
  for (const TraceSpan& span : one.spans) {
    EXPECTS(span.end_s >= span.begin_s);
    events.push_back({{"ph", "X"},
                      {"name", span.name},
                      {"cat", span.stream},
                      {"pid", first + span.rank},
                      {"tid", threads.at(span.stream)},
                      {"ts", 1e6 * (span.begin_s - start)},
                      {"dur", 1e6 * (span.end_s - span.begin_s)}});
  }
}

}  // namespace

std::string cases_to_chrome_trace(const std::vector<TracedCase>& cases) {
  const std::map<std::string, int> threads = numbered_streams(cases);
  Json events = Json::array();
  int first = 0;
  for (const TracedCase& one : cases) {
    append(one, first, threads, events);
    int most = -1;
    for (const TraceSpan& span : one.spans) most = std::max(most, span.rank);
    first += most + 1;
  }
  const Json result = {{"displayTimeUnit", "ms"}, {"traceEvents", events}};
  return result.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_chrome_trace(const std::vector<TraceSpan>& spans) {
  return cases_to_chrome_trace({{"", spans}});
}

}  // namespace rehearse
