// The command check: every kind of file, and what predict refuses.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

using nlohmann::json;

TEST(Check, ExitsWithOneForABadFile) {
  const TemporaryFile good(small_scenario());
  const TemporaryFile bad(R"({"model": {"zoo": "lenet5"}, "bacth": 1})");
  EXPECT_EQ(run_program("check " + good.path()).status, 0);
  const ProgramRun run = run_program("check " + good.path() + " " + bad.path() + " --json");
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "");
  const json result = json::parse(run.out);
  EXPECT_EQ(result["files"][0]["valid"], true);
  EXPECT_EQ(result["files"][0]["kind"], "scenario");
  EXPECT_EQ(result["files"][1]["valid"], false);
  EXPECT_NE(result["files"][1]["trouble"].get<std::string>().find("'bacth'"), std::string::npos);
  // A line for each file, all on stdout.
  const ProgramRun text = run_program("check " + good.path() + " " + bad.path());
  EXPECT_EQ(text.err, "");
  EXPECT_EQ(
      text.out,
      good.path() + ": valid scenario\n" + bad.path() +
          ": INVALID: /bacth: unknown key 'bacth' (known here: background, "
          "cluster, convergence, data, emulation, faults, fidelity, format, model, name, noise, "
          "precision, seed, sweep, "
          "training or workload): remove it\n");
}

TEST(Check, RefusesWhatPredictRefuses) {
  const auto refused = [](const std::string& change) {
    json scenario = json::parse(small_scenario());
    scenario.merge_patch(json::parse(change));
    const TemporaryFile file(scenario.dump());
    const ProgramRun predict = run_program("predict " + file.path());
    const ProgramRun check = run_program("check " + file.path());
    EXPECT_EQ(predict.status, 2) << predict.err;
    EXPECT_EQ(check.status, 1) << check.out;
    // The same line, but for who says it.
    const std::string line = predict.err.substr(std::string("rehearse: ").size());
    const std::size_t place = line.starts_with(file.path()) ? file.path().size() + 2 : 0;
    EXPECT_EQ(check.out, file.path() + ": INVALID: " + line.substr(place));
  };
  // 'analytic' does not know the message ends of this stack.
  refused(R"({"fidelity": "analytic", "cluster": {"network": {"stack": "open-mpi-tcp-wall"}}})");
  // The switch of a node adds nothing.
  refused(R"({"training": {"allreduce": {"algorithm": "nvls"}}})");
  refused(R"({"training": {"allreduce": {"algorithm": "pat"}}})");
  // A workload that no algorithm does on such groups.
  refused(R"({"model": null, "data": null, "training": {"batch": null, "strategy": null,
              "allreduce": {"algorithm": "nvls"}},
              "workload": {"collectives": [{"all_reduce": "1 MiB"}]}})");
}

TEST(Check, Case16HuggingFaceConfig) {
  const TemporaryFile config(R"({"architectures": ["BertForMaskedLM"], "model_type": "bert",
      "hidden_size": 1024, "num_hidden_layers": 24})");
  for (const char* command : {"model ", "predict ", "topology "}) {
    EXPECT_EQ(run_program(command + config.path()).status, 2) << command;
  }
  const std::string model = run_program("model " + config.path()).err;
  EXPECT_NE(model.find("/vocab_size: this key is missing"), std::string::npos) << model;
  const std::string job = run_program("predict " + config.path()).err;
  EXPECT_NE(job.find("this is a Hugging Face config (model_type 'bert')"), std::string::npos)
      << job;
  EXPECT_NE(job.find("it tells a model and no job"), std::string::npos) << job;
  const ProgramRun check = run_program("check " + config.path());
  EXPECT_EQ(check.status, 1);
  EXPECT_NE(check.out.find("INVALID"), std::string::npos) << check.out;
  EXPECT_NE(check.out.find("/vocab_size"), std::string::npos) << check.out;
  const ProgramRun whole = run_program("check " REHEARSE_SOURCE_DIR "/tests/kernels/hf/gpt2.json");
  EXPECT_EQ(whole.status, 0) << whole.out;
}

// The file is beside neither the scenario nor the current folder.
TEST(Check, Case16AConfigTakesThePlaceOfAModel) {
  const std::string config = std::string(REHEARSE_SOURCE_DIR) + "/tests/kernels/hf/gpt2.json";
  const ProgramRun run =
      run_program("predict gpt2_xl_selene --workers 8 --quiet --model " + config);
  EXPECT_EQ(run.status, 0) << run.err;
}

TEST(Check, ReadsTheScenariosOfMeasurements) {
  const auto measured_with = [](const std::string& scenario) {
    return R"([{"id": "a", "source": "nobody", "scenario": )" + scenario +
           R"(, "at": 2, "measured": {"quantity": "step_time", "value": "1 s"}}])";
  };
  const TemporaryFile good(measured_with(small_scenario()));
  EXPECT_EQ(run_program("check " + good.path()).status, 0);
  const TemporaryFile misspelt(measured_with(R"({"modle": {"zoo": "lenet5"}})"));
  const ProgramRun run = run_program("check " + misspelt.path());
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(run.out.find("'modle'"), std::string::npos) << run.out;
  const TemporaryFile lost(measured_with(R"("nowhere.json")"));
  EXPECT_EQ(run_program("check " + lost.path()).status, 1);
}

}  // namespace
}  // namespace rehearse
