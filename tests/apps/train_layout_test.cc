// `train` of layouts in which ranks have parts of the model, over MPI, and `convert` between them.
#include "tests/apps/processes.h"
#include "tests/runtime/sample_text.h"

namespace rehearse {
namespace {

using Losses = std::vector<double>;

class TrainLayouts : public TrainRanks {
 protected:
  void SetUp() override {
    TrainRanks::SetUp();
    if (IsSkipped()) return;
    put("s.json", R"({
      "name": "gpt",
      "model": {"name": "gpt", "input": {"channels": 1, "sequence": 16}, "layers": [
        {"kind": "embedding", "name": "table", "vocabulary": 65, "features": 16},
        {"kind": "position_embedding", "name": "x", "positions": 16},
        {"kind": "layer_norm"}, {"kind": "dense", "features": 48},
        {"kind": "attention", "heads": 2}, {"kind": "dense", "name": "a", "features": 16},
        {"kind": "add", "name": "y", "from": ["x", "a"]},
        {"kind": "layer_norm"}, {"kind": "dense", "features": 32}, {"kind": "gelu"},
        {"kind": "dense", "name": "b", "features": 16}, {"kind": "add", "from": ["y", "b"]},
        {"kind": "layer_norm"}, {"kind": "dense", "features": 65, "tied": "table"}]},
      "data": {"samples": 256, "sequence": 16, "format": "synthetic", "test_samples": 16},
      "cluster": {"nodes": 1, "node": {"device": "local"}},
      "training": {"batch": {"global": 8}, "optimizer": {"name": "adam", "lr": 0.003},
                   "steps": 8, "checkpoint_every": 4}
    })");
  }

  // Trains into the folder `out` and returns its losses.
  Losses losses(int ranks, const std::string& out, const std::string& keys,
                const std::string& more = "") {
    std::string words = "train " + path("s.json") + " --ranks " + std::to_string(ranks) +
                        " --out " + path(out) + " --quiet " + more;
    for (std::size_t at = 0; at < keys.size();) {
      const std::size_t end = std::min(keys.find(' ', at), keys.size());
      words += " --set training.parallelism." + keys.substr(at, end - at);
      at = end + 1;
    }
    const ProgramRun run = run_program(words);
    EXPECT_EQ(run.status, 0) << words << ": " << run.err;
    return run.status == 0 ? record(out)["loss"].get<Losses>() : Losses();
  }

  static void expect_near(const Losses& a, const Losses& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-4) << i;
  }
};

TEST_F(TrainLayouts, LearnAsOneRankDoes) {
  const Losses alone = losses(1, "alone", "");
  expect_near(losses(2, "tensor", "tensor=2"), alone);
  expect_near(losses(2, "sequence", "tensor=2 sequence=true"), alone);
  expect_near(losses(2, "pipeline", "pipeline=2 microbatch=2"), alone);
  expect_near(losses(4, "zero", "zero=3 microbatch=1"), alone);
  expect_near(losses(4, "both", "tensor=2 pipeline=2 microbatch=4"), alone);
  const nlohmann::json made = record("both");
  EXPECT_EQ(made["ranks"].size(), 4u);
  EXPECT_EQ(made["evaluation"]["samples"], 16);
  for (const nlohmann::json& rank : made["ranks"]) {
    EXPECT_GT(rank["bytes_sent"].get<double>(), 0);
    EXPECT_EQ(rank["steps"].size(), 8u);
  }
  // The last stage waits for the first microbatch of every step.
  EXPECT_GT(made["ranks"][3]["steps"][7]["pipeline_bubble"].get<double>(), 0);
}

TEST_F(TrainLayouts, ResumeBitForBitAndConvert) {
  const std::string keys = "tensor=2 pipeline=2 microbatch=4";
  const Losses whole = losses(4, "whole", keys);
  (void)losses(4, "parts", keys, "--steps 4");
  const std::string convert = "convert " + path("parts") + " --quiet -o ";
  ASSERT_EQ(run_program(convert + path("one") + " --tensor 1 --pipeline 1").status, 0);
  ASSERT_EQ(run_program(convert + path("two") + " --tensor 1").status, 0);
  EXPECT_EQ(losses(4, "parts", keys, "--resume"), whole);
  for (const auto& [out, ranks] : {std::pair("one", 1), std::pair("two", 2)}) {
    const ProgramRun run = run_program("train " + path(out) +
                                       "/checkpoints/job.json --steps 8 --resume --quiet --ranks " +
                                       std::to_string(ranks) + " --out " + path(out));
    ASSERT_EQ(run.status, 0) << run.err;
    expect_near(record(out)["loss"].get<Losses>(), whole);
  }
  // Other degrees than those of the checkpoint.
  const ProgramRun other = run_program("train " + path("s.json") + " --ranks 4 --resume --out " +
                                       path("parts") + " --set training.parallelism.tensor=4");
  EXPECT_EQ(other.status, 2);
  EXPECT_EQ(run_program("convert " + path("nothing") + " -o " + path("x")).status, 2);
}

TEST_F(TrainLayouts, RefuseWhatTheKernelsCannot) {
  const auto refused = [&](const std::string& keys, const std::string& why) {
    std::string words = "train " + path("s.json") + " --ranks 2 --out " + path("refused") + keys;
    const ProgramRun run = run_program(words);
    EXPECT_EQ(run.status, 2) << keys;
    EXPECT_NE(run.err.find(why), std::string::npos) << run.err;
  };
  const std::string set = " --set training.parallelism.";
  refused(set + "context=2", "context parallelism");
  refused(set + "tensor=2 --set training.optimizer.name=lars --set training.optimizer.momentum=0.9",
          "norms of whole tensors");
  refused(set + "tensor=2 --set training.optimizer.name=lamb", "norms of whole tensors");
}

}  // namespace
}  // namespace rehearse
