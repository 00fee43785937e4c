// Spans as text that ranks send to rank 0: one line each.
#pragma once

#include <string>
#include <vector>

#include "base/trace_span.h"

namespace rehearse {

std::string to_text(const std::vector<TraceSpan>& spans);
// Appends. REQUIRES: `text` comes from to_text.
void append_spans(const std::string& text, std::vector<TraceSpan>& spans);

}  // namespace rehearse
