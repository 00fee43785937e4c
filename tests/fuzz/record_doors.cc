#include <fstream>

#include "base/error.h"
#include "base/json_reader.h"
#include "scenarios/check.h"
#include "scenarios/scenario.h"
#include "studies/network_records.h"
#include "tests/fuzz/door.h"
#include "tests/scenarios/base_scenario.h"
#include "tests/validate/made_up_run.h"
#include "train/run_record.h"
#include "validate/measurements.h"
#include "validate/pilot_records.h"
#include "validate/run_measurement.h"

namespace rehearse {
namespace {

void put(const std::string& text, const std::string& path) {
  std::ofstream(path, std::ios::binary) << text;
}

void read_measured(const std::string& text, const std::string& path) {
  static ProfileLibrary profiles;
  put(text, path);
  const Measurements all = read_measurements({path});
  std::size_t tried = 0;
  for (const Measurement& record : all.records) {
    if (++tried > 3) break;
    try {
      (void)scenario_of(record, {record.workers}, profiles);
    } catch (const Error&) {  // files of scenarios are not beside it
    }
  }
}

void read_runs(const std::string& text, const std::string& path) {
  const JsonDocument document = JsonDocument::parse_text(text, path);
  if (!is_run(document)) throw Error::input("no run").at(path, "");
  const RunMeasurement run = read_run(document);
  expect_sane(run.typical.time >= 0, "a step of negative time");
}

void read_pilots(const std::string& text, const std::string& path) {
  static const Scenario own = base_with();
  put(text, path);
  for (const PilotRecord& record : read_pilot({path}, own)) {
    expect_sane(record.step_time > 0 && record.relative_error > 0, "a pilot without time or error");
  }
}

void read_testbed(const std::string& text, const std::string& path) {
  put(text, path);
  (void)read_network_records(path);
}

void check_any(const std::string& text, const std::string& path) {
  put(text, path);
  (void)check_file(path);
}

// The first records of a long file: each mutation copies the whole.
const char* const kTestbed = R"({"source": "made up", "records": [
  {"clock": "a", "topology": "single_switch", "rate": "1 Gbit/s", "link_delay": "500 us", "ranks": 2,
   "operation": "ping_pong", "size": "1 KiB", "median": "2 ms", "least": "1 ms", "greatest": "3 ms",
   "repetitions": 5},
  {"clock": "a", "topology": "fat_tree", "rate": "1 Gbit/s", "uplink": "2 Gbit/s", "link_delay": "500 us",
   "ranks": 8, "operation": "all_reduce", "algorithm": "ring", "size": "64 KiB", "median": "20 ms",
   "least": "19 ms", "greatest": "23 ms", "repetitions": 5}]})";

const char* const kOwnMeasurements = R"([
  {"id": "a", "source": "my log", "where": "line 1", "at": 4, "scenario": {"name": "s",
     "model": {"zoo": "lenet5"}, "data": {"samples": 60000}, "cluster": {"nodes": 8, "node": {"device":
     "p100-pcie-16gb"}, "network": {"preset": "aries-piz-daint"}}, "training": {"batch": {"per_worker": 64}}},
   "measured": {"quantity": "throughput", "value": 907.7, "unit": "images/s", "relative_error": 0.01},
   "set": {"training.batch.per_worker": 32}, "family": "f", "matches": {"source": "x", "algorithm": "ring"}},
  {"id": "b", "source": "my log", "at": 8, "scenario": "SCENARIOS/resnet50_goyal.json", "calibrated_from": ["a"],
   "measured": {"quantity": "efficiency", "value": 0.9, "relative_to": 1}},
  {"id": "c", "source": "Somebody et al., 2024", "model": "ResNet-50", "zoo": "resnet50", "device": "a100-sxm4-80gb",
   "devices": 16, "nodes": 2, "gpus_per_node": 8, "batch": 4096, "precision_word": "fp16", "framework": "pytorch",
   "layout": {"data": 16, "tensor": 1}, "network": "8x HDR200", "quantity": "samples_per_s", "value_si": 30000,
   "measured": {"metric": "images_per_s", "value": 30000, "unit": "images/s"}, "mappable": true, "nodes_assumed": true}])";

const char* const kPilot = R"([ { "id": "mine, 4 nodes", "source": "my log", "at": 4,
  "measured": { "quantity": "step_time", "value": "12 ms", "relative_error": 0.01 } },
  { "id": "mine, 8", "source": "my log", "at": 8, "measured": { "quantity": "throughput", "value": "9000 images/s" } } ])";

std::string own_measurements() {
  const std::string folder = "SCENARIOS";
  std::string text = kOwnMeasurements;
  return text.replace(text.find(folder), folder.size(), scenarios_folder());
}

}  // namespace

std::vector<Door> record_doors() {
  std::vector<std::string> measured = files_in(scenarios_folder() + "/published");
  measured.insert(measured.end(), 2 * measured.size(), own_measurements());
  std::vector<std::string> all = measured;
  for (const char* folder : {"/devices", "/networks", "/stacks", "/prices"}) {
    const std::vector<std::string> some = files_in(scenarios_folder() + folder);
    all.insert(all.end(), some.begin(),
               some.begin() + std::min<std::ptrdiff_t>(6, some.end() - some.begin()));
  }
  for (const char* name : {"stack", "graph"}) {
    const std::vector<std::string> some = seeds_of(name);
    all.insert(all.end(), some.begin(), some.end());
  }
  const std::string run = to_json(made_up_run());
  all.insert(all.end(), {run, made_up_profile(2), base_text()});
  return {
      {"measurements", ".json", measured, true, {"\"images/s\"", "\"set\": {}, "}, read_measured},
      {"run", ".json", {run}, true, {"\"fixed_work_s\": [1, 2], "}, read_runs},
      {"pilot", ".json", {kPilot, run}, true, {"\"efficiency\""}, read_pilots},
      {"testbed", ".json", {kTestbed}, true, {"\"exchange\""}, read_testbed},
      {"check", ".json", all, true, {"\"format\": \"rehearse-stack-1\", "}, check_any}};
}

}  // namespace rehearse
