// `rehearse calibrate --import`, and predictions with what it makes.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

using nlohmann::json;

void refuses(const std::string& arguments, const std::string& part) {
  const ProgramRun run = run_program(arguments);
  EXPECT_EQ(run.status, 2) << arguments << ": " << run.err;
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  EXPECT_NE(run.err.find(part), std::string::npos) << run.err;
}

// 1.30 us and 1 us per 10 kB, from nothing to `largest` bytes.
std::string osu_latency(int largest) {
  std::string text = "# OSU MPI Latency Test v5.8\n# Size          Latency (us)\n0  1.30\n";
  for (int size = 1000; size <= largest; size *= 10) {
    text += std::to_string(size) + "  " + std::to_string(1.3 + size / 1e4) + "\n";
  }
  return text;
}

// Two nodes that sum 4 · 10 · `features` bytes and do nothing else.
std::string two_nodes(int features, const std::string& stack) {
  return R"({"name": "two", "model": {"name": "one-buffer", "input": {"channels": 10},
      "layers": [{"kind": "dense", "features": )" +
         std::to_string(features) + R"(, "bias": false}]}, "precision": "fp32",
    "data": {"samples": 1000000, "classes": )" +
         std::to_string(features) + R"(}, "fidelity": "analytic",
    "cluster": {"nodes": 2, "node": {"device": "v100-sxm2-16gb", "devices": 1, "nics": 1},
      "network": {"topology": "single_switch", "injection_bandwidth": "12.5 GB/s",
                  "injection_latency": "0.3 us", "stack": ")" +
         stack + R"("}},
    "noise": {"compute_cv": 0, "device_cv": 0},
    "training": {"batch": {"per_worker": 1}, "allreduce": {"algorithm": "ring",
      "batching": "buckets", "fusion": "8 GiB", "overlap": false}},
    "sweep": {"workers": [2]}})";
}

json predicted(const std::string& scenario) {
  const TemporaryFile file(scenario);
  const ProgramRun run = run_program("predict " + file.path() + " --json --quiet");
  EXPECT_EQ(run.status, 0) << run.err;
  return json::parse(run.out);
}

bool warns(const json& prediction, const std::string& part) {
  return std::any_of(prediction["warnings"].begin(), prediction["warnings"].end(),
                     [&](const json& warning) {
                       return warning["code"] == "extrapolated" &&
                              warning["what"].get<std::string>().find(part) != std::string::npos;
                     });
}

// Two rounds of a ring, each of 1.30 us end to end, and 400 B / 2 at 10 GB/s: 2.64 us. With the
// 0.60 us of two links on top it would be 3.84 us.
TEST(Import, Case39LinksAreNotCountedTwice) {
  const TemporaryFile log(osu_latency(10'000'000), ".txt");
  const TemporaryFile stack("");
  const ProgramRun run = run_program("calibrate --import " + log.path() + " -o " + stack.path());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run_program("check " + stack.path()).status, 0);
  const json prediction = predicted(two_nodes(10, stack.path()));
  EXPECT_NEAR(prediction["points"][0]["breakdown_s"]["exposed_communication"].get<double>(),
              2.64e-6, 0.05e-6);
  EXPECT_FALSE(warns(prediction, "messages"));
}

// Messages of 40 · 100,000 / 2 = 2 MB where 10 kB were measured.
TEST(Import, Case05LargerMessagesWarnAndWiden) {
  const TemporaryFile log(osu_latency(10'000), ".txt");
  const TemporaryFile stack("");
  const ProgramRun run = run_program("calibrate --import " + log.path() + " -o " + stack.path());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.err.find("warning [extrapolated]"), std::string::npos) << run.err;
  const json far = predicted(two_nodes(100'000, stack.path()));
  EXPECT_TRUE(warns(far, "messages of up to 2.00 MB")) << far["warnings"];
  const json& step = far["points"][0]["step_time_s"];
  const json near = predicted(two_nodes(10, stack.path()));
  EXPECT_FALSE(warns(near, "messages"));
  const json& narrow = near["points"][0]["step_time_s"];
  const auto width = [](const json& q) { return q["p90"].get<double>() / q["p10"].get<double>(); };
  EXPECT_GT(width(step), 1.1 * width(narrow));
}

TEST(Import, Case07TwoLogsMakeOneStack) {
  const TemporaryFile latency(osu_latency(10'000), ".txt");
  const TemporaryFile stream(
      "# OSU MPI Bandwidth Test v7.2\n# Size      Bandwidth (MB/s)\n1 1.0\n1000000 9000.0\n",
      ".txt");
  const TemporaryFile stack("");
  const ProgramRun run = run_program("calibrate --import " + latency.path() + " --import " +
                                     stream.path() + " -o " + stack.path());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(read_file(stack.path()).find("OSU MPI Bandwidth Test v7.2"), std::string::npos);
  refuses("calibrate --import " + stream.path() + " -o unused.json",
          "import it together with osu_latency");
}

TEST(Import, SaysWhatAFileIsInstead) {
  const TemporaryFile scenario(small_scenario());
  refuses("calibrate --import " + scenario.path() + " -o unused.json",
          "this is no benchmark output but a scenario");
  refuses(
      "calibrate --import " + std::filesystem::temp_directory_path().string() + " -o unused.json",
      "cannot read the file");
  refuses("calibrate --import /dev/zero -o unused.json", "cannot read the file");
}

TEST(Import, ValidateSaysHowToCompareALog) {
  const TemporaryFile log("# OSU MPI Allreduce Latency Test v7.3\n# Size  Avg Latency(us)\n8 9.0\n",
                          ".txt");
  refuses("validate " + log.path(),
          "compare it with rehearse collective --network NAME --op all_reduce --ranks RANKS");
  const TemporaryFile pairs(
      "[1,0]<stdout>:# OSU MPI Latency Test v7.3\n[1,0]<stdout>:# Size  "
      "Latency (us)\n[1,0]<stdout>:8 9.0\n",
      ".txt");
  refuses("validate " + pairs.path(), "make a stack of it: rehearse calibrate --import");
}

}  // namespace
}  // namespace rehearse
