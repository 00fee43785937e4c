// Layouts of one job on one network, computed one after the other by LayoutJob
// (predict/layout_job.h); those of equal degrees share their network.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "predict/layout_job.h"
#include "predict/layout_network.h"
#include "predict/sample_point.h"

namespace rehearse {

class LayoutBench {
 public:
  // Borrows all. Throws Error::input for ranks that the network cannot place.
  LayoutBench(const Scenario& scenario, const BuiltNetwork& built, const CostModel& cost,
              LayoutUnits& units, std::int64_t ranks);

  struct Result {
    double seconds = 0;  // of a step
    double memory = 0;   // bytes of the fullest device
    Breakdown parts;     // of the step
  };
  // Exchanges between nodes are `faster` times as fast, their latency apart.
  Result of(const Layout& layout, double faster = 1);
  LayoutNetwork& network(const Layout& layout);

 private:
  using Degrees = std::tuple<int, int, int, int, int, int>;

  const Scenario& scenario_;
  const BuiltNetwork& built_;
  const CostModel& cost_;
  LayoutUnits& units_;
  std::vector<EndpointId> places_;
  std::map<Degrees, std::unique_ptr<LayoutNetwork>> networks_;
};

}  // namespace rehearse
