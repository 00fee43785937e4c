// Commands and the keys of layouts and language models.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

using nlohmann::json;

// 1,048,577 tokens of sequences of 1,024 are 1,025 samples; a step takes 64 on 8 workers: 17 steps.
TEST(Plan, CountsTokens) {
  const std::string job = "plan gpt2_xl_selene --workers 8 --quiet ";
  const ProgramRun good = run_program(job + "--tokens 1048577 --json");
  ASSERT_EQ(good.status, 0) << good.err;
  const json plan = json::parse(good.out);
  EXPECT_EQ(plan["tokens"], 1048577);
  EXPECT_EQ(plan["samples"], 1025);
  EXPECT_EQ(plan["points"][0]["steps"], 17);
  EXPECT_EQ(run_program(job + "--tokens 1 --samples 2").status, 2);
  EXPECT_EQ(run_program(job + "--tokens 0").status, 2);
  const TemporaryFile scenario(small_scenario());
  const ProgramRun run = run_program("plan " + scenario.path() + " --tokens 1000");
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("reads no tokens"), std::string::npos) << run.err;
}

// An open layout is a good file, but only a search can use it.
TEST(OpenLayout, IsForASearch) {
  const TemporaryFile scenario(small_scenario());
  const std::string open = " --set training.parallelism=auto";
  for (const std::string& command :
       {"predict " + scenario.path() + open, "emulate " + scenario.path() + open,
        "train " + scenario.path() + " --ranks 1" + open,
        "compare " + scenario.path() + " --vary seed=1,2" + open,
        "predict " + scenario.path() + " --set training.parallelism.zero=auto"}) {
    const ProgramRun run = run_program(command);
    EXPECT_EQ(run.status, 2) << command << ": " << run.err;
    EXPECT_NE(run.err.find("rehearse search"), std::string::npos) << command << ": " << run.err;
  }
}

// Horovod's keys are searched, and told in each row.
TEST(SearchCommand, FindsFusionAndCycle) {
  const TemporaryFile scenario(small_scenario());
  const std::string open = " --set training.framework=horovod --workers 2 ";
  const ProgramRun run = run_program("search " + scenario.path() + open +
                                     "--fix pipeline=1 --fix zero=0 --fix 'cycle=1 ms' --json "
                                     "--quiet --top 3");
  ASSERT_EQ(run.status, 0) << run.err;
  const json best = json::parse(run.out)["best"][0];
  EXPECT_EQ(best["allreduce"]["cycle_s"], 0.001);
  EXPECT_TRUE(best["allreduce"].contains("fusion_bytes"));
  const ProgramRun refused =
      run_program("predict " + scenario.path() + open + "--set training.allreduce.cycle=auto");
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("rehearse search"), std::string::npos) << refused.err;
  const ProgramRun plan = run_program("plan " + scenario.path() + open +
                                      "--set training.allreduce.cycle=auto --epochs 1 --quiet");
  EXPECT_EQ(plan.status, 0) << plan.err;
}

// One table over machines; the second is the cluster of a scenario.
TEST(SearchCommand, ComparesMachines) {
  const std::string job =
      "search gpt2_xl_selene --model gpt2 --workers 8 --batch global=32 --fix zero=0 "
      "--fidelity analytic --top 2 --quiet ";
  const ProgramRun run = run_program(job + "--machine efa-p5 --machine gpt2_xl_selene --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const json found = json::parse(run.out);
  EXPECT_EQ(found["machine"], "efa-p5");
  EXPECT_EQ(found["best"].size(), 2U);
  EXPECT_EQ(found["best"][0]["machine"], "efa-p5");
  EXPECT_EQ(found["by_workers"].size(), 2U);
  EXPECT_EQ(found["by_workers"][1]["machine"], "gpt2_xl_selene");
  const ProgramRun text = run_program(job + "--machine efa-p4d --machine efa-p5 --objective cost");
  ASSERT_EQ(text.status, 0) << text.err;
  EXPECT_NE(text.out.find("USD of 2024"), std::string::npos) << text.out;
  for (const char* wrong : {"--machine efa-p6", "--machine efa-p5 --device v100-sxm2-32gb",
                            "--machine infiniband-edr-summit --machine efa-p5 --objective cost"}) {
    EXPECT_EQ(run_program(job + wrong).status, 2) << wrong;
  }
}

// Fixed keys are held, counts shrink, and the best loses nothing.
TEST(SearchCommand, FindsLayouts) {
  const std::string job = "search gpt2_xl_selene --model gpt2 --workers 8 --batch global=32 ";
  const ProgramRun run = run_program(job + "--fix zero=1 --top 3 --json --quiet");
  ASSERT_EQ(run.status, 0) << run.err;
  const json found = json::parse(run.out);
  EXPECT_GT(found["candidates"], found["legal"]);
  EXPECT_GE(found["legal"], found["fitting"]);
  ASSERT_EQ(found["best"].size(), 3U);
  EXPECT_TRUE(found["best"][0]["loses_because"].is_null());
  EXPECT_GE(found["best"][2]["loses_because"]["seconds"], 0);
  for (const json& one : found["best"]) EXPECT_EQ(one["layout"]["zero"], 1);
  EXPECT_EQ(found["by_workers"].size(), 1U);
  const ProgramRun wrong = run_program(job + "--fix tensr=2");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("did you mean 'tensor'?"), std::string::npos) << wrong.err;
  EXPECT_EQ(run_program(job + "--objective speed").status, 2);
  EXPECT_EQ(run_program(job + "--max-memory 0GB").status, 2);
}

TEST(Plan, FindsOpenLayouts) {
  const ProgramRun run = run_program(
      "plan gpt2_xl_selene --model gpt2 --workers 8,16 --batch global=32 --tokens 1000000 --json "
      "--quiet --set training.parallelism=auto");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(json::parse(run.out)["points"].size(), 2U);
}

TEST(OpenLayout, IsAGoodFile) {
  std::string text = small_scenario();
  const std::string training = "\"training\": {";
  const std::size_t at = text.find(training);
  ASSERT_NE(at, std::string::npos);
  text.insert(at + training.size(), "\"parallelism\": \"auto\", ");
  const TemporaryFile scenario(text);
  EXPECT_EQ(run_program("check " + scenario.path()).status, 0);
}

}  // namespace
}  // namespace rehearse
