#include "predict/network_load.h"

#include <memory>
#include <numeric>

namespace rehearse {
namespace {

// Adds up what schedules send.
class Links {
 public:
  Links(const Network& network, const Router& router, const std::vector<EndpointId>& workers)
      : network_(network),
        router_(router),
        workers_(workers),
        bytes_(static_cast<std::size_t>(network.links())) {}

  void add(const Group& group, const Schedule& schedule, int bytes_per_element) {
    for (const Phase& phase : schedule.phases()) {
      for (int rank = 0; rank < group.size(); ++rank) {
        volumes_.clear();
        schedule.volumes(rank, phase, volumes_);
        for (const Volume& volume : volumes_) {
          router_.route(device(group, rank), device(group, volume.peer), 0, path_);
          messages_ += phase.rounds;
          hops_ += static_cast<double>(phase.rounds) * static_cast<double>(path_.size());
          for (const LinkId link : path_) {
            bytes_[static_cast<std::size_t>(link)] +=
                static_cast<double>(volume.elements) * bytes_per_element;
          }
        }
      }
    }
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
  [[nodiscard]] EndpointId device(const Group& group, int rank) const {
    return workers_[static_cast<std::size_t>(group.world_rank(rank))];
  }

  const Network& network_;
  const Router& router_;
  const std::vector<EndpointId>& workers_;
  std::vector<double> bytes_;
  std::vector<Volume> volumes_;
  std::vector<LinkId> path_;
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

NetworkLoad network_load(const SyncSgd& program, const Network& network, const Router& router,
                         const std::vector<EndpointId>& workers, const StepRecord& step) {
  const SyncSgd::Options& options = program.options();
  Links links(network, router, workers);
  std::vector<int> ranks(workers.size());
  std::iota(ranks.begin(), ranks.end(), 0);
  const std::vector all{std::make_shared<const Group>(0, std::move(ranks))};
  for (const Reduction& reduction : step.reductions) {
    if (reduction.batch.first == reduction.batch.end) continue;  // an agreement
    const ReducerOptions& reducer = reduction.of_shards ? options.shard_reducer : options.reducer;
    for (const auto& group : reduction.of_shards ? options.groups->same_shard() : all) {
      links.add(*group, *schedule_of(reduction, reducer, group->size()), reducer.bytes_per_element);
    }
  }
  for (const Exchange& exchange : step.exchanges) {
    for (const auto& group : options.groups->groups()) {
      links.add(*group, *make_exchange(exchange.kind, group->size(), exchange.elements),
                options.bytes_per_exchanged_element);
    }
  }
  return links.load();
}

}  // namespace rehearse
