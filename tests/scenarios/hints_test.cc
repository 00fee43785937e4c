// What a scenario says to those who write it as other programs would.
#include <gtest/gtest.h>

#include "base/error.h"
#include "scenarios/check.h"
#include "scenarios/file_kind.h"
#include "scenarios/override.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

bool says(const std::vector<std::string>& assignments, const std::string& part) {
  const std::string text = complaint(assignments);
  if (text.find(part) != std::string::npos) return true;
  ADD_FAILURE() << assignments.front() << " says: " << text;
  return false;
}

TEST(Hints, ShortFormsOfObjects) {
  EXPECT_TRUE(says({"training.batch=128"}, R"(write {"per_worker": 128} or {"global": 128})"));
  EXPECT_TRUE(says({"training.optimizer=adam"}, R"(write {"name": "adam"})"));
  EXPECT_TRUE(says({"training.allreduce=ring"}, R"(write {"algorithm": "ring"})"));
  EXPECT_TRUE(says({"model=resnet50"}, R"(write {"zoo": "resnet50"})"));
  EXPECT_TRUE(says({"cluster.network=dragonfly"}, R"(write {"preset": "dragonfly"} or)"));
  EXPECT_TRUE(says({"cluster.node=v100-sxm2-16gb"}, R"(write {"device": "v100-sxm2-16gb"})"));
  EXPECT_TRUE(says({"sweep=[1, 2]"}, R"(write {"workers": [1,2]})"));
  EXPECT_TRUE(says({"data=1000"}, R"(write {"samples": 1000})"));
  EXPECT_TRUE(says({"background=0.3"}, R"(write {"share": 0.3})"));
  EXPECT_TRUE(says({"noise=0.05"}, R"(write {"compute_cv": 0.05} or)"));
  EXPECT_TRUE(says({"training.batch=[1]"}, "write { … }"));
}

TEST(Hints, KeysThatStandElsewhere) {
  EXPECT_TRUE(says({"batch=128"}, "did you mean training.batch?"));
  EXPECT_TRUE(says({"lr=0.1"}, "training.gem.lr or training.optimizer.lr?"));
  EXPECT_TRUE(says({"workers=[1]"}, "did you mean sweep.workers?"));
  EXPECT_TRUE(says({"cluster.topology=torus"}, "did you mean cluster.network.topology?"));
  EXPECT_TRUE(says({"training.batch.batch_size=8"}, "did you mean 'per_worker'?"));
  EXPECT_TRUE(says({"training.optimizer.learning_rate=1"}, "did you mean 'lr'?"));
  EXPECT_TRUE(says({"cluster.node.gpus=4"}, "did you mean 'devices'?"));
}

TEST(Hints, WordsOfTheSameKind) {
  EXPECT_TRUE(says({"training.strategy=async"}, "did you mean 'async_ps'?"));
  EXPECT_TRUE(says({"training.strategy=hybird"}, "did you mean 'hybrid'?"));
  EXPECT_TRUE(says({"precision=nvfp5"}, "did you mean 'nvfp4'?"));
  EXPECT_TRUE(says({"training.allreduce.algorithm=rabenseifer"}, "did you mean 'rabenseifner'?"));
}

TEST(Hints, NullRemovesAnyKey) {
  EXPECT_EQ(complaint({R"(background={"share": 2})", "background=null"}), "accepted");
  EXPECT_EQ(complaint({"background=null"}), "accepted");
  EXPECT_EQ(complaint({"training.allreduce=null"}), "accepted");
  EXPECT_EQ(complaint({R"(training={"batch": {"per_worker": 8}, "optimizer": null})"}), "accepted");
  EXPECT_TRUE(says({"cluster.nodes=null"}, "/cluster/nodes: this key is missing"));
  EXPECT_TRUE(says({"backgroud=null"}, "unknown key 'backgroud'"));
}

// Of a preset null removes what the preset says; the scenario's own key gives way to the preset's.
TEST(Hints, NullReachesPresets) {
  const auto spec_with = [](std::vector<std::string> more) {
    more.insert(more.begin(),
                R"(cluster.network={"preset": "infiniband-hdr-selene", "stack": "ideal"})");
    return base_with(more);
  };
  EXPECT_TRUE(spec_with({}).network.reduction.has_value());
  EXPECT_FALSE(
      spec_with({"cluster.network.in_network_reduction=null"}).network.reduction.has_value());
  const double rate = spec_with({}).network.injection.bandwidth.value();
  const Scenario back = spec_with(
      {"cluster.network.injection_bandwidth=1 GB/s", "cluster.network.injection_bandwidth=null"});
  EXPECT_EQ(back.network.injection.bandwidth.value(), rate);
}

std::string kind_said(const std::string& text) {
  try {
    expect_scenario(JsonDocument::parse_text(text, "x.json"));
  } catch (const Error& error) {
    return error.what();
  }
  return "passes";
}

TEST(FileKind, Case16HuggingFaceConfigs) {
  const std::string bert = kind_said(
      R"({"architectures": ["BertForMaskedLM"], "model_type": "bert", "hidden_size": 1024})");
  EXPECT_EQ(bert.substr(0, 62), "x.json: this is a Hugging Face config (model_type 'bert') (it ");
  EXPECT_NE(kind_said(R"({"n_embd": 768, "n_layer": 12})").find("Hugging Face"), std::string::npos);
  EXPECT_NE(kind_said(R"({"hidden_size": 8, "num_hidden_layers": 2})").find("Hugging Face"),
            std::string::npos);
}

TEST(FileKind, OtherFilesOfThisProgram) {
  EXPECT_NE(kind_said(R"({"peak": {}, "memory_bandwidth": "1 GB/s"})").find("'device profile'"),
            std::string::npos);
  EXPECT_NE(kind_said(R"({"points": [], "scenario": "x", "version": "1"})").find("'prediction'"),
            std::string::npos);
  EXPECT_NE(kind_said("[]").find("'measurements'"), std::string::npos);
  EXPECT_EQ(kind_said(R"({"modle": {}})"), "passes");
  EXPECT_EQ(kind_said(base_text()), "passes");
}

// --nodes 2 on nodes of 4 devices: 8 devices.
TEST(CutSweep, EndsAtAllDevices) {
  const auto cut = [](const std::vector<std::string>& assignments) {
    JsonDocument document = JsonDocument::parse_text(base_text(), "s.json");
    for (const std::string& assignment : assignments) document.set(assignment);
    const bool said = cut_sweep(document).has_value();
    const Scenario scenario = read_scenario(document);
    return std::pair(said, scenario.workers);
  };
  using Workers = std::vector<std::int64_t>;
  EXPECT_EQ(cut({"cluster.nodes=2"}), std::pair(true, Workers{1, 4, 8}));
  EXPECT_EQ(cut({"cluster.nodes=3"}), std::pair(true, Workers{1, 4, 8, 12}));
  EXPECT_EQ(cut({"cluster.nodes=1", "sweep.workers=[8, 32]"}), std::pair(true, Workers{4}));
  EXPECT_EQ(cut({"cluster.nodes=9"}), std::pair(false, Workers{1, 4, 8, 32}));
}

}  // namespace
}  // namespace rehearse
