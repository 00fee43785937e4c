// `train` with several ranks, which the program starts itself.
#include <signal.h>

#include <thread>

#include "runtime/checkpoint/checkpoint.h"
#include "tests/apps/processes.h"
#include "tests/runtime/sample_text.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

TEST_F(TrainRanks, LeaveOneRecord) {
  const ProgramRun run = train(2, "out", "--json --quiet");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out, read_file(path("out") + "/run.json"));
  EXPECT_EQ(names_in("out"), std::vector<std::string>{"run.json"});
  const nlohmann::json made = record("out");
  EXPECT_EQ(made["workers"], 2);
  EXPECT_EQ(made["global_batch"], 32);
  ASSERT_EQ(made["ranks"].size(), 2u);
  EXPECT_EQ(made["ranks"][1]["rank"], 1);
  EXPECT_EQ(made["loss"].size(), 6u);
  EXPECT_EQ(made["evaluation"]["samples"], 64);
  // Two ranks send each other half of the gradients twice: their size, in each of six steps.
  const nlohmann::json model =
      nlohmann::json::parse(run_program("model " + path("s.json") + " --json").out);
  EXPECT_EQ(made["ranks"][0]["bytes_sent"], 6 * 4 * model["parameters"].get<std::int64_t>());
}

TEST_F(TrainRanks, ResumeBitForBitWithAsMany) {
  const std::string often = "--quiet --set training.checkpoint_every=2 ";
  ASSERT_EQ(train(2, "whole", "--quiet --set training.steps=9").status, 0);
  ASSERT_EQ(train(2, "parts", often).status, 0);
  const ProgramRun rest = train(2, "parts", often + "--resume --set training.steps=9");
  ASSERT_EQ(rest.status, 0) << rest.err;
  EXPECT_EQ(record("parts")["loss"].dump(), record("whole")["loss"].dump());
  const ProgramRun other = train(1, "parts", often + "--resume --set training.steps=12");
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.err.find("resume with --ranks 2"), std::string::npos) << other.err;
}

// The gradient of a batch is the mean of the gradients of its halves, also where a layer adds its
// gradient to that of another.
TEST_F(TrainRanks, ASmallGptLearnsAsWithOneRankAndTwiceTheBatch) {
  put("text", test::sample_text(20'000));
  put("s.json", R"({
    "name": "gpt",
    "model": {"name": "gpt", "input": {"channels": 1, "sequence": 16}, "layers": [
      {"kind": "embedding", "name": "table", "vocabulary": 256, "features": 32},
      {"kind": "position_embedding", "name": "x", "positions": 16},
      {"kind": "layer_norm"}, {"kind": "dense", "features": 96},
      {"kind": "attention", "heads": 2}, {"kind": "dense", "name": "y", "features": 32},
      {"kind": "add", "from": ["x", "y"]}, {"kind": "layer_norm"},
      {"kind": "dense", "features": 256, "tied": "table"}]},
    "data": {"samples": 1250, "format": "text", "train": ["text"], "test": ["text"]},
    "cluster": {"nodes": 1, "node": {"device": "local"}},
    "training": {"batch": {"per_worker": 8}, "optimizer": {"name": "sgd", "lr": 0.1}, "steps": 20}
  })");
  const std::string samples = std::to_string((test::sample_text(20'000).size() - 1) / 16);
  const std::string more = "--quiet --set data.samples=" + samples;
  const ProgramRun two = train(2, "two", more);
  ASSERT_EQ(two.status, 0) << two.err;
  const ProgramRun one = train(1, "one", more + " --set training.batch.per_worker=16");
  ASSERT_EQ(one.status, 0) << one.err;
  const auto of_two = record("two")["loss"].get<std::vector<double>>();
  const auto of_one = record("one")["loss"].get<std::vector<double>>();
  ASSERT_EQ(of_two.size(), 20u);
  ASSERT_EQ(of_one.size(), 20u);
  for (std::size_t i = 0; i < of_one.size(); ++i) EXPECT_NEAR(of_two[i], of_one[i], 1e-4) << i;
  EXPECT_LT(of_one.back(), of_one.front() - 1);
  // Accuracy is that of all steps.
  EXPECT_GT(record("one")["evaluation"]["accuracy"].get<double>(), 0.1);
  EXPECT_LT(record("one")["evaluation"]["accuracy"].get<double>(), 1.0);
}

TEST_F(TrainRanks, ErrorsAreToldOnce) {
  ASSERT_EQ(train(1, "out", "--quiet --set training.checkpoint_every=2").status, 0);
  const ProgramRun run = train(2, "out", "--quiet --resume --set training.steps=9");
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.err,
            "rehearse: the checkpoint was written by 1 ranks, this run has 2: resume with --ranks "
            "1\n");
}

TEST_F(TrainRanks, AKilledRankEndsTheRunAndLeavesItsCheckpoints) {
  const pid_t run = start_program(words(2, "out",
                                        "--quiet --set training.steps=100000000 "
                                        "--set training.checkpoint_every=5"),
                                  path("err"));
  ASSERT_GT(run, 0);
  const fs::path checkpoints = path("out") + "/checkpoints";
  std::optional<pid_t> victim;
  for (const auto end = SteadyClock::now() + 60s; SteadyClock::now() < end;) {
    std::error_code not_yet;
    if (!victim) victim = find_rank(run, 1);
    if (victim && fs::exists(checkpoints / "checkpoint-00000003.ckpt", not_yet)) break;
    std::this_thread::sleep_for(20ms);
  }
  if (!victim) kill(run, SIGTERM);
  ASSERT_TRUE(victim);
  ASSERT_EQ(kill(*victim, SIGKILL), 0);
  const std::optional<int> status = wait_for(run, 60s);
  if (!status) kill(run, SIGKILL);
  ASSERT_TRUE(status) << "the run has not ended";
  EXPECT_EQ(*status, 3);
  const std::string said = read_file(path("err"));
  EXPECT_NE(said.find("rank 1 on "), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;

  const std::optional<Checkpoint> newest = CheckpointStore(checkpoints.string()).newest();
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->step % 5, 0);
  EXPECT_EQ(newest->losses.size(), static_cast<std::size_t>(newest->step));
  const ProgramRun rest =
      train(2, "out", "--quiet --resume --set training.steps=" + std::to_string(newest->step + 2));
  EXPECT_EQ(rest.status, 0) << rest.err;
  EXPECT_EQ(record("out")["first_step"], newest->step);
}

}  // namespace
}  // namespace rehearse
