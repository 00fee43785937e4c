// `emulate` from the command line to its files, and against `train`.
#include "tests/apps/train_fixture.h"

namespace rehearse {
namespace {

using nlohmann::json;

class EmulateProgram : public TrainProgram {
 protected:
  // On the clock of a cluster; what is learnt does not depend on it.
  void SetUp() override {
    TrainProgram::SetUp();
    put("c.json", R"({
      "format": "rehearse-scenario-1", "name": "tiny", "model": {"zoo": "mlp"},
      "data": {"samples": 640, "classes": 10, "test_samples": 64},
      "cluster": {"nodes": 8, "node": {"device": "p100-pcie-16gb", "devices": 1},
                  "network": {"topology": "single_switch", "injection_bandwidth": "10 GB/s",
                              "injection_latency": "1 us", "stack": "ideal"}},
      "training": {"batch": {"per_worker": 16},
                   "optimizer": {"name": "sgd", "lr": 0.01, "momentum": 0.9}, "steps": 6},
      "sweep": {"workers": [1]}, "emulation": {"every": 1}
    })");
  }
  [[nodiscard]] std::string emulate(const std::string& more) const {
    return "emulate " + path("c.json") + " --quiet " + more;
  }
  [[nodiscard]] json emulated(const std::string& more) const {
    const ProgramRun run = run_program(emulate("--json " + more));
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_EQ(run.err, "") << more;
    return json::parse(run.out, nullptr, false);
  }
};

// One worker computes what one rank computes, bit for bit: the same losses, printed with all their
// digits, and the same share of the test set. So does one around a server, which makes the updates.
TEST_F(EmulateProgram, OneWorkerIsOneRank) {
  ASSERT_EQ(train(1, "out", "--quiet").status, 0);
  const json real = record("out");
  for (const char* strategy : {"sync", "async_ps", "sync_backup_ps", "hybrid"}) {
    const json made = emulated(std::string("--strategy ") + strategy);
    json losses = json::array();
    for (const json& point : made["curve"]) losses.push_back(point["loss"]);
    EXPECT_EQ(losses.dump(), real["loss"].dump()) << strategy;
    EXPECT_EQ(made["curve"].back()["test_accuracy"], real["evaluation"]["accuracy"]) << strategy;
  }
}

TEST_F(EmulateProgram, LeavesItsFiles) {
  const ProgramRun run = run_program(emulate("--workers 4 --strategy async_ps --out " +
                                             path("out") + " --svg " + path("curve.svg")));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(names_in("out"),
            (std::vector<std::string>{"emulation.json", "emulation.svg", "emulation.txt"}));
  EXPECT_NE(run.out.find("'async_ps' with 4 workers"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("staleness: mean"), std::string::npos) << run.out;
  EXPECT_EQ(read_file(path("out") + "/emulation.txt"), run.out);
  const json made = json::parse(read_file(path("out") + "/emulation.json"));
  EXPECT_EQ(made["format"], "rehearse-emulation-1");
  EXPECT_EQ(made["curve"].size(), 24u);
  EXPECT_EQ(made["servers"].size(), 1u);
  EXPECT_EQ(made["servers"][0]["rank"], 4);
  EXPECT_EQ(read_file(path("curve.svg")).substr(0, 4), "<svg");
}

TEST_F(EmulateProgram, EqualSeedsAreEqualBytesWithAnyThreads) {
  const std::string words = emulate("--json --workers 4 --strategy easgd");
  const std::string one = run_program(words + " --threads 1").out;
  EXPECT_EQ(run_program(words + " --threads 2").out, one);
  EXPECT_EQ(run_program(words).out, one);
  EXPECT_NE(run_program(words + " --seed 2").out, one);
}

TEST_F(EmulateProgram, StandsSideBySide) {
  const json made = emulated("--workers 2 --vary training.strategy=sync,async_ps");
  EXPECT_EQ(made["varied"], json({"training.strategy"}));
  ASSERT_EQ(made["rows"].size(), 2u);
  EXPECT_EQ(made["rows"][1]["values"]["training.strategy"], "async_ps");
  EXPECT_EQ(made["rows"][1]["emulation"]["strategy"], "async_ps");
  EXPECT_TRUE(made["rows"][0]["emulation"]["staleness"].is_null());
}

TEST_F(EmulateProgram, WarnsOfKeysThatDoNothing) {
  const ProgramRun run =
      run_program("emulate " + path("c.json") + " --strategy async_ps --set training.groups=2");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.err.find("training.groups is not used"), std::string::npos) << run.err;
}

TEST_F(EmulateProgram, SaysThatALossDiverged) {
  const ProgramRun run =
      run_program(emulate("--workers 2 --strategy async_ps --set training.optimizer.lr=1e6 "
                          "--set training.steps=30"));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("the loss diverged"), std::string::npos) << run.out;
}

}  // namespace
}  // namespace rehearse
