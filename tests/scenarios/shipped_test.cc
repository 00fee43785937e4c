// Every file that ships with the project is what it says it is.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "scenarios/check.h"
#include "scenarios/profile_library.h"
#include "scenarios/uncalibrated_scenario.h"
#include "tests/scenarios/base_scenario.h"
#include "tests/scenarios/made_up_profile.h"
#include "topologies/graph/build.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(scenarios_folder() + folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string check_of(const fs::path& file) {
  try {
    return check_file(file.string());
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Shipped, EveryFileChecks) {
  const std::vector<std::pair<std::string, std::string>> folders{
      {"", "scenario"},
      {"/devices", "device profile"},
      {"/devices/kernels", "file of kernel laws"},
      {"/networks", "network preset"},
      {"/stacks", "stack profile"},
      {"/prices", "price list"}};
  for (const auto& [folder, kind] : folders) {
    const std::vector<fs::path> files = files_in(folder);
    EXPECT_FALSE(files.empty()) << folder;
    for (const fs::path& file : files) EXPECT_EQ(check_of(file), kind) << file;
  }
}

TEST(Shipped, ProfilesAreNamedAsTheirFiles) {
  for (const char* folder : {"/devices", "/stacks"}) {
    for (const fs::path& file : files_in(folder)) {
      EXPECT_EQ(JsonDocument::parse_file(file.string()).root().string("name"), file.stem()) << file;
    }
  }
}

// Presets name files that are there.
TEST(Shipped, PresetsNameDevicesAndStacksThatShip) {
  ProfileLibrary profiles;
  for (const fs::path& file : files_in("/networks")) {
    SCOPED_TRACE(file);
    const NetworkSpec spec = read_network_spec(JsonDocument::parse_file(file.string()).root());
    if (spec.device) {
      EXPECT_NO_THROW(profiles.device(*spec.device, file.string()));
    }
    if (spec.stack) {
      EXPECT_NO_THROW(profiles.stack(*spec.stack, file.string()));
    }
    // Slingshot's switches route by load.
    if (file.stem().string().starts_with("slingshot")) {
      EXPECT_EQ(spec.routing, Routing::ugal);
    }
  }
}

TEST(Shipped, ScenariosAreReadyToSimulate) {
  const std::vector<fs::path> files = files_in("");
  EXPECT_GE(files.size(), 10U);
  for (const fs::path& file : files) {
    const JsonDocument document = JsonDocument::parse_file(file.string());
    ProfileLibrary profiles;
    profiles.set_local(read_made_up_profile(devices_per_node(document)));
    const Scenario s = read_scenario(document, profiles);
    EXPECT_TRUE(s.remarks.empty()) << file;
    EXPECT_FALSE(s.provenance.empty()) << file;
    const Network network = build_network(s.network, s.nodes, s.node);
    EXPECT_EQ(place(network, s.placement, s.workers.back(), s.seed).size(),
              static_cast<std::size_t>(s.workers.back()))
        << file;
  }
}

TEST(Shipped, PizDaintIsItsMachine) {
  const Scenario s = load_scenario(scenarios_folder() + "/resnet50_piz_daint.json");
  EXPECT_EQ(s.name, "resnet50-piz-daint");
  EXPECT_EQ(s.model->parameter_count(), 25'557'032);
  EXPECT_EQ(s.devices(), 5704);
  EXPECT_EQ(s.device.name, "p100-pcie-16gb");
  EXPECT_EQ(s.optimizer.slots, 1);
  EXPECT_EQ(s.workers.size(), 11U);
  EXPECT_EQ(s.worker_batch(1024), 64);
  ASSERT_TRUE(s.calibration);
  EXPECT_EQ(s.calibration->samples_per_s, 240.0);
}

TEST(Shipped, StrongScalingKeepsTheGlobalBatch) {
  const Scenario s = load_scenario(scenarios_folder() + "/resnet50_strong.json");
  EXPECT_EQ(s.global_batch_at(1024), 8192);
  EXPECT_EQ(s.worker_batch(1024), 8);
}

