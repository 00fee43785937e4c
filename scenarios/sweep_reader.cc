#include "scenarios/sweep_reader.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/enum_names.h"
#include "base/error.h"
#include "scenarios/known_keys.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostSamples = 1'000'000'000'000;
constexpr std::size_t kMostPoints = 10'000;

struct Batch {
  std::optional<std::int64_t> per_worker, global;
};

Batch read_batch(ObjectReader reader) {
  expect_known(reader, {"per_worker", "global"});
  Batch batch;
  batch.per_worker = reader.optional_integer("per_worker", 1, kMostWorkerBatch);
  batch.global = reader.optional_integer("global", 1, kMostSamples);
  if (batch.per_worker.has_value() != batch.global.has_value()) return batch;
  throw reader.error_at(
      "", batch.global ? "both 'per_worker' and 'global' are given" : "no batch is given", "",
      "give one of 'per_worker' and 'global'");
}

// What is left for workers.
std::int64_t usable_devices(const Scenario& scenario) {
  const std::int64_t nodes =
      usable_nodes(scenario.placement, scenario.nodes) - scenario.server_nodes();
  return std::max<std::int64_t>(0, nodes * scenario.node.devices - scenario.server_devices());
}

// So many workers make a whole part of the job: a group, or a ring of processes.
std::int64_t workers_of_part(const StrategyOptions& strategy) {
  if (strategy.kind == StrategyKind::hybrid) return strategy.groups;
  return has_masters(strategy.kind) ? strategy.processes : 1;
}

// The fewest devices on which the layout has whole replicas, experts and shard groups; of a number
// of replicas that is given only that.
std::int64_t devices_of_layout(const ParallelismOptions& options) {
  const Layout& layout = options.layout;
  const std::int64_t replica = layout.replica();
  if (layout.data > 0) return replica * layout.data;
  const std::int64_t experts = std::int64_t{layout.expert} * layout.expert_tensor;
  const std::int64_t ranks = std::int64_t{layout.tensor} * layout.sharers();
  const std::int64_t shards = std::max(1, layout.shard_group);
  return replica * std::lcm(experts / std::gcd(experts, ranks),
                            shards / std::gcd(shards, std::int64_t{layout.sharers()}));
}

std::vector<std::int64_t> default_workers(const Scenario& scenario) {
  constexpr std::int64_t kLargest = 1024;
  const bool whole_nodes = takes_whole_nodes(scenario.all_reduce.algorithm);
  const std::int64_t last = std::min(usable_devices(scenario), kLargest);
  const std::int64_t least =
      scenario.strategy.kind == StrategyKind::sync_backup_ps ? scenario.strategy.backup_workers : 0;
  const std::int64_t layout = devices_of_layout(scenario.parallelism);
  if (layout > last || scenario.parallelism.layout.data > 0) return {layout};
  std::int64_t first = std::lcm(whole_nodes ? std::int64_t{scenario.node.devices} : 1,
                                std::lcm(std::lcm(std::int64_t{scenario.parallelism.dense}, layout),
                                         workers_of_part(scenario.strategy)));
  while (first <= least) first *= 2;
  std::vector<std::int64_t> workers;
  for (std::int64_t n = first; n <= last; n *= 2) workers.push_back(n);
  if (workers.empty()) workers.push_back(first);  // to be refused
  return workers;
}

class SweepCheck {
 public:
  SweepCheck(const ObjectReader& root, const Scenario& scenario)
      : root_(root), scenario_(scenario) {}

  // Before the batch is shared out, which counts replicas.
  void check_replicas() const {
    for (std::size_t i = 0; i < scenario_.workers.size(); ++i) expect_replicas(i);
  }

  void check() const {
    for (std::size_t i = 0; i < scenario_.workers.size(); ++i) expect_roles(i);
    expect_devices(root_, scenario_);
    expect_blocks();
    for (std::size_t i = 0; i < scenario_.workers.size(); ++i) {
      expect_whole_groups(i);
      expect_whole_nodes(i);
      expect_samples(i);
      expect_gatherable(i);
      // What is open is a search's to settle.
      if (scenario_.parallelism.open.empty()) (void)scenario_.layout_at(scenario_.workers[i]);
    }
  }

 private:
  [[nodiscard]] Error error(std::size_t i, std::string what, std::string why,
                            std::string remedy) const {
    return root_.error_at("sweep/workers/" + std::to_string(i), std::move(what), std::move(why),
                          std::move(remedy));
  }

  void expect_whole_groups(std::size_t i) const {
    const std::int64_t count = scenario_.workers[i];
    const std::int64_t group = scenario_.parallelism.dense;
    if (count % group == 0) return;
    throw error(i,
                std::to_string(count) + " workers do not form groups of " + std::to_string(group),
                "training.parallelism.dense splits layers over that many",
                "use a multiple of " + std::to_string(group));
  }

