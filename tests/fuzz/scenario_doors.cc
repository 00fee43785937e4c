#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/quantity_text.h"
#include "kernels/devices/layer_table.h"
#include "kernels/models/importers/onnx.h"
#include "kernels/models/model_reader.h"
#include "scenarios/override.h"
#include "scenarios/profile_library.h"
#include "scenarios/scenario.h"
#include "tests/fuzz/door.h"
#include "tests/scenarios/base_scenario.h"
#include "tests/scenarios/made_up_profile.h"
#include "tests/scenarios/mutator.h"
#include "topologies/graph/build.h"

namespace rehearse {
namespace {

constexpr std::int64_t kSmall = 256;  // nodes of networks that are built

void read_one(const JsonDocument& document) try {
  static ProfileLibrary profiles;
  if (!profiles.local()) profiles.set_local(read_made_up_profile(2));
  const Scenario scenario = read_scenario(document, profiles);
  if (scenario.nodes > kSmall) return;
  (void)build_network(scenario.network, scenario.nodes, scenario.node);
} catch (const Error& error) {
  throw error.at(document.name(), "");  // what is built knows no files
}

// Paths of the shipped scenarios are relative to their folder.
std::string shipped(const std::string& path) {
  return scenarios_folder() + path.substr(path.rfind('/'));
}

void read_scenario_text(const std::string& text, const std::string& path) {
  read_one(JsonDocument::parse_text(text, shipped(path)));
}

// Each line is KEY=VALUE.
void read_overrides(const std::string& text, const std::string& path) {
  JsonDocument document = JsonDocument::parse_text(base_text(), shipped(path));
  std::size_t begin = 0;
  for (int lines = 0; begin < text.size() && lines < 20; ++lines) {
    const std::size_t end = std::min(text.size(), text.find('\n', begin));
    try {
      override_key(document, text.substr(begin, end - begin));
    } catch (const Error& error) {
      throw error.at("the command line", "");
    }
    begin = end + 1;
  }
  read_one(document);
}

void read_layers(const std::string& text, const std::string& path) {
  const JsonDocument document = JsonDocument::parse_text(text, path);
  (void)layer_table(read_model(document.root(), std::nullopt), Precision::fp32);
}

void read_onnx_file(const std::string& text, const std::string& path) {
  std::ofstream(path, std::ios::binary) << text;
  (void)layer_table(read_onnx(path, {.sequence = 6, .image_size = 16}), Precision::fp32);
}

// One line, which may be any of the quantities.
void read_quantity(const std::string& text, const std::string&) {
  std::size_t refused = 0;
  std::optional<Error> last;
  const auto attempt = [&](auto parse) {
    try {
      expect_sane(parse(text).value() >= 0, "a negative quantity");
      (void)to_text(parse(text));
    } catch (const Error& error) {
      ++refused;
      last = error;
    }
  };
  attempt(parse_duration);
  attempt(parse_bytes);
  attempt(parse_bandwidth);
  attempt(parse_flop_rate);
  if (refused == 4) throw last->at("quantity", "");
}

const char* const kOverrides[] = {
    "cluster.network=aries-piz-daint\ntraining.batch={\"global\": 512}\n",
    "cluster.network.topology=dragonfly\nsweep.workers=[1, 2, 4]\ncluster.nodes=64\n",
    "noise.compute_cv=0.1\ncluster.placement=random\n",
    "training.optimizer.name=adam\ntraining.allreduce.algorithm=ring\nfidelity=analytic\n",
    "cluster.node.devices=4\ncluster.node.nics=2\nseed=7\n",
    "model={\"zoo\": \"lenet5\"}\nmodel.layers.0.features=3\n"};

}  // namespace

std::vector<Door> scenario_doors() {
  const std::vector<std::string> words{"\"sweep\": {\"workers\": [1]}, ", "in_network", "async_ps",
                                       "cluster.node.device=v100-sxm2-16gb\n", "\"local\""};
  return {{"scenario", ".json", mutation_corpus(), true, words, read_scenario_text},
          {"overrides",
           ".txt",
           {std::begin(kOverrides), std::end(kOverrides)},
           false,
           words,
           read_overrides},
          {"layers", ".json", seeds_of("layers"), true, {"\"from\": \"input\", "}, read_layers},
          // Seeds are those of tests/kernels/onnx/write_onnx.py.
          {"onnx",
           ".onnx",
           seeds_of("onnx"),
           false,
           {"Reshape", "MatMul", "Gather", "Conv", "LSTM", "perm", "axis", "axes", "pads"},
           read_onnx_file},
          {"quantity",
           ".txt",
           {"5 ms", "64 MiB", "25 GB/s", "100 Gbit/s", "9.3 TFLOP/s", "0 B", "1e3 us"},
           false,
           {"ns", "kbit/s", "PB", "EFLOP/s", "d", "µs"},
           read_quantity}};
}

}  // namespace rehearse