TEST(Shipped, OverridesReachAnyKey) {
  const Scenario s = load_scenario(
      scenarios_folder() + "/resnet50_goyal.json",
      {"sweep.workers=[8]", "training.batch.per_worker=16", "cluster.network.stack=ideal",
       "training.allreduce.algorithm=ring", "seed=7", "name=mine", "precision=fp16"});
  EXPECT_EQ(s.workers, (std::vector<std::int64_t>{8}));
  EXPECT_EQ(s.batch_per_worker, 16);
  EXPECT_EQ(s.all_reduce.algorithm, Algorithm::ring);
  EXPECT_EQ(s.seed, 7U);
  EXPECT_EQ(s.name, "mine");
  EXPECT_EQ(s.precision, Precision::fp16);
  EXPECT_FALSE(s.calibration);  // it is of fp32
}

std::string read_back(const JsonDocument& document) { return document.value().dump(); }

// A record of one step of one rank, with some keys changed.
std::string run_record(const std::vector<std::string>& assignments = {}) {
  JsonDocument document = JsonDocument::parse_text(R"({
    "run": "train", "version": "0",
    "machine": {"cpu": "c", "cores": 2, "memory": "8 GiB", "kernels": "k", "transport": ""},
    "workers": 1, "threads_per_rank": 1, "global_batch": 32, "first_step": 0,
    "loss": [0.5], "learning_rate": [0.1],
    "ranks": [{"rank": 0, "bytes_sent": 0, "steps": [{"begin_s": 0, "step_s": 1, "compute": 0.5,
      "exposed_communication": 0, "straggler_wait": 0, "pipeline_bubble": 0, "input_wait": 0.25,
      "optimizer": 0.125, "other": 0.125, "hidden_communication": 0, "loss": 0.5}]}]})",
                                                   "run.json");
  document.set("scenario=" + base_text());
  document.set(R"(scenario.cluster={"nodes": 1, "node": {"device": "local"}})");
  document.set("scenario.sweep.workers=[1]");
  document.set("profile=" + made_up_profile(1));
  for (const std::string& assignment : assignments) document.set(assignment);
  return read_back(document);
}

class CheckText : public testing::Test {
 protected:
  void TearDown() override { fs::remove(file_); }

  std::string check(const std::string& text) {
    std::ofstream(file_) << text;
    std::string line = check_of(file_);
    if (const auto at = line.find(": "); at != std::string::npos) line.erase(0, at + 2);
    return line;
  }

 private:
  const testing::TestInfo& info_ = *testing::UnitTest::GetInstance()->current_test_info();
  fs::path file_ =
      fs::temp_directory_path() / (std::string("rehearse_check_") + info_.name() + ".json");
};

TEST_F(CheckText, Measurements) {
  EXPECT_EQ(check(R"([{"id": "a", "source": "s", "where": "table 1", "scenario": "x.json", "at": 8,
                       "measured": {"quantity": "throughput", "value": 9.5, "unit": "images/s"},
                       "calibrated_from": ["b"]}])"),
            "measurements");
  EXPECT_EQ(
      check(R"([{"id": "a", "source": "s", "model": "VGG", "hardware": "8 GPUs", "nodes": null,
                       "measured": {"metric": "throughput", "value": 1, "unit": "images/s"}}])"),
      "measurements");
}

