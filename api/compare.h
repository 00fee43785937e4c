// The same job over several values of some keys.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/trace_span.h"
#include "predict/comparison.h"
#include "scenarios/scenario.h"
#include "topologies/graph/network_cost.h"

namespace rehearse {

struct ComparedCase {
  std::vector<std::string> values;  // of the varied keys, as the user wrote them
  Scenario scenario;
};

struct CompareOptions {
  int jobs = 1;  // sweep points simulated at a time
  // Receives the last step of the largest point of every case, in their order; null: nobody asks.
  std::vector<std::vector<TraceSpan>>* traces = nullptr;
  std::function<void(std::size_t done, std::size_t all)> progress{};  // in points of all cases
  std::function<void(double share)> waiting{};                        // of all points, 0 to 1
  std::function<void(const std::string& text)> note{};                // before a long simulation
};

// Predicts every case, prices its network, and says which keys changed nothing and why. REQUIRES:
// every case has a value for each of `varied`; expect_predictable holds of every scenario.
Comparison compare(const std::vector<std::string>& varied, const std::vector<ComparedCase>& cases,
                   const PriceList& prices, const CompareOptions& options);

}  // namespace rehearse
