#include "predict/network_load.h"

#include <memory>

#include "runtime/collectives/collectives.h"
#include "runtime/split_groups.h"

namespace rehearse {
namespace {

// Adds up what the collectives of all groups send.
class Links {
 public:
  Links(const Network& network, CollectivePatterns& patterns)
      : network_(network), patterns_(patterns), bytes_(static_cast<std::size_t>(network.links())) {}

  // One group's; its sisters do the same.
  void add(const Group& group, const Schedule& schedule, int bytes_per_element) {
    const CollectivePattern& pattern = patterns_.of(group, schedule);
    const double buffer = static_cast<double>(schedule.elements()) * bytes_per_element;
    messages_ += pattern.messages;
    hops_ += pattern.hops;
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] += pattern.link_shares[i] * buffer;
  }

  [[nodiscard]] NetworkLoad load() const {
    NetworkLoad load;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if (bytes_[i] == 0) continue;
      const auto id = static_cast<LinkId>(i);
      const double seconds = (Bytes(bytes_[i]) / network_.link(id).bandwidth).value();
      // Later links must be busier by more than rounding, so that the name does not depend on it.
      if (seconds > load.busiest_seconds * (1 + 1e-9)) {
        load.busiest_seconds = seconds;
        load.busiest_link = network_.link_name(id);
      }
    }
    if (messages_ > 0) load.mean_hops = hops_ / messages_;
    return load;
  }

 private:
  const Network& network_;
  CollectivePatterns& patterns_;
  std::vector<double> bytes_;
  double messages_ = 0;
  double hops_ = 0;
};

std::unique_ptr<Schedule> schedule_of(const Reduction& reduction, const ReducerOptions& options,
                                      int ranks) {
  const double bytes = static_cast<double>(reduction.elements) * options.bytes_per_element;
  AllReduce algorithm = options.algorithm(bytes);
  if (algorithm == AllReduce::native) algorithm = choose_like_open_mpi(ranks, bytes);
  return make_all_reduce(algorithm, ranks, reduction.elements, options.ranks_per_node);
}

}  // namespace

NetworkLoad network_load(const SyncSgd& program, const Network& network,
                         CollectivePatterns& patterns, const StepRecord& step) {
  const SyncSgd::Options& options = program.options();
  Links links(network, patterns);
  for (const Reduction& reduction : step.reductions) {
    if (reduction.batch.first == reduction.batch.end) continue;  // an agreement
    const ReducerOptions& reducer = reduction.of_shards ? options.shard_reducer : options.reducer;
    const Group& group =
        reduction.of_shards ? *options.groups->same_shard().front() : *patterns.world();
    links.add(group, *schedule_of(reduction, reducer, group.size()), reducer.bytes_per_element);
  }
  for (const Exchange& exchange : step.exchanges) {
    const Group& group = *options.groups->groups().front();
    links.add(group, *make_exchange(exchange.kind, group.size(), exchange.elements),
              options.bytes_per_exchanged_element);
  }
  return links.load();
}

}  // namespace rehearse
