// Real runs that go wrong, and must say so.
#include <signal.h>

#include "tests/apps/processes.h"

namespace rehearse {
namespace {

using nlohmann::json;
using std::chrono_literals::operator""s;

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// On a machine with GPUs as well: the variable hides them.
TEST_F(TrainProgram, WithoutAGpuItSaysWhatToDo) {
  setenv("CUDA_VISIBLE_DEVICES", "", 1);
  for (const int ranks : {1, 2}) {
    const ProgramRun run = train(ranks, "out", "--quiet --device cuda");
    EXPECT_EQ(run.status, 3);
    EXPECT_TRUE(run.err.starts_with("rehearse: cannot compute on a GPU (")) << run.err;
    EXPECT_NE(run.err.find("train on CPU cores"), std::string::npos) << run.err;
    EXPECT_EQ(lines_of(run.err), 1u) << run.err;
  }
  unsetenv("CUDA_VISIBLE_DEVICES");
}

// A network without normalisation, whose loss is beyond all numbers after a step or two.
constexpr const char* kWild = "--set training.optimizer.lr=1000000 --set training.steps=12 ";

TEST_F(TrainProgram, Case43ALossThatIsNotFiniteEndsTheRun) {
  const ProgramRun run = train(1, "out", std::string(kWild) + "--quiet");
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(run.err.starts_with("rehearse: the loss is not finite in step ")) << run.err;
  EXPECT_NE(run.err.find("at a learning rate of 1000000"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("there is no checkpoint"), std::string::npos) << run.err;
  EXPECT_EQ(lines_of(run.err), 1u) << run.err;
  const json made = record("out");
  const std::size_t step = made["diverged"]["step"];
  EXPECT_EQ(made["diverged"]["stopped"], true);
  EXPECT_LT(step, 12u);
  EXPECT_EQ(made["loss"].size(), step);
  EXPECT_TRUE(made["loss"].back().is_null());
  EXPECT_EQ(made["learning_rate"].size(), step);
  EXPECT_FALSE(made.contains("evaluation"));
  EXPECT_EQ(run_program("check " + path("out") + "/run.json").status, 0);
}

TEST_F(TrainProgram, Case43ItGoesOnWhereTheScenarioSaysSo) {
  const ProgramRun run =
      train(1, "out", std::string(kWild) + "--set training.on_divergence=continue");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.err.find("the run goes on"), std::string::npos) << run.err;
  const json made = record("out");
  EXPECT_EQ(made["loss"].size(), 12u);
  EXPECT_EQ(made["diverged"]["stopped"], false);
  EXPECT_TRUE(made["loss"].back().is_null());
}

// The checkpoints are those of before, and a run goes on from them.
TEST_F(TrainProgram, Case43TheLastCheckpointIsIntact) {
  const std::string often = std::string(kWild) + "--quiet --set training.checkpoint_every=1 ";
  const ProgramRun run = train(1, "out", often);
  EXPECT_EQ(run.status, 1);
  const std::int64_t step = record("out")["diverged"]["step"];
  const ProgramRun rest = train(1, "out", often + "--resume --set training.on_divergence=continue");
  EXPECT_EQ(rest.status, 0) << rest.err;
  // That of the step before, unless its update has left weights that are not finite.
  const std::int64_t first = record("out")["first_step"];
  EXPECT_GE(first, 1);
  EXPECT_LT(first, step);
  EXPECT_NE(run.err.find("the newest checkpoint, of step " + std::to_string(first)),
            std::string::npos)
      << run.err;
}

TEST_F(TrainRanks, Case43AllRanksStopTogether) {
  const ProgramRun run = train(2, "out", std::string(kWild) + "--quiet");
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(lines_of(run.err), 1u) << run.err;
  const json made = record("out");
  const std::size_t step = made["diverged"]["step"];
  for (const json& rank : made["ranks"]) EXPECT_EQ(rank["steps"].size(), step);
}

TEST_F(TrainProgram, Case41SamplesThatRepeatAreSaid) {
  const ProgramRun run = train(1, "out", "--set data.samples=3 --set data.test_samples=0");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.err.find("warning [repeated_samples]: a step takes more samples than the 3 of"),
            std::string::npos)
      << run.err;
}

// 70 are four batches of 16 and six more; 5 are less than a batch, and one rank of two has two.
TEST_F(TrainProgram, TheWholeTestSetIsEvaluated) {
  ASSERT_EQ(train(1, "out", "--quiet --set data.test_samples=70").status, 0);
  const json rest = record("out")["evaluation"];
  EXPECT_EQ(rest["samples"], 70);
  ASSERT_EQ(train(1, "other", "--quiet --set data.test_samples=5").status, 0);
  EXPECT_EQ(record("other")["evaluation"]["samples"], 5);
}

TEST_F(TrainProgram, Case44ResumingLooksAtTheCheckpointFirst) {
  // Nothing is measured, and nobody looks for a profile: there is none of this name.
  const std::string words = "train " + path("s.json") + " --ranks 2 --predict --resume --out ";
  const ProgramRun none = run_program(words + path("nowhere"));
  EXPECT_EQ(none.status, 2);
  EXPECT_EQ(none.err, "rehearse: there is no intact checkpoint in '" + path("nowhere") +
                          "/checkpoints': start without --resume\n");
  EXPECT_FALSE(std::filesystem::exists(path("nowhere")));
  ASSERT_EQ(train(1, "out", "--quiet --set training.checkpoint_every=2").status, 0);
  const ProgramRun other = run_program(words + path("out"));
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.err.find("resume with --ranks 1"), std::string::npos) << other.err;
}