TEST_F(CheckText, Prediction) {
  const std::string quantiles = R"({"p10": 1, "p50": 2, "p90": 3})";
  const std::string start =
      R"({"scenario": "s", "version": "0", "fidelity": "flow", "seed": 1, "points": [{
      "workers": 2, "nodes": 2, "global_batch": 4, "step_time_s": )" +
      quantiles + R"(, "step_jitter_s": )" + quantiles +
      R"(, "samples_per_s": 2, "speedup": 1, "efficiency": 1,
      "breakdown_s": {"compute": 1, "exposed_communication": 0.5, "straggler_wait": 0.5,
                      "pipeline_bubble": 0, "input_wait": 0, "optimizer": 0, "other": 0},
      "communication_s": {"total": 1, "hidden": 0.5}, "flops_per_device": 1,
      "model_flops_utilization": 0.5, "memory_per_device_bytes": {"weights": 1, "gradients": 1,
      "optimizer": 1, "activations": 1, "buffers": 0, "total": 4}, "fits": true,
      "network": {"busiest_link": "", "busiest_link_utilization": 0, "mean_hops": 0},
      "epoch_time_s": 1, "node_hours_per_epoch": 1, "energy_per_epoch_j": 1}],
      "warnings": [], )";
  EXPECT_EQ(check(start + R"("provenance": []})"), "prediction");
  const std::string row = R"({"values": {"a": 1}, "prediction": )" + start + R"("provenance": []})";
  EXPECT_EQ(check(R"({"varied": ["a"], "rows": [)" + row + R"(}], "warnings": []})"), "comparison");
  EXPECT_EQ(check(R"({"varied": ["a"], "rows": [)" + row +
                  R"(, "network": {"shape": "Single switch"}}], "warnings": []})"),
            "/rows/0/network/nodes: this key is missing (it is required): add it");
  EXPECT_EQ(check(R"({"format": "rehearse-plan-1", "points": []})"),
            "/format: this is a 'rehearse-plan-1' (nothing reads such files)");
  EXPECT_EQ(check(R"({"format": "rehearse-divice-1"})"),
            "/format: 'rehearse-divice-1' is no format that this program knows: did you mean "
            "'rehearse-device-1'?");
  EXPECT_EQ(
      check(start + R"("provenance": [{"quantity": "q", "source": "s", "kind": "guessed"}]})"),
      "/provenance/0/kind: 'guessed' is not known (it can be measured, published, derived or "
      "assumed)");
}

// The made-up profile with one key set to another value.
std::string profile_with(const std::string& assignment) {
  JsonDocument document = JsonDocument::parse_text(made_up_profile(2), "p.json");
  document.set(assignment);
  return read_back(document);
}

TEST_F(CheckText, MachineProfile) {
  EXPECT_EQ(check(made_up_profile(2)), "machine profile");
  EXPECT_EQ(check(profile_with("machine.cores=0")),
            "/machine/cores: 0 is out of range (it must be between 1 and 1000000)");
  EXPECT_EQ(check(profile_with("noise.cv=-1")),
            "/noise/cv: -1 is out of range (it must be at least 0)");
  EXPECT_EQ(check(profile_with("device.measured.extra=1")).substr(0, 37),
            "/device/measured/extra: unknown key '");
}

TEST_F(CheckText, RunRecord) {
  EXPECT_EQ(check(run_record()), "run record");
  EXPECT_EQ(check(run_record({R"(loss=[0.5, null])"})), "run record");
  EXPECT_EQ(check(run_record({R"(loss=[0.5, "much"])"})), "/loss/1: neither a number nor null");
  EXPECT_EQ(check(run_record({"ranks=[]"})), "/ranks: too few entries (at least 1 is needed)");
  EXPECT_EQ(check(run_record({"run=predict"})), "/run: 'predict' is not known (it can be train)");
}

TEST_F(CheckText, PartsOfARunRecordAreCheckedAsSuch) {
  EXPECT_EQ(check(run_record({"scenario.sweep.workers=[0]"})),
            "/sweep/workers/0: 0 is out of range (it must be between 1 and 1000000)");
  EXPECT_EQ(check(run_record({"profile.machine.cores=0"})),
            "/machine/cores: 0 is out of range (it must be between 1 and 1000000)");
}

TEST_F(CheckText, WhatCannotBeTold) {
  EXPECT_EQ(check(R"({"nothing": 1})"),
            "/: cannot tell what this file is (no key of any kind of file stands in it): give a "
            "scenario, profile, prediction or measurements");
}

}  // namespace
}  // namespace rehearse