  void expect_replicas(std::size_t i) const {
    const std::int64_t count = scenario_.workers[i];
    const Layout& layout = scenario_.parallelism.layout;
    const std::int64_t replica = layout.replica();
    if (count % replica == 0) return;
    throw error(
        i, std::to_string(count) + " devices do not form replicas of " + std::to_string(replica),
        layout.tiles.count() > 1 ? "training.parallelism.spatial has as many tiles"
                                 : "training.parallelism has tensor x pipeline x context of that",
        "use a multiple of " + std::to_string(replica));
  }

  void expect_roles(std::size_t i) const {
    const StrategyOptions& strategy = scenario_.strategy;
    const std::int64_t count = scenario_.workers[i];
    const std::int64_t part = workers_of_part(strategy);
    if (count % part != 0) {
      const bool groups = strategy.kind == StrategyKind::hybrid;
      throw error(i,
                  std::to_string(count) + " workers cannot be dealt evenly to " +
                      (groups ? std::to_string(part) + " groups" : "workers of so many processes"),
                  std::string("training.") + (groups ? "groups" : "processes") + " is " +
                      std::to_string(part),
                  "use a multiple of " + std::to_string(part));
    }
    if (has_masters(strategy.kind) && strategy.masters > 1 && count / part < strategy.masters) {
      throw error(i, "some of " + std::to_string(strategy.masters) + " sub-masters have no worker",
                  "there are " + std::to_string(count / part), "use fewer training.masters");
    }
    if (strategy.kind == StrategyKind::sync_backup_ps && strategy.backup_workers >= count) {
      throw error(i,
                  std::to_string(strategy.backup_workers) + " backup workers of " +
                      std::to_string(count) + " leave nobody to wait for",
                  "", "use fewer training.backup_workers, or more workers");
    }
  }

  void expect_gatherable(std::size_t i) const {
    constexpr double kMostElements = 1e12;
    const std::int64_t count = scenario_.workers[i];
    const auto batch = static_cast<double>(scenario_.worker_batch(count));
    for (const SplitLayer& split : scenario_.split_at(count).layers) {
      const double inputs = static_cast<double>(split.inputs) * scenario_.parallelism.dense;
      if (batch * inputs <= kMostElements) continue;
      throw error(i,
                  "the inputs of '" + scenario_.model->layers()[split.layer].name +
                      "' that a worker gathers are more than 10^12",
                  "layers are split over " + std::to_string(scenario_.parallelism.dense),
                  "use a smaller batch or smaller groups");
    }
  }

  void expect_whole_nodes(std::size_t i) const {
    const std::int64_t count = scenario_.workers[i];
    const std::int64_t per_node = scenario_.node.devices;
    const Algorithm algorithm = scenario_.all_reduce.algorithm;
    if (!takes_whole_nodes(algorithm) || count <= per_node) return;
    const std::string why =
        "a " + to_text(algorithm) + " all-reduce needs equally many on every node";
    if (count % per_node != 0) {
      throw error(i,
                  std::to_string(count) + " workers do not fill nodes of " +
                      std::to_string(per_node) + " devices evenly",
                  why, "use a multiple of " + std::to_string(per_node));
    }
    const std::int64_t group = scenario_.parallelism.dense;
    if (per_node % group == 0 || group % per_node == 0) return;
    throw root_.error_at("training/parallelism/dense",
                         "groups of " + std::to_string(group) + " workers do not fit nodes of " +
                             std::to_string(per_node) + " devices evenly",
                         why, "use a divisor or a multiple of " + std::to_string(per_node));
  }

  void expect_blocks() const {
    const Algorithm algorithm = scenario_.all_reduce.algorithm;
    if (!takes_whole_nodes(algorithm) || scenario_.node.devices == 1) return;
    if (scenario_.placement.mapping == Placement::Mapping::block) return;
    throw root_.error_at(
        "cluster/mapping",
        "a " + to_text(algorithm) + " all-reduce works on blocks of workers on one node",
        "round_robin puts neighbours on different nodes",
        "use \"block\" or another training.allreduce.algorithm");
  }

  void expect_samples(std::size_t i) const {
    const std::int64_t count = scenario_.workers[i];
    const std::int64_t copies = scenario_.replicas_at(count);
    if (scenario_.scaling == Scaling::weak || scenario_.global_batch >= copies) return;
    if (!scenario_.parallelism.open.empty()) return;  // how many replicas, a search finds
    throw error(i,
                "a global batch of " + std::to_string(scenario_.global_batch) + " leaves some of " +
                    std::to_string(copies) + (copies == count ? " workers" : " replicas") +
                    " without a sample",
                "strong scaling keeps the global batch", "use a larger batch or fewer workers");
  }

  const ObjectReader& root_;
  const Scenario& scenario_;
};

