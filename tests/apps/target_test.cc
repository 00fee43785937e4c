// From learning curves to plans: train with evaluations, calibrate convergence, plan --target.
#include "tests/apps/train_fixture.h"

namespace rehearse {
namespace {

using nlohmann::json;

class TargetProgram : public TrainProgram {
 protected:
  // A curve that reaches an accuracy of 0.9 after so many samples.
  void put_curve(const std::string& name, int batch, double samples, double staleness = 0) const {
    const json curve = {
        {"format", "rehearse-emulation-1"},
        {"update_samples", batch},
        {"staleness", {{"mean", staleness}}},
        {"curve",
         {{{"seconds", 0}, {"samples", 0}, {"loss", 2.3}, {"test_accuracy", 0.1}},
          {{"seconds", 1}, {"samples", 2 * samples}, {"loss", 0.2}, {"test_accuracy", 1.7}}}}};
    put(name, curve.dump());
  }
  [[nodiscard]] std::string calibrate(const std::string& runs, const std::string& more) const {
    return "calibrate convergence " + runs + " " + more;
  }
};

// One line, status 2.
void refused(const std::string& command, const std::string& says) {
  const ProgramRun run = run_program(command);
  EXPECT_EQ(run.status, 2) << command;
  EXPECT_NE(run.err.find(says), std::string::npos) << run.err;
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
}

TEST_F(TargetProgram, FitsCurvesForAScenario) {
  // 10^5 (1 + B / 400): 120,000 samples at B = 80, 300,000 at 800.
  put_curve("a.json", 80, 120000);
  put_curve("b.json", 800, 300000);
  const std::string runs = path("a.json") + " " + path("b.json");
  const ProgramRun run =
      run_program(calibrate(runs, "--target test_accuracy=0.9 -o " + path("convergence.json")));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("critical_batch 400"), std::string::npos) << run.out;
  const json file = json::parse(read_file(path("convergence.json")));
  EXPECT_NEAR(file["convergence"]["samples_at_small_batch"], 1e5, 1e-3);
  EXPECT_EQ(file["convergence"]["target"], json({{"test_accuracy", 0.9}}));
  EXPECT_EQ(file["curves"].size(), 2u);
  EXPECT_EQ(run_program("check " + path("convergence.json")).status, 0);

  // A scenario of the same folder takes it by its name.
  const std::string plan =
      "plan resnet50_strong --workers 1,64 --fidelity analytic --quiet "
      "--target --json --set convergence=" +
      path("convergence.json");
  const ProgramRun planned = run_program(plan);
  ASSERT_EQ(planned.status, 0) << planned.err;
  const json made = json::parse(planned.out);
  EXPECT_EQ(made["target"], "test_accuracy 0.9");
  EXPECT_TRUE(made["samples"].is_null());
  // Strong scaling: the global batch B, and with it the samples, are the same at both points.
  EXPECT_EQ(made["points"][0]["samples_to_target"], made["points"][1]["samples_to_target"]);
}

TEST_F(TargetProgram, SaysWhatAFitLacks) {
  put_curve("a.json", 80, 120000);
  put_curve("c.json", 80, 130000, 7);
  const std::string target = "--target test_accuracy=0.9";
  refused(calibrate(path("a.json") + " " + path("c.json"), target), "updates of 80 samples");
  refused(calibrate("", target), "no run is given");
  refused(calibrate(path("a.json"), ""), "--target");
  refused(calibrate(path("a.json"), "--target accuracy=0.9"), "is no target");
  refused(calibrate(path("s.json"), target), "s.json");
  refused(calibrate(path("a.json"), "--target loss=0.1 --quiet"), "no run reaches the target");
  // Two of three runs are enough.
  put_curve("b.json", 800, 300000);
  put("d.json", R"({"format": "rehearse-emulation-1", "update_samples": 8, "curve": [
      {"samples": 0, "test_accuracy": 0.1}, {"samples": 10, "test_accuracy": 0.2}]})");
  const ProgramRun two =
      run_program(calibrate(path("a.json") + " " + path("b.json") + " " + path("d.json"), target));
  EXPECT_EQ(two.status, 0);
  EXPECT_NE(two.err.find("warning [not_reached]: " + path("d.json")), std::string::npos) << two.err;
  refused("calibrate kernels " + path("a.json") + " -o " + path("x.json"), "a word too many");
}

TEST_F(TargetProgram, PlansAndPredictsUntilTheTarget) {
  const std::string words = " resnet50_strong --workers 1,64 --fidelity analytic --quiet --json ";
  refused("plan" + words + "--target", "it has no 'convergence'");
  const std::string convergence =
      R"(--set 'convergence={"target": {"test_accuracy": 0.76}, "samples_at_small_batch": 1e8,)"
      R"( "critical_batch": 8192}')";
  refused("plan" + words + "--target --epochs 1 " + convergence, "more than one of");
  const std::string faults =
      R"(--set 'faults={"node_mtbf": "100 d", "restart": "10 min", "checkpoint_cost": "30 s"}' )";
  const json predicted = json::parse(run_program("predict" + words + faults + convergence).out);
  const json& last = predicted["points"][1];
  EXPECT_GT(last["goodput"], 0.5);
  EXPECT_LT(last["goodput"], 1);
  const json plain = json::parse(run_program("predict" + words).out);
  EXPECT_NEAR(last["epoch_time_s"].get<double>() * last["goodput"].get<double>(),
              plain["points"][1]["epoch_time_s"].get<double>(), 1e-6);
  const json made =
      json::parse(run_program("plan" + words + "--target " + faults + convergence).out);
  EXPECT_EQ(made["points"][1]["time_s"], last["time_to_target_s"]);
  EXPECT_EQ(made["points"][1]["goodput"], last["goodput"]);
  const std::string file = path("prediction.json");
  put("prediction.json", predicted.dump());
  EXPECT_EQ(run_program("check " + file).status, 0) << run_program("check " + file).err;
}

