// A small valid scenario that tests change by assignments.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace rehearse {

// 8 nodes of 4 devices on one switch; a two-layer model, batch 32 per worker, workers 1, 4, 8, 32.
std::string base_text();

// The base scenario, named "s.json", after `assignments` (KEY=VALUE). Throws Error::input.
Scenario base_with(const std::vector<std::string>& assignments = {});

// What base_with says against the assignments; "accepted" if nothing.
std::string complaint(const std::vector<std::string>& assignments);

// The same for any text.
std::string complaint_about(const std::string& text);

}  // namespace rehearse