// The batch of the file is that of the smallest point; the scaling says what of it stays.
void share_out(const Batch& batch, const ObjectReader& training, Scenario& scenario) {
  const std::int64_t first = scenario.replicas_at(scenario.workers.front());
  if (scenario.scaling == Scaling::strong) {
    scenario.global_batch = batch.global ? *batch.global : *batch.per_worker * first;
    return;
  }
  if (batch.global && *batch.global % first != 0) {
    throw training.error_at("batch/global",
                            std::to_string(*batch.global) + " samples cannot be dealt evenly to " +
                                std::to_string(first) +
                                (first == scenario.workers.front() ? " workers" : " replicas"),
                            "weak scaling keeps the batch per worker of the smallest point",
                            "use a multiple, or sweep.scaling \"strong\"");
  }
  scenario.batch_per_worker = batch.per_worker ? *batch.per_worker : *batch.global / first;
}

// Of counts that nobody named those stay on which the layout is possible, if there are any.
void drop_impossible(Scenario& scenario) {
  if (!scenario.parallelism.open.empty()) return;
  std::vector<std::int64_t> possible;
  for (const std::int64_t count : scenario.workers) {
    try {
      (void)scenario.layout_at(count);
      possible.push_back(count);
    } catch (const Error&) {  // of a count that stays, SweepCheck tells it
    }
  }
  if (!possible.empty()) scenario.workers = std::move(possible);
}

void expect_worker_batch(const ObjectReader& training, const Scenario& scenario) {
  const std::int64_t largest = scenario.worker_batch(scenario.workers.front());
  if (largest <= kMostWorkerBatch) return;
  throw training.error_at("batch", "a worker gets " + std::to_string(largest) + " samples",
                          "at most " + std::to_string(kMostWorkerBatch) + " are allowed",
                          "use a smaller batch or more workers");
}

}  // namespace

std::vector<std::int64_t> read_workers(ObjectReader& sweep) {
  if (is_number(sweep, "workers")) return {sweep.integer("workers", 1, kMostWorkers)};
  std::vector<std::int64_t> workers = sweep.integers("workers", 1, kMostWorkers);
  if (workers.empty()) {
    throw sweep.error_at("workers", "the sweep is empty", "", "list at least one count of workers");
  }
  if (workers.size() > kMostPoints) {
    throw sweep.error_at("workers", "the sweep has more than 10000 points", "", "list fewer");
  }
  for (std::size_t i = 1; i < workers.size(); ++i) {
    if (workers[i - 1] < workers[i]) continue;
    const bool again = workers[i - 1] == workers[i];
    throw sweep.error_at("workers/" + std::to_string(i),
                         std::to_string(workers[i]) + (again ? " stands twice" : " stands after ") +
                             (again ? "" : std::to_string(workers[i - 1])),
                         "the counts ascend, each stands once", "sort them and remove repetitions");
  }
  return workers;
}

void expect_devices(const ObjectReader& root, const Scenario& scenario) {
  const std::int64_t devices = usable_devices(scenario);
  for (std::size_t i = 0; i < scenario.workers.size(); ++i) {
    if (scenario.workers[i] <= devices) continue;
    throw root.error_at(
        "sweep/workers/" + std::to_string(i),
        std::to_string(scenario.workers[i]) + " workers do not fit " + std::to_string(devices) +
            " devices",
        std::to_string(devices / scenario.node.devices) + " nodes of " +
            std::to_string(scenario.node.devices) +
            (scenario.server_nodes() > 0
                 ? ", beside " + std::to_string(scenario.server_nodes()) + " of servers"
                 : ""),
        "use more nodes or fewer workers");
  }
}

void read_sweep(ObjectReader& root, ObjectReader& training, Scenario& scenario) {
  expect_object(training, "batch", {.of_text = {}, .of_number = {"per_worker", "global"}});
  expect_object(root, "sweep",
                {.of_text = {"scaling"}, .of_number = {"workers"}, .of_list = {"workers"}});
  const Batch batch = read_batch(training.object("batch"));
  scenario.scaling = batch.global ? Scaling::strong : Scaling::weak;
  scenario.workers = default_workers(scenario);
  bool given = false;
  if (auto sweep = root.optional_object("sweep")) {
    expect_known(*sweep, {"workers", "scaling"});
    given = sweep->has("workers");
    if (given) scenario.workers = read_workers(*sweep);
    constexpr auto kNames = enum_names<Scaling>("weak", "strong");
    scenario.scaling = kNames.read_optional(*sweep, "scaling").value_or(scenario.scaling);
  }
  const SweepCheck check(root, scenario);
  check.check_replicas();
  share_out(batch, training, scenario);
  if (!given) drop_impossible(scenario);
  check.check();
  expect_worker_batch(training, scenario);
}

}  // namespace rehearse
