// Flags that stand for the commonest keys, and scenarios by name.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

using nlohmann::json;

json predicted(const std::string& arguments) {
  const ProgramRun run =
      run_program("predict " + arguments + " --fidelity analytic --json --quiet");
  EXPECT_EQ(run.status, 0) << run.err;
  return json::parse(run.out, nullptr, false);
}

std::vector<std::int64_t> workers_of(const json& prediction) {
  std::vector<std::int64_t> workers;
  for (const json& point : prediction.at("points")) workers.push_back(point.at("workers"));
  return workers;
}

using Workers = std::vector<std::int64_t>;

TEST(ShortForms, WorkersAreTheSweep) {
  const TemporaryFile scenario(small_scenario());
  EXPECT_EQ(workers_of(predicted(scenario.path() + " --workers 4")), Workers{4});
  EXPECT_EQ(workers_of(predicted(scenario.path() + " --workers 1,2")), (Workers{1, 2}));
  EXPECT_EQ(workers_of(predicted(scenario.path() + " --workers '[1, 2, 4]'")), (Workers{1, 2, 4}));
  EXPECT_EQ(workers_of(predicted(scenario.path() + " --workers 2 --set sweep.workers=[1]")),
            Workers{2});
}

TEST(ShortForms, NodesCutTheSweep) {
  const TemporaryFile scenario(small_scenario());
  EXPECT_EQ(workers_of(predicted(scenario.path() + " --nodes 3")), (Workers{1, 2, 3}));
  EXPECT_EQ(workers_of(predicted(scenario.path() + " --nodes 8")), (Workers{1, 2, 4}));
  EXPECT_EQ(workers_of(predicted(scenario.path() + " --nodes 8 --workers 8")), Workers{8});
  const ProgramRun said =
      run_program("predict " + scenario.path() + " --nodes 2 --fidelity analytic --json");
  EXPECT_NE(said.err.find("[sweep]: the points of the sweep above 2 workers are left out"),
            std::string::npos)
      << said.err;
}

TEST(ShortForms, BatchPerWorkerOrGlobal) {
  const TemporaryFile scenario(small_scenario());
  const auto batch = [&](const std::string& flag) {
    return predicted(scenario.path() + " --workers 4 " + flag)["points"][0]["global_batch"];
  };
  EXPECT_EQ(batch("--batch 16"), 64);
  EXPECT_EQ(batch("--batch per_worker=16"), 64);
  EXPECT_EQ(batch("--batch global=100"), 100);
}

TEST(ShortForms, StandForTheirKeys) {
  const TemporaryFile scenario(small_scenario());
  const std::string base = "predict " + scenario.path() + " --workers 4 --json --quiet ";
  for (const auto& [flags, sets] :
       {std::pair{"--device v100-pcie-16gb", "--set cluster.node.device=v100-pcie-16gb"},
        std::pair{"--network ethernet-25g-roce", "--set cluster.network=ethernet-25g-roce"},
        std::pair{"--model resnet20_cifar", R"(--set 'model={"zoo": "resnet20_cifar"}')"},
        std::pair{"--algorithm ring", "--set training.allreduce.algorithm=ring"},
        std::pair{"--precision fp16", "--set precision=fp16"},
        std::pair{"--strategy sync", "--set training.strategy=sync"}}) {
    const ProgramRun one = run_program(base + "--fidelity analytic " + flags);
    const ProgramRun other = run_program(base + "--set fidelity=analytic " + sets);
    EXPECT_EQ(one.status, 0) << one.err;
    EXPECT_EQ(one.out, other.out) << flags;
  }
}

TEST(ShortForms, ModelTakesAFileFromWhereOneIs) {
  const TemporaryFile scenario(small_scenario());
  const TemporaryFile layers(
      R"({"name": "own", "input": {"channels": 4}, "layers": [{"kind": "dense", "features": 10}]})");
  const double flops = predicted(scenario.path() + " --workers 1 --batch 1 --model " +
                                 layers.path())["points"][0]["flops_per_device"];
  // 4 x 10 multiply-adds forward and as many for the weights; the input needs no gradient.
  EXPECT_EQ(flops, 2 * 2 * 40);
  const ProgramRun table = run_program("model " + layers.path() + " --json");
  EXPECT_EQ(json::parse(table.out)["parameters"], 50);
}

TEST(ShortForms, ScenariosAreFoundByName) {
  for (const char* word : {"resnet50_strong", "scenarios/resnet50_strong"}) {
    EXPECT_EQ(workers_of(predicted(std::string(word) + " --workers 8")), Workers{8});
    for (const char* command : {"check ", "topology ", "model "}) {
      EXPECT_EQ(run_program(command + std::string(word)).status, 0) << command << word;
    }
  }
  const ProgramRun run = run_program(
      "collective --network resnet50_strong --op all_reduce --ranks 2 --sizes 1KiB "
      "--fidelity analytic --quiet");
  EXPECT_EQ(run.status, 0) << run.err;
}

TEST(ModelCommand, TakesSettingsOfAZooNetwork) {
  const auto input_of = [](const std::string& arguments) {
    const ProgramRun run = run_program("model " + arguments + " --json");
    EXPECT_EQ(run.status, 0) << run.err;
    return json::parse(run.out)["layers"][0]["output"];
  };
  EXPECT_EQ(input_of("resnet50 --set model.image_size=128"), "3x128x128");
  EXPECT_EQ(input_of("resnet50 --set model.image_size=128 --precision bf16"), "3x128x128");
  const json one = json::parse(run_program("model lenet5 --json").out);
  const json many = json::parse(run_program("model lenet5 --batch 64 --json").out);
  EXPECT_EQ(many["batch"], 64);
  EXPECT_EQ(many["parameters"], one["parameters"]);
  EXPECT_EQ(many["forward_flops"], 64 * one["forward_flops"].get<double>());
  EXPECT_EQ(many["memory_bytes"]["activations"],
            64 * one["memory_bytes"]["activations"].get<double>());
}

}  // namespace
}  // namespace rehearse
