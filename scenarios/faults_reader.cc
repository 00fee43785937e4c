#include "scenarios/faults_reader.h"

#include "base/error.h"
#include "scenarios/known_keys.h"

namespace rehearse {
namespace {

// 30,000 years: sums and products of such times are finite.
constexpr Duration kLongest(1e12);

std::optional<Duration> read_time(ObjectReader& faults, const char* key) {
  const auto time = faults.optional_duration(key);
  if (time && *time > kLongest) {
    throw faults.error_at(key, "nothing lasts 30,000 years", "", "give less, or leave the key out");
  }
  return time;
}

// A mean time between failures, or the time between two checkpoints.
std::optional<Duration> positive(ObjectReader& faults, const char* key) {
  const auto time = read_time(faults, key);
  if (time && *time == Duration(0)) {
    throw faults.error_at(key, "nothing can be trained in no time", "",
                          "give a time above zero, for example \"150 d\"");
  }
  return time;
}

// Of clusters of GPUs; nothing is published of others.
constexpr Duration kWorkerMtbf(2111.0 * 24 * 3600);
// Standard deviation of the ln of failures per node of eight devices and day: 2.34e-3 and 6.5e-3
// (Kokolis et al., arXiv:2410.21680), 2.9e-3 (10 in 55 days of 63 nodes, arXiv:2605.09370), about
// 3e-3 (BigScience, tr11-176B-ml chronicles), 3.8e-3 (arXiv:2407.21783), about 1.6e-2 (2 machines a
// day of 124, OPT chronicles, metaseq).
constexpr double kRateSpread = 0.72;
constexpr Duration kRestart(660);
constexpr Duration kCheckpointCost(40);

// What a file leaves out of its faults.
void add_published(FaultOptions& options, bool restart, bool cost, Scenario& scenario) {
  const auto add = [&](const char* key, const char* source) {
    scenario.provenance.push_back(
        {std::string("faults.") + key, source, Provenance::Kind::published});
  };
  if (!options.worker_mtbf && !options.node_mtbf && !options.job_mtbf) {
    options.worker_mtbf = kWorkerMtbf;
    options.rate_spread = kRateSpread;
    add("worker_mtbf",
        "not given: 2111 d, from 419 unexpected interruptions in 54 days of 16,384 H100 (Llama 3, "
        "arXiv:2407.21783, 3.8e-3 per day and node of 8); other clusters have 2.3e-3 to 1.6e-2 "
        "(Kokolis et al., arXiv:2410.21680; OPT chronicles)");
  }
  if (!restart) {
    options.restart = kRestart;
    add("restart",
        "not given: 11 min, the median between attempts of 224 multi-node trainings "
        "(arXiv:2605.09370)");
  }
  if (!cost) {
    options.checkpoint_cost = kCheckpointCost;
    add("checkpoint_cost",
        "not given: 40 s, as 2.3 TB of BLOOM-176B took on 48 nodes (BigScience, tr11-176B-ml "
        "chronicles)");
  }
}

}  // namespace

void read_faults(ObjectReader& root, Scenario& scenario) {
  expect_object(root, "faults", {.of_text = {"node_mtbf", "worker_mtbf"}});
  auto faults = root.optional_object("faults");
  if (!faults) return;
  expect_known(*faults, {"worker_mtbf", "node_mtbf", "job_mtbf", "restart", "queue",
                         "checkpoint_interval", "checkpoint_cost"});
  FaultOptions options;
  options.worker_mtbf = positive(*faults, "worker_mtbf");
  options.node_mtbf = positive(*faults, "node_mtbf");
  options.job_mtbf = positive(*faults, "job_mtbf");
  const auto restart = read_time(*faults, "restart");
  options.restart = restart.value_or(Duration(0));
  options.queue = read_time(*faults, "queue").value_or(Duration(0));
  options.checkpoint_interval = positive(*faults, "checkpoint_interval");
  const auto cost = read_time(*faults, "checkpoint_cost");
  options.checkpoint_cost = cost.value_or(Duration(0));
  if (options.worker_mtbf && options.node_mtbf) {
    throw faults->error_at("node_mtbf", "both 'worker_mtbf' and 'node_mtbf' are given",
                           "a failure would count twice", "give one");
  }
  if (scenario.device.is_accelerator() && scenario.model) {
    add_published(options, restart.has_value(), cost.has_value(), scenario);
  }
  if (!options.worker_mtbf && !options.node_mtbf && !options.job_mtbf) {
    throw faults->error_at("", "nothing is said of how often anything fails", "",
                           "give 'node_mtbf', 'worker_mtbf' or 'job_mtbf'");
  }
  if (!options.checkpoint_interval && options.checkpoint_cost == Duration(0)) {
    throw faults->error_at("", "it is not known how often checkpoints are written",
                           "if they cost nothing there is no best interval",
                           "give 'checkpoint_cost' or 'checkpoint_interval'");
  }
  if (!scenario.model) {
    scenario.remarks.emplace_back(
        "faults is not used: collectives without a model train nothing that could be lost");
    return;
  }
  scenario.faults = options;
}

}  // namespace rehearse
