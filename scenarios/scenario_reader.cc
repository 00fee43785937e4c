#include <filesystem>
#include <limits>

#include "base/error.h"
#include "kernels/models/model_reader.h"
#include "scenarios/calibration_reader.h"
#include "scenarios/cluster_reader.h"
#include "scenarios/convergence_reader.h"
#include "scenarios/data_reader.h"
#include "scenarios/faults_reader.h"
#include "scenarios/file_kind.h"
#include "scenarios/known_keys.h"
#include "scenarios/noise_reader.h"
#include "scenarios/profile_library.h"
#include "scenarios/scenario.h"
#include "scenarios/sweep_reader.h"
#include "scenarios/training_reader.h"
#include "scenarios/workload_reader.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostEvery = 1'000'000'000'000;

void expect_precision(const ObjectReader& root, const Scenario& scenario) {
  try {
    (void)scenario.device.peak_rate(scenario.precision);
  } catch (const Error& error) {
    throw error.at(root.file(), "/precision");
  }
}

void read_background(ObjectReader& root, Scenario& scenario) {
  expect_object(root, "background", {.of_text = {"pattern"}, .of_number = {"share"}});
  auto reader = root.optional_object("background");
  if (!reader) return;
  expect_known(*reader, {"pattern", "share"});
  const auto pattern = kBackgroundNames.read_optional(*reader, "pattern");
  scenario.background.share = reader->optional_number("share", 0, 1).value_or(0);
  if (!pattern) return;
  scenario.background.pattern = *pattern;
  if (scenario.background.share == 0) {
    scenario.remarks.emplace_back("background.pattern is not used: the share of the traffic is 0");
  }
}

void expect_reducing_switches(const ObjectReader& root, const Scenario& scenario) {
  if (scenario.all_reduce.algorithm != Algorithm::in_network) return;
  const char* const key = "training/allreduce/algorithm";
  if (!scenario.network.reduction) {
    throw root.error_at(key, "the switches of this network do not reduce",
                        "it has no 'in_network_reduction'",
                        "give cluster.network.in_network_reduction, or use another algorithm");
  }
  if (scenario.fidelity == Fidelity::message) {
    throw root.error_at(key, "fidelity 'message' knows no in-network reduction",
                        "a stream over a tree of switches is no message between two ranks",
                        "use fidelity flow or analytic, or another algorithm");
  }
}

void read_emulation(ObjectReader& root, Scenario& scenario) {
  auto reader = root.optional_object("emulation");
  if (!reader) return;
  expect_known(*reader, {"model", "data", "every"});
  scenario.emulation.every = reader->optional_integer("every", 1, kMostEvery).value_or(0);
  auto data = reader->optional_object("data");
  auto model = reader->optional_object("model");
  if (!data && !model) return;
  Scenario other = scenario;
  other.emulation = {};
  std::optional<std::int64_t> classes = scenario.classes;
  if (data) {
    other.source = {};
    classes = read_data(*data, other);
  }
  if (model) {
    other.model = std::make_shared<const Model>(read_model(*model, classes, other.sequence));
    other.classes = other.model->classes();
  }
  scenario.emulation.arithmetic = std::make_shared<const Scenario>(std::move(other));
}

// What is said of the input must be complete.
void expect_supply(const ObjectReader& root, const Scenario& scenario) {
  const InputSupply& supply = scenario.supply;
  const bool storage = supply.storage || supply.node_storage;
  const bool prepares = supply.preparation > Duration(0);
  if (scenario.local && (storage || prepares || supply.cores > 0)) {
    throw root.error_at(storage    ? "cluster/storage"
                        : prepares ? "data/preparation"
                                   : "cluster/node/cores",
                        "the input of a local device is measured", "", "leave the key out");
  }
  if (storage && !(scenario.bytes_per_sample > Bytes(0))) {
    throw root.error_at("data", "it is not known how much of the storage a sample takes", "",
                        "give 'bytes_per_sample'");
  }
  if (prepares && supply.cores == 0) {
    throw root.error_at("cluster/node", "it is not known how many cores prepare samples", "",
                        "give 'cores', or leave out data.preparation");
  }
  if (!prepares && supply.cores > 0 && scenario.helpers == 0) {
    throw root.error_at("cluster/node/cores", "it is not known what the cores prepare", "",
                        "give data.preparation, the time of one core for a sample");
  }
}

}  // namespace

Scenario read_scenario(const JsonDocument& document, ProfileLibrary& profiles) {
  expect_scenario(document);
  ObjectReader root = document.root();
  expect_known(root, {"format", "name", "workload", "model", "precision", "data", "cluster",
                      "training", "sweep", "noise", "background", "faults", "convergence",
                      "emulation", "fidelity", "seed"});
  expect_object(root, "model", {.of_text = {"zoo"}, .of_number = {}, .of_list = {"layers"}});
  expect_object(root, "data", {.of_text = {"format"}, .of_number = {"samples"}});
  Scenario scenario;
  scenario.file = document.name();
  scenario.name =
      root.optional_string("name").value_or(std::filesystem::path(document.name()).stem().string());
  if (root.has("precision")) {
    scenario.precision =
        kPrecisionNames.at(working_choice(root, "precision", kPrecisionNames.words(), {}, ""));
  }
  const bool has_model = !root.has("workload");
  if (has_model) {
    const std::optional<std::int64_t> classes = read_data(root.object("data"), scenario);
    scenario.model =
        std::make_shared<const Model>(read_model(root.object("model"), classes, scenario.sequence));
    scenario.classes = scenario.model->classes();
  } else {
    expect_no_model(root);
  }

  ObjectReader cluster = root.object("cluster");
  read_cluster(cluster, profiles, scenario);
  expect_precision(root, scenario);
  if (has_model) {
    ObjectReader node = cluster.object("node");
    read_calibration(node, scenario);
    expect_supply(root, scenario);

    ObjectReader training = root.object("training");
    read_training(training, scenario);
    read_sweep(root, training, scenario);
  } else {
    read_workload(root, scenario);
  }

  read_noise(root, scenario);
  read_background(root, scenario);
  read_faults(root, scenario);
  read_convergence(root, scenario);
  if (root.has("fidelity")) {
    scenario.fidelity = kFidelityNames.read(root, "fidelity");
  }
  if (scenario.fidelity == Fidelity::analytic && scenario.background.share > 0) {
    throw root.error_at("background", "fidelity 'analytic' knows no background traffic",
                        "its one rank stands for all, and nobody stands for other jobs",
                        "use fidelity flow, or share 0");
  }
  expect_reducing_switches(root, scenario);
  scenario.seed = static_cast<std::uint64_t>(
      root.optional_integer("seed", 0, std::numeric_limits<std::int64_t>::max()).value_or(1));
  if (has_model) read_emulation(root, scenario);
  return scenario;
}

}  // namespace rehearse
