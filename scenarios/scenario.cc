#include "scenarios/scenario.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/contract.h"
#include "runtime/data/input_pipeline.h"
#include "scenarios/find_scenario.h"
#include "scenarios/override.h"
#include "scenarios/profile_library.h"

namespace rehearse {

namespace {

// Servers and masters that sit on no worker's node; their number does not depend on the workers.
std::int64_t own_servers(const Scenario& scenario) {
  const Roles roles = scenario.roles_at(1);
  return roles.masters() + (scenario.strategy.servers.colocated ? 0 : roles.servers());
}

}  // namespace

std::int64_t Scenario::worker_batch(std::int64_t count) const {
  EXPECTS(count >= 1);
  const std::int64_t copies = replicas_at(count);
  return scaling == Scaling::weak ? batch_per_worker : (global_batch + copies - 1) / copies;
}

std::int64_t Scenario::global_batch_at(std::int64_t count) const {
  EXPECTS(count >= 1);
  return scaling == Scaling::weak ? batch_per_worker * replicas_at(count) : global_batch;
}

std::int64_t Scenario::replicas_at(std::int64_t count) const {
  return std::max<std::int64_t>(1, count / parallelism.layout.replica());
}

std::int64_t Scenario::workers_among(std::int64_t ranks) const {
  return ranks - (roles_at(1).ranks() - 1);
}

std::int64_t Scenario::server_nodes() const { return nodes > 1 ? own_servers(*this) : 0; }

std::int64_t Scenario::server_devices() const { return nodes > 1 ? 0 : own_servers(*this); }

ModelSplit Scenario::split_at(std::int64_t count) const {
  return split_model(*model, parallelism.dense, worker_batch(count), parallelism.split);
}

int Scenario::cores() const {
  return device.measured ? device.measured->threads * device.measured->devices : supply.cores;
}

int Scenario::wire_bytes() const {
  const Compression chosen = all_reduce.compression;
  return chosen == Compression::fp16 || chosen == Compression::bf16 ? 2 : gradient_bytes;
}

std::optional<std::int64_t> Scenario::known_steps(std::int64_t count) const {
  if (length.steps) return *length.steps;
  if (!length.epochs) return {};
  const std::int64_t epoch = InputPipeline::steps_per_epoch(samples, global_batch_at(count));
  return std::max<std::int64_t>(1, std::llround(*length.epochs * static_cast<double>(epoch)));
}

std::string to_text(DataSource::Format format) {
  return std::string(kDataFormatNames.text(format));
}

Scenario load_scenario(const std::string& path, const std::vector<std::string>& overrides) {
  JsonDocument document = open_scenario(path);
  for (const std::string& assignment : overrides) override_key(document, assignment);
  return read_scenario(document);
}

Scenario read_scenario(const JsonDocument& document) {
  ProfileLibrary profiles;
  return read_scenario(document, profiles);
}

std::string scenarios_folder() {
  const char* folder = std::getenv("REHEARSE_SCENARIOS");
  return folder != nullptr && *folder != '\0' ? folder : REHEARSE_DEFAULT_SCENARIOS;
}

}  // namespace rehearse