TEST_F(TrainRanks, Case49AStalledRankIsNamed) {
  const pid_t run = start_program(words(2, "out",
                                        "--set training.steps=100000000 "
                                        "--set training.checkpoint_every=5 "
                                        "--set 'training.stall_warning=\"1 s\"'"),
                                  path("err"));
  const auto says = [&](const std::string& what) {
    return read_file(path("err")).find(what) != std::string::npos;
  };
  std::optional<pid_t> victim;
  ASSERT_TRUE(comes_true(60s, [&] {
    if (!victim) victim = find_rank(run, 1);
    return victim && says("rehearse: step ");
  }));
  ASSERT_EQ(kill(*victim, SIGSTOP), 0);
  EXPECT_TRUE(comes_true(60s, [&] { return says("has not answered for "); }))
      << read_file(path("err"));
  ASSERT_EQ(kill(*victim, SIGCONT), 0);
  EXPECT_TRUE(comes_true(60s, [&] { return says(" answers again after "); }))
      << read_file(path("err"));
  EXPECT_TRUE(says("rehearse: rank 1 on ")) << read_file(path("err"));
  // Ended by a signal, it leaves no rank behind.
  ASSERT_EQ(kill(run, SIGTERM), 0);
  EXPECT_TRUE(wait_for(run, 10s));
  EXPECT_TRUE(comes_true(20s, [&] { return kill(*victim, 0) != 0; }));
}

// As in a Slurm allocation of two nodes from whose path srun is missing.
TEST_F(TrainRanks, WhatMpirunSaysOfItselfIsTold) {
  const std::string slurm =
      "SLURM_JOBID=1 SLURM_JOB_ID=1 SLURM_NNODES=2 SLURM_NODELIST='n[1-2]' "
      "SLURM_TASKS_PER_NODE='1(x2)'";
  for (const std::string& environment : {slurm, "OMPI_MCA_plm=nosuch TMPDIR=" + path("s.json")}) {
    const pid_t run = start_program(words(2, "out", "--quiet"), path("err"), environment);
    EXPECT_EQ(wait_for(run, 60s), 3);
    const std::string said = read_file(path("err"));
    EXPECT_TRUE(said.starts_with("rehearse: mpirun failed with exit status ")) << said;
    EXPECT_EQ(lines_of(said), 1u) << said;
  }
}

// A calibration that is ended leaves nothing behind.
TEST_F(TrainProgram, AnEndedCalibrationLeavesNoFile) {
  std::filesystem::create_directory(path("calibration"));
  const pid_t run = start_program(
      "calibrate kernels --devices 1 --budget '100 s' -o " + path("calibration") + "/machine.json",
      path("err"));
  ASSERT_TRUE(comes_true(60s, [&] {
    return read_file(path("err")).find("rehearse: measuring layers (") != std::string::npos;
  }));
  ASSERT_EQ(kill(run, SIGTERM), 0);
  EXPECT_EQ(wait_for(run, 30s), 128 + SIGTERM);
  EXPECT_TRUE(std::filesystem::is_empty(path("calibration")));
}

TEST_F(TrainProgram, AJobThatCannotFitIsRefusedBeforeItAllocates) {
  const ProgramRun run =
      train(1, "out",
            "--quiet --set 'model={\"name\": \"x\", \"input\": {\"channels\": 1, \"height\": 8, "
            "\"width\": 8}, \"layers\": [{\"kind\": \"flatten\"}, {\"kind\": \"dense\", "
            "\"features\": 1000000}, {\"kind\": \"dense\", \"features\": 1000000}]}' "
            "--set data.classes=1000000");
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_NE(run.err.find("training needs "), std::string::npos) << run.err;
  EXPECT_EQ(lines_of(run.err), 1u) << run.err;
}

TEST_F(TrainProgram, TheFolderOfARunIsValidated) {
  ASSERT_EQ(train(1, "out", "--quiet").status, 0);
  EXPECT_EQ(run_program("validate " + path("out") + " --quiet").status, 0);
  const ProgramRun none = run_program("validate " + path(""));
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.err.find("holds no run.json"), std::string::npos) << none.err;
}

TEST_F(TrainProgram, PicklesOfPythonAreNamed) {
  put("data_batch_1",
      "\x80\x02}q\x01(U\x0b"
      "batch_labelq");
  for (const char* test : {"", "--set data.test_samples=4 "}) {
    const ProgramRun run = train(1, "out",
                                 std::string("--quiet --set data.format=cifar10 ") + test +
                                     R"(--set 'data.train=["data_batch_1"]')");
    EXPECT_EQ(run.status, 2);
    EXPECT_NE(run.err.find("these are pickles of Python"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("cifar-10-binary"), std::string::npos) << run.err;
  }
}

}  // namespace
}  // namespace rehearse
