// `train` from the command line to its files, with one rank.
#include "base/stats.h"
#include "runtime/data/dataset.h"
#include "tests/apps/train_fixture.h"

namespace rehearse {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

TEST_F(TrainProgram, LeavesItsRecordAlone) {
  const ProgramRun run = train(1, "out");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(names_in("out"), Names{"run.json"});
  EXPECT_NE(run.out.find("6 steps on 1 rank"), std::string::npos) << run.out;
  EXPECT_NE(run.err.find("rehearse: step 6 of 6, loss "), std::string::npos) << run.err;
  const json made = record("out");
  EXPECT_EQ(made["loss"].size(), 6u);
  EXPECT_EQ(made["ranks"].size(), 1u);
  EXPECT_EQ(made["ranks"][0]["steps"].size(), 6u);
  EXPECT_EQ(made["evaluation"]["samples"], 64);
  EXPECT_EQ(made["scenario"]["sweep"]["workers"], json({1}));
  EXPECT_EQ(made["profile"]["machine"]["cpu"], "made up");
  EXPECT_EQ(made["ranks"][0]["bytes_sent"], 0);
  const ProgramRun check = run_program("check " + path("out") + "/run.json");
  EXPECT_EQ(check.status, 0) << check.err;
}

// The parts of every step add up to its length.
TEST_F(TrainProgram, StepsAreMadeOfTheirParts) {
  ASSERT_EQ(train(1, "out", "--quiet").status, 0);
  for (const json& step : record("out")["ranks"][0]["steps"]) {
    double sum = 0;
    for (const char* part : {"compute", "exposed_communication", "straggler_wait",
                             "pipeline_bubble", "input_wait", "optimizer", "other"}) {
      sum += step[part].get<double>();
    }
    EXPECT_NEAR(sum, step["step_s"].get<double>(), 1e-9);
  }
}

TEST_F(TrainProgram, PrintsJsonAndNothingElse) {
  const ProgramRun run = train(1, "out", "--json --quiet");
  ASSERT_EQ(run.status, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out, read_file(path("out") + "/run.json"));
  EXPECT_FALSE(json::parse(run.out, nullptr, false).is_discarded());
}

TEST_F(TrainProgram, EqualSeedsTrainEqually) {
  ASSERT_EQ(train(1, "a", "--quiet").status, 0);
  ASSERT_EQ(train(1, "b", "--quiet").status, 0);
  ASSERT_EQ(train(1, "c", "--quiet --seed 2").status, 0);
  EXPECT_EQ(record("a")["loss"].dump(), record("b")["loss"].dump());
  EXPECT_NE(record("a")["loss"].dump(), record("c")["loss"].dump());
}

TEST_F(TrainProgram, ResumedItGoesOnBitForBit) {
  ASSERT_EQ(train(1, "whole", "--quiet --set training.steps=9").status, 0);
  ASSERT_EQ(train(1, "parts", "--quiet --set training.checkpoint_every=2").status, 0);
  EXPECT_EQ(names_in("parts"), (Names{"checkpoints", "run.json"}));
  const ProgramRun rest = train(
      1, "parts", "--quiet --resume --set training.checkpoint_every=2 --set training.steps=9");
  ASSERT_EQ(rest.status, 0) << rest.err;
  const json made = record("parts");
  EXPECT_EQ(made["loss"].dump(), record("whole")["loss"].dump());
  EXPECT_EQ(made["first_step"], 6);
  EXPECT_EQ(made["ranks"][0]["steps"].size(), 3u);
  EXPECT_EQ(made["evaluation"].dump(), record("whole")["evaluation"].dump());
}

TEST_F(TrainProgram, ResumesOnlyItsOwnJob) {
  ASSERT_EQ(train(1, "out", "--quiet --set training.checkpoint_every=2").status, 0);
  const auto refused = [&](int ranks, const std::string& more, const std::string& says) {
    const ProgramRun run = train(ranks, "out", "--quiet " + more);
    EXPECT_EQ(run.status, 2) << more;
    EXPECT_NE(run.err.find(says), std::string::npos) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  };
  refused(1, "--set training.checkpoint_every=2", "holds the checkpoints of an earlier run");
  refused(1, "--resume --set training.steps=5", "nothing is left to do");
  refused(1, "--resume --set training.steps=9 --set training.batch.per_worker=8", "another job");
  refused(1, "--resume --set training.steps=9 --seed 2", "another job");
  const ProgramRun none = train(1, "empty", "--quiet --resume");
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.err.find("no intact checkpoint"), std::string::npos) << none.err;
}

