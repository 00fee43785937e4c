#include "train/trace_text.h"

#include <sstream>

namespace rehearse {

std::string to_text(const std::vector<TraceSpan>& spans) {
  std::ostringstream out;
  out.precision(17);
  for (const TraceSpan& span : spans) {
    out << span.rank << ' ' << span.begin_s << ' ' << span.end_s << ' ' << span.stream << ' '
        << span.name << '\n';
  }
  return out.str();
}

void append_spans(const std::string& text, std::vector<TraceSpan>& spans) {
  std::istringstream in(text);
  TraceSpan span;
  while (in >> span.rank >> span.begin_s >> span.end_s >> span.stream &&
         std::getline(in >> std::ws, span.name)) {
    spans.push_back(span);
  }
}

}  // namespace rehearse
