// A search for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "predict/search.h"

namespace rehearse {

// A line for every number of workers where there are several; the best layouts of the last with
// what each loses, what a faster network would change, and the rule of thumb.
std::string search_table(const SearchResult& result);

// A line of names, then a row for each of the best layouts of each number of workers.
std::string search_csv(const SearchResult& result);

// The JSON of docs/formats.md: "best" and the counts are of the last number of workers,
// "by_workers" has all of them.
std::string to_json(const SearchResult& result);

// The front of time and memory, and the best layouts on it. REQUIRES: a result.
std::string search_chart_svg(const SearchResult& result,
                             const std::vector<std::string>& facts = {});

}  // namespace rehearse
