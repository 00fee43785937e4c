#include "predict/network_load.h"

#include <numeric>

#include "predict/workload.h"

namespace rehearse {

NetworkLoad network_load(const Scenario& scenario, const Network& network,
                         CollectivePatterns& patterns,
                         const std::vector<std::int64_t>& gradient_elements, int bytes_per_element,
                         const std::vector<Reduction>& reductions) {
  std::vector<double> bytes(static_cast<std::size_t>(network.links()));
  double messages = 0;
  double hops = 0;
  const int ranks = patterns.ranks();
  for (const Reduction& reduction : reductions) {
    if (reduction.batch.first == reduction.batch.end) continue;  // an agreement
    const std::int64_t elements =
        std::accumulate(gradient_elements.begin() + reduction.batch.first,
                        gradient_elements.begin() + reduction.batch.end, std::int64_t{0});
    const double bytes_reduced = static_cast<double>(elements) * bytes_per_element;
    AllReduce algorithm = algorithm_for(scenario, ranks, bytes_reduced);
    if (algorithm == AllReduce::native) algorithm = choose_like_open_mpi(ranks, bytes_reduced);
    const CollectivePattern& pattern =
        patterns.of(*make_all_reduce(algorithm, ranks, elements, ranks_per_node(scenario, ranks)));
    messages += pattern.messages;
    hops += pattern.hops;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] += pattern.link_shares[i] * bytes_reduced;
    }
  }
  NetworkLoad load;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == 0) continue;
    const auto id = static_cast<LinkId>(i);
    const double seconds = (Bytes(bytes[i]) / network.link(id).bandwidth).value();
    // Later links must be busier by more than rounding, so that the name does not depend on it.
    if (seconds > load.busiest_seconds * (1 + 1e-9)) {
      load.busiest_seconds = seconds;
      load.busiest_link = network.link_name(id);
    }
  }
  if (messages > 0) load.mean_hops = hops / messages;
  return load;
}

}  // namespace rehearse