TEST_F(TargetProgram, EvaluatesAndEndsEarly) {
  const std::string more =
      "--quiet --set training.steps=12 --set training.evaluate_every=4 "
      "--set 'training.stop_at={\"test_accuracy\": 0.0001}'";
  for (const int ranks : {1, 2}) {
    const std::string out = "stopped" + std::to_string(ranks);
    const ProgramRun run = train(ranks, out, more);
    ASSERT_EQ(run.status, 0) << run.err;
    EXPECT_NE(run.out.find("ended early after step 4"), std::string::npos) << run.out;
    const json made = record(out);
    EXPECT_EQ(made["ended_by"], "stop_at");
    EXPECT_EQ(made["loss"].size(), 4u);
    EXPECT_EQ(made["update_samples"], 16 * ranks);
    ASSERT_EQ(made["evaluations"].size(), 1u);
    const json& e = made["evaluations"][0];
    EXPECT_EQ(e["step"], 4);
    EXPECT_EQ(e["samples"], 64 * ranks);
    EXPECT_GT(e["seconds"], 0);
    EXPECT_EQ(e["test_accuracy"], made["evaluation"]["accuracy"]);
    double sum = 0;
    for (const json& loss : made["loss"]) sum += loss.get<double>();
    EXPECT_NEAR(e["loss"], sum / 4, 1e-12);
    for (const json& rank : made["ranks"]) EXPECT_EQ(rank["steps"].size(), 4u);
    EXPECT_EQ(run_program("check " + path(out) + "/run.json").status, 0);
  }
  const ProgramRun whole = train(1, "whole", "--quiet");
  EXPECT_EQ(record("whole")["ended_by"], "steps");
  EXPECT_FALSE(record("whole").contains("evaluations"));
}

// The loss cannot fall by 100: the rate is lowered after the second evaluation and every further
// one, and the run ends after four.
TEST_F(TargetProgram, LowersTheRateAndStops) {
  const std::string more =
      "--quiet --set training.evaluate_every=2 --set training.steps=STEPS "
      "--set 'training.early_stopping={\"metric\": \"loss\", \"patience\": 3, "
      "\"min_delta\": 100}' --set 'training.optimizer.plateau={\"metric\": \"loss\", "
      "\"patience\": 1, \"min_delta\": 100, \"factor\": 0.5, \"min_lr\": 0.004}'";
  const auto with_steps = [&](const std::string& steps) {
    std::string words = more;
    return words.replace(words.find("STEPS"), 5, steps);
  };
  ASSERT_EQ(train(2, "whole", with_steps("20")).status, 0);
  const json whole = record("whole");
  EXPECT_EQ(whole["ended_by"], "early_stopping");
  EXPECT_EQ(whole["learning_rate"], json({0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.004, 0.004}));

  // Interrupted after step 5, it goes on as if it had not been.
  ASSERT_EQ(train(2, "parts", with_steps("5") + " --set training.checkpoint_every=5").status, 0);
  EXPECT_EQ(record("parts")["evaluations"].size(), 3u);  // after 2, 4 and 5
  const ProgramRun rest =
      train(2, "parts", with_steps("20") + " --resume --set training.checkpoint_every=5");
  ASSERT_EQ(rest.status, 0) << rest.err;
  const json parts = record("parts");
  EXPECT_EQ(parts["loss"], whole["loss"]);
  EXPECT_EQ(parts["ended_by"], "early_stopping");
  EXPECT_EQ(parts["evaluations"].size(), 4u);
  EXPECT_EQ(parts["evaluations"][3]["loss"], whole["evaluations"][3]["loss"]);
  refused(words(2, "parts",
                with_steps("20") + " --resume --set training.checkpoint_every=5 "
                                   "--set training.optimizer.plateau.factor=0.25"),
          "another job");
}

TEST_F(TargetProgram, RefusesToJudgeWithoutATestSetOrATime) {
  refused(words(1, "out",
                "--quiet --set data.test_samples=0 "
                "--set 'training.stop_at={\"test_accuracy\": 0.9}'"),
          "judged by a test set and has none");
  refused(words(1, "out",
                "--quiet --set training.steps=null "
                "--set 'training.stop_at={\"loss\": 0.9}'"),
          "how long the run may go on");
}

// Run records are curves too, and folders of runs stand for them: larger batches need more samples.
TEST_F(TargetProgram, FitsItsOwnRuns) {
  for (const auto& [batch, every] : {std::pair("4", "20"), std::pair("32", "4")}) {
    ASSERT_EQ(train(1, std::string("batch") + batch,
                    std::string("--quiet --set training.steps=200 --set training.evaluate_every=") +
                        every + " --batch " + batch)
                  .status,
              0);
  }
  const ProgramRun run = run_program(
      calibrate(path("batch4") + " " + path("batch32"), "--target loss=1 -o " + path("c.json")));
  ASSERT_EQ(run.status, 0) << run.err;
  const json file = json::parse(read_file(path("c.json")));
  EXPECT_EQ(file["curves"][0]["file"], "batch4/run.json");
  EXPECT_EQ(file["curves"][0]["update_samples"], 4);
  EXPECT_EQ(file["curves"][1]["update_samples"], 32);
  EXPECT_GT(file["curves"][1]["samples_to_target"], file["curves"][0]["samples_to_target"]);
}

}  // namespace
}  // namespace rehearse
