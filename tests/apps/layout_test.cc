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