// Interrupted between its last checkpoint and its record, a run has the record left to write.
TEST_F(TrainProgram, ResumedAtItsEndItWritesTheRecord) {
  ASSERT_EQ(train(1, "out", "--quiet --set training.checkpoint_every=2").status, 0);
  const json whole = record("out");
  std::filesystem::remove(path("out") + "/run.json");
  const ProgramRun run = train(1, "out", "--quiet --resume");
  ASSERT_EQ(run.status, 0) << run.err;
  const json made = record("out");
  EXPECT_EQ(made["first_step"], 6);
  EXPECT_TRUE(made["ranks"][0]["steps"].empty());
  EXPECT_EQ(made["loss"].dump(), whole["loss"].dump());
  EXPECT_EQ(made["evaluation"].dump(), whole["evaluation"].dump());
  EXPECT_EQ(run_program("check " + path("out") + "/run.json").status, 0);
  const ProgramRun validation = run_program("validate " + path("out") + "/run.json");
  EXPECT_EQ(validation.status, 2);
  EXPECT_NE(validation.err.find("the run has no steps"), std::string::npos) << validation.err;
}

TEST_F(TrainProgram, UnwritablePlacesAreTheEnvironment) {
  const ProgramRun run = train(1, "s.json/below", "--quiet");
  EXPECT_EQ(run.status, 3);
  EXPECT_NE(run.err.find("cannot be made"), std::string::npos) << run.err;
}

TEST_F(TrainProgram, BadDataIsAnsweredInOneLine) {
  const auto refused = [&](const std::string& more, int status, const std::string& says) {
    const ProgramRun run = train(1, "out", "--quiet " + more);
    EXPECT_EQ(run.status, status) << more;
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find(says), std::string::npos) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  };
  const std::string cifar = "--set data.test_samples=0 --set data.format=cifar10 --set ";
  refused(cifar + R"('data.train=["none.bin"]')", 2, "none.bin");
  write_cifar10(*make_synthetic({.size = 640}), path("cifar.bin"));
  refused(cifar + R"('data.train=["cifar.bin"]')", 2,
          "samples of 3x32x32, the model takes 1x28x28");
  refused("--set precision=bf16", 2, "bf16");
  refused("--set training.optimizer.lr=0", 2, "/lr: 0 is out of range (it must be above 0 and");
}

TEST_F(TrainProgram, RefusesWhatItCannotTrainBeforeItLooksForAProfile) {
  for (const auto& [setting, says] :
       {std::pair("training.parallelism.tensor=2", "split layers"), {"precision=bf16", "bf16"}}) {
    const ProgramRun run =
        run_program("train " + path("s.json") + " --ranks 2 --profile " + path("nowhere.json") +
                    " --quiet --out " + path("out") + " --set " + setting);
    EXPECT_EQ(run.status, 2);
    EXPECT_NE(run.err.find(says), std::string::npos) << run.err;
  }
}

TEST_F(TrainProgram, ProfilesMustFitTheRanks) {
  const ProgramRun run = run_program("train " + path("s.json") + " --profile " + path("two.json") +
                                     " --quiet --out " + path("out"));
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("calibrated as 2 devices, not 1"), std::string::npos) << run.err;
}

TEST_F(TrainProgram, ItsRecordIsAMeasurement) {
  ASSERT_EQ(train(1, "out", "--quiet").status, 0);
  const ProgramRun run = run_program("validate " + path("out") + "/run.json --json --quiet");
  ASSERT_EQ(run.status, 0) << run.err;
  const json validation = json::parse(run.out);
  ASSERT_EQ(validation["records"].size(), 1u);
  EXPECT_EQ(validation["records"][0]["id"], "tiny @ 1");
  EXPECT_EQ(validation["records"][0]["phases"].size(), 11u);
  // Timed after the third and the sixth step, if not more often; the made-up machine takes 1 ms.
  const std::vector<double> times = record("out")["ranks"][0]["fixed_work_s"];
  ASSERT_GE(times.size(), 2u);
  const double slowdown = validation["records"][0]["machine"]["slowdown"];
  EXPECT_NEAR(slowdown, quantile(times, 0.5) / 1e-3, 1e-6 * slowdown);
}

}  // namespace
}  // namespace rehearse
