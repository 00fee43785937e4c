#include "scenarios/strategy_reader.h"

#include <initializer_list>

#include "base/error.h"
#include "scenarios/known_keys.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostRanks = 1'000'000;
constexpr std::int64_t kMostSteps = 1'000'000'000;

void read_servers(ObjectReader& training, ServerOptions& servers) {
  expect_object(training, "servers", {.of_text = {"placement"}, .of_number = {"count"}});
  auto reader = training.optional_object("servers");
  if (!reader) return;
  expect_known(*reader, {"count", "placement", "sharding", "update_bandwidth"});
  servers.count = static_cast<int>(reader->optional_integer("count", 1, kMostRanks).value_or(1));
  servers.colocated =
      reader->optional_choice("placement", {"dedicated", "colocated"}).value_or(0) == 1;
  constexpr auto kShardingNames = enum_names<ServerOptions::Sharding>("round_robin", "balanced");
  servers.sharding = kShardingNames.read_optional(*reader, "sharding").value_or(servers.sharding);
  if (const auto rate = reader->optional_bandwidth("update_bandwidth")) {
    if (*rate == Bandwidth(0)) {
      throw reader->error_at("update_bandwidth", "at a bandwidth of zero no update ends", "",
                             "give a positive rate");
    }
    servers.update_bandwidth = *rate;
  }
}

void read_lag(ObjectReader& training, StrategyOptions& options) {
  expect_object(training, "lag", {.of_text = {}, .of_number = {"steps"}});
  auto reader = training.optional_object("lag");
  if (!reader) return;
  expect_known(*reader, {"steps", "sync_first", "sync_last"});
  constexpr std::int64_t kMostLag = 1000;
  options.lag = reader->optional_integer("steps", 0, kMostLag).value_or(options.lag);
  options.sync_first = reader->optional_integer("sync_first", 0, kMostSteps).value_or(0);
  options.sync_last = reader->optional_integer("sync_last", 0, kMostSteps).value_or(0);
}

void read_elastic(ObjectReader& training, StrategyOptions& options) {
  expect_object(training, "easgd", {.of_text = {}, .of_number = {"force"}});
  if (auto reader = training.optional_object("easgd")) {
    expect_known(*reader, {"force"});
    options.easgd_force = reader->optional_number("force", 0, 1e3).value_or(options.easgd_force);
  }
  expect_object(training, "gem", {.of_text = {}, .of_number = {"kappa"}});
  if (auto reader = training.optional_object("gem")) {
    expect_known(*reader, {"kappa", "momentum", "lr"});
    options.gem_kappa = reader->optional_number("kappa", 0, 1e6).value_or(options.gem_kappa);
    options.gem_momentum = reader->optional_number("momentum", 0, 1).value_or(options.gem_momentum);
    options.gem_lr = reader->optional_number("lr", 0, 1e6).value_or(options.gem_lr);
  }
}

// A key that is there and has no effect under this strategy.
void set_aside(const ObjectReader& training, StrategyKind kind,
               std::initializer_list<const char*> keys, bool applies,
               std::vector<std::string>& remarks) {
  if (applies) return;
  ObjectReader probe = training;
  for (const char* key : keys) {
    if (!probe.has(key)) continue;
    remarks.push_back("training." + std::string(key) + " is not used: strategy '" +
                      std::string(kStrategyNames.text(kind)) + "' has no use for it");
  }
}

}  // namespace

const std::vector<std::string_view>& strategy_keys() {
  static const std::vector<std::string_view> kKeys{
      "strategy",  "servers", "backup_workers",      "masters", "sync_every",  "gated",
      "processes", "groups",  "momentum_correction", "lag",     "local_steps", "easgd",
      "gem"};
  return kKeys;
}

StrategyOptions read_strategy(ObjectReader& training, std::vector<std::string>& remarks) {
  StrategyOptions options;
  options.kind = kStrategyNames.read_optional(training, "strategy").value_or(StrategyKind::sync);
  const auto integer = [&](const char* key, std::int64_t least, std::int64_t most,
                           std::int64_t otherwise) {
    return training.optional_integer(key, least, most).value_or(otherwise);
  };
  read_servers(training, options.servers);
  options.backup_workers = static_cast<int>(integer("backup_workers", 0, kMostRanks, 0));
  options.masters = static_cast<int>(integer("masters", 1, kMostRanks, 1));
  options.sync_every = integer("sync_every", 1, kMostSteps, 1);
  options.gated = training.optional_boolean("gated").value_or(false);
  options.processes = static_cast<int>(integer("processes", 1, kMostRanks, 1));
  options.groups = static_cast<int>(integer("groups", 1, kMostRanks, 1));
  options.momentum_correction = training.optional_boolean("momentum_correction").value_or(true);
  options.local_steps = integer("local_steps", 1, kMostSteps, 1);
  read_lag(training, options);
  read_elastic(training, options);
  const StrategyKind kind = options.kind;
  const auto expect_use = [&](std::initializer_list<const char*> keys, bool applies) {
    set_aside(training, kind, keys, applies, remarks);
  };
  expect_use({"servers"}, has_servers(kind));
  expect_use({"backup_workers"}, kind == StrategyKind::sync_backup_ps);
  expect_use({"masters", "sync_every", "processes"}, has_masters(kind));
  expect_use({"gated"}, kind == StrategyKind::downpour);
  expect_use({"groups", "momentum_correction"}, kind == StrategyKind::hybrid);
  expect_use({"lag"}, kind == StrategyKind::lagged);
  expect_use({"local_steps"}, kind == StrategyKind::local_sgd);
  expect_use({"easgd"}, kind == StrategyKind::easgd);
  expect_use({"gem"}, kind == StrategyKind::gem);
  return options;
}

}  // namespace rehearse
