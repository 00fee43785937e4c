// `rehearse collective`, and scenarios of collectives, from the command line to their files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

using nlohmann::json;

json run_json(const std::string& arguments) {
  const ProgramRun run = run_program(arguments + " --json --quiet");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.err, "");
  json parsed = json::parse(run.out, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << run.out;
  return parsed;
}

// One line on stderr, status 2.
std::string refusal(const std::string& arguments) {
  const ProgramRun run = run_program("collective " + arguments);
  EXPECT_EQ(run.status, 2) << arguments << ": " << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  return run.err;
}

void says(const std::string& arguments, const std::string& part) {
  const std::string line = refusal(arguments);
  EXPECT_NE(line.find(part), std::string::npos) << arguments << ": " << line;
}

// Four nodes of two devices on a switch.
const std::string kCluster = R"("cluster": {"nodes": 4,
    "node": {"device": "p100-pcie-16gb", "devices": 2, "device_bandwidth": "20 GB/s",
             "device_latency": "1 us"},
    "network": {"topology": "single_switch", "injection_bandwidth": "10 GB/s",
                "injection_latency": "1 us", "stack": "ideal"}})";

std::string machine() { return R"({"name": "four", )" + kCluster + "}"; }

const std::string kLog =
    "#       size         count      type   redop    root     time   algbw   busbw #wrong     time "
    "  algbw   busbw #wrong\n"
    "  1000000 250000 float sum -1 200.0 5.00 7.50 0 200.0 5.00 7.50 0\n"
    "  4000000 1000000 float sum -1 500.0 8.00 12.00 0 500.0 8.00 12.00 0\n";

std::string log_of_four() {
  std::string text = "# Collective test starting: all_reduce_perf\n";
  for (int rank = 0; rank < 4; ++rank) {
    text += "#  Rank  " + std::to_string(rank) + " Group  0 Pid 1 on node-" +
            std::to_string(rank / 2) + " device 0 [0x0f] A device\n";
  }
  return text + kLog;
}

TEST(Collective, PredictsEverySize) {
  const TemporaryFile file(machine());
  const std::string arguments = "collective --network " + file.path() +
                                " --op all_reduce --ranks 8 --sizes 1MiB..4MiB --fidelity analytic";
  const json result = run_json(arguments);
  EXPECT_EQ(result["network"], "four");
  EXPECT_EQ(result["stack"], "ideal");
  EXPECT_EQ(result["operation"], "all_reduce");
  EXPECT_EQ(result["ranks"], 8);
  EXPECT_EQ(result["ranks_per_node"], 2);
  ASSERT_EQ(result["rows"].size(), 3u);
  double before = 0;
  for (const json& row : result["rows"]) {
    const double time = row["time_s"]["p50"];
    EXPECT_GT(time, before);  // more bytes, more time
    before = time;
    EXPECT_LE(row["time_s"]["p10"], time);
    EXPECT_GE(row["time_s"]["p90"], time);
    const double rate = row["bytes"].get<double>() / time / 1e9;
    EXPECT_NEAR(row["algbw_GBps"], rate, 1e-9 * rate);
    EXPECT_NEAR(row["busbw_GBps"], rate * 1.75, 1e-9 * rate);  // 2 * 7 / 8
  }
  EXPECT_TRUE(result["against"].empty());
  EXPECT_EQ(run_program(arguments + " --json").out, run_program(arguments + " --json").out);
}

TEST(Collective, WritesFiles) {
  const TemporaryFile file(machine());
  const TemporaryFile svg("", ".svg");
  const TemporaryFile csv("", ".csv");
  const ProgramRun run = run_program("collective --network " + file.path() +
                                     " --op send_recv --ranks 4 --sizes 8,1K --svg " + svg.path() +
                                     " --csv " + csv.path());
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out.find("send_recv on 4 ranks, 2 on a node: four, stack ideal"), 0u) << run.out;
  EXPECT_NE(read_file(svg.path()).find("</svg>"), std::string::npos);
  const std::string table = read_file(csv.path());
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3) << table;
}

TEST(Collective, ItsResultChecks) {
  const TemporaryFile file(machine());
  const TemporaryFile log(log_of_four(), ".log");
  const TemporaryFile result(run_program("collective --network " + file.path() + " --against " +
                                         log.path() + " --json --quiet")
                                 .out);
  const ProgramRun check = run_program("check " + result.path());
  EXPECT_EQ(check.status, 0) << check.err;
  EXPECT_NE(check.out.find("collective"), std::string::npos) << check.out;
}

TEST(Collective, TakesPresets) {
  const json result = run_json(
      "collective --network infiniband-hdr-selene --op all_gather --ranks 16 --sizes 64K "
      "--fidelity analytic");
  EXPECT_EQ(result["network"], "infiniband-hdr-selene");
  EXPECT_EQ(result["ranks_per_node"], 8);
  EXPECT_EQ(run_json("collective --network infiniband-hdr-selene --op all_gather --ranks 16 "
                     "--ranks-per-node 4 --sizes 64K --fidelity analytic")["ranks_per_node"],
            4);
}

// A node of one P100 runs NCCL; without its word a node of one device would be a host.
TEST(Collective, TakesThePresetsUsualDevice) {
  const std::string net = R"({"nodes": 8, "topology": "single_switch", "nic": "aries",
    "injection_bandwidth": "9.7 GB/s", "injection_latency": "100 ns", "node": {%"devices": 1}})";
  const auto stack = [&](const std::string& device) {
    std::string text = net;
    text.replace(text.find('%'), 1, device);
    const TemporaryFile file(text, ".json");
    const ProgramRun run = run_program("collective --network " + file.path() +
                                       " --op all_reduce --ranks 8 --sizes 1M --json --quiet");
    return json::parse(run.out)["stack"].get<std::string>();
  };
  EXPECT_EQ(stack(R"("device": "p100-pcie-16gb", )").find("nccl-tcp-aries"), 0u);
  EXPECT_EQ(stack("").find("nccl"), std::string::npos);
}

TEST(Collective, HoldsItAgainstALog) {
  const TemporaryFile file(machine());
  const TemporaryFile log(log_of_four(), ".log");
  const json result = run_json("collective --network " + file.path() + " --against " + log.path());
  EXPECT_EQ(result["operation"], "all_reduce");  // as the log tells
  EXPECT_EQ(result["ranks"], 4);
  ASSERT_EQ(result["rows"].size(), 2u);
  const json& against = result["against"][0];
  EXPECT_EQ(against["file"], log.path());
  double sum = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    const double measured = i == 0 ? 200e-6 : 500e-6;
    EXPECT_DOUBLE_EQ(against["rows"][i]["measured_s"], measured);
    const double error = result["rows"][i]["time_s"]["p50"].get<double>() / measured - 1;
    EXPECT_NEAR(against["rows"][i]["error"], error, 1e-12);
    sum += std::abs(error);
  }
  EXPECT_NEAR(against["mean_abs_error"], sum / 2, 1e-12);
  // Sizes that are asked for come on top.
  EXPECT_EQ(
      run_json("collective --network " + file.path() + " --sizes 8 --against " + log.path())["rows"]
          .size(),
      3u);
}

TEST(Collective, CountsBytesOfOsuAsNcclTestsDo) {
  const TemporaryFile file(machine());
  const TemporaryFile log(
      "# OSU MPI All-to-All Personalized Exchange Latency Test v5.6.3\n"
      "# Size       Avg Latency(us)\n1024  10.0\n",
      ".log");
  const json result =
      run_json("collective --network " + file.path() + " --ranks 8 --against " + log.path());
  EXPECT_EQ(result["operation"], "all_to_all");
  EXPECT_EQ(result["rows"][0]["bytes"], 8192);  // 1,024 B to each of 8
}

TEST(Collective, TakesTheTablesThatAnswer) {
  const TemporaryFile file(machine());
  const TemporaryFile tables(R"([
    {"id": "a", "operation_word": "all_reduce", "ranks": 8, "nodes": 4, "rows": [[1024, 20]]},
    {"id": "b", "operation_word": "all_reduce", "ranks": 8, "nodes": 1, "rows": [[1024, 10]]},
    {"id": "c", "operation_word": "all_reduce", "ranks": 4, "nodes": 2, "rows": [[1024, 10]]},
    {"id": "d", "operation_word": "broadcast", "ranks": 8, "nodes": 4, "rows": [[1024, 10]]}])");
  const json result = run_json("collective --network " + file.path() +
                               " --op all_reduce --ranks 8 --against " + tables.path());
  ASSERT_EQ(result["against"].size(), 1u);
  EXPECT_EQ(result["against"][0]["file"], tables.path() + "#a");
  EXPECT_EQ(run_json("collective --network " + file.path() + " --against " + tables.path() +
                     "#d")["operation"],
            "broadcast");
  says("--network " + file.path() + " --op reduce --ranks 8 --against " + tables.path(),
       "no table is of reduce");
}

TEST(Collective, RefusesALogOfSomethingElse) {
  const TemporaryFile file(machine());
  const TemporaryFile log(log_of_four(), ".log");
  const TemporaryFile bare(kLog, ".log");
  const TemporaryFile text("Dear reader\n", ".log");
  const std::string network = "--network " + file.path();
  says(network + " --op broadcast --against " + log.path(),
       "the log is of all_reduce, not of broadcast");
  says(network + " --ranks 8 --against " + log.path(), "the log is of 4, not of 8");
  says(network + " --ranks-per-node 1 --against " + log.path(), "the log is of 2, not of 1");
  // 7.5 / 5 = 1.5 is the factor of an all-reduce of 4 ranks, not of 2.
  says(network + " --op all_reduce --ranks 2 --against " + bare.path(),
       "the log is not of all_reduce on 2 ranks");
  says(network + " --ranks 4 --against " + bare.path(), "--op is not given (no log tells it)");
  says(network + " --against " + text.path(), "no table of a benchmark is in it");
  says(network + " --against /nowhere/x.log", "/nowhere/x.log: cannot read the file");
}

TEST(Collective, SaysWhatIsWrong) {
  const TemporaryFile file(machine());
  const std::string network = "--network " + file.path();
  says("--op all_reduce --ranks 2", "--network is required");
  says(network + " --ranks 4", "--op is not given");
  says(network + " --op all_reduce", "--ranks is not given");
  says(network + " --op allreduce --ranks 4", "did you mean 'all_reduce'?");
  says(network + " --op all_reduce --ranks 0", "--ranks 0 is out of range");
  says(network + " --op all_reduce --ranks 1", "one rank has nobody to send to");
  says(network + " --op all_reduce --ranks 9", "--ranks 9 do not fit the 4 nodes");
  says(network + " --op all_reduce --ranks 4 --ranks-per-node 3", "more than the 2 devices");
  says(network + " --op all_reduce --ranks 4 --sizes 1G..8", "from large to small");
  says(network + " --op all_reduce --ranks 4 --algorithm rign", "did you mean 'ring'?");
  says(network + " --op all_reduce --ranks 4 --protocol l128", "did you mean 'll128'?");
  says(network + " --op all_reduce --ranks 4 --stack nothing", "nothing");
  says(network + " --op all_reduce --ranks 4 --placement nowhere", "placement");
  says(network + " --op all_reduce --ranks 4 --device p100", "device");
  says(network + " --op all_reduce --ranks 4 --fidelity fluid", "fidelity");
  says("--network infiniband-hdr-selen --op all_reduce --ranks 4", "infiniband-hdr-selene");
  says("--network infiniband-hdr-selene --op all_reduce --ranks 4481", "560 nodes");
}

TEST(Workload, IsPredicted) {
  const TemporaryFile file(R"({"name": "exchange", "workload": {"collectives": [
      {"all_to_all": "1 MiB", "times": 2, "group": 2}]}, "sweep": {"workers": [2, 8]}, )" +
                           kCluster + R"(, "fidelity": "analytic"})");
  EXPECT_EQ(run_program("check " + file.path()).status, 0);
  const json result = run_json("predict " + file.path());
  ASSERT_EQ(result["points"].size(), 2u);
  const json& point = result["points"][1];
  for (const char* key : {"global_batch", "samples_per_s", "speedup", "efficiency",
                          "model_flops_utilization", "epoch_time_s", "node_hours_per_epoch"}) {
    EXPECT_TRUE(point[key].is_null()) << key;
  }
  EXPECT_EQ(point["breakdown_s"]["exposed_communication"], point["step_time_s"]["p50"]);
  const TemporaryFile saved(result.dump());
  EXPECT_EQ(run_program("check " + saved.path()).status, 0);

  const ProgramRun table = run_program("predict " + file.path());
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_EQ(table.out.find("samples"), std::string::npos) << table.out;
  const TemporaryFile svg("", ".svg");
  const ProgramRun compare = run_program("compare " + file.path() + " --quiet --svg " + svg.path() +
                                         " --vary 'cluster.network.injection_latency=1 us,9 us'");
  EXPECT_EQ(compare.status, 0) << compare.err;
  EXPECT_EQ(compare.out.find("nan"), std::string::npos) << compare.out;
  EXPECT_EQ(read_file(svg.path()).find("nan"), std::string::npos);
}

TEST(Workload, IsRefusedWhereAModelIsNeeded) {
  const TemporaryFile file(R"({"workload": {"collectives": [{"reduce": "1 B"}]}, )" + kCluster +
                           R"(, "sweep": {"workers": 2}})");
  for (const std::string& command : std::vector<std::string>{
           "plan " + file.path() + " --epochs 1", "model " + file.path(), "train " + file.path(),
           "calibrate -o x.json --scenario " + file.path(),
           "predict " + file.path() + " --trace t.json"}) {
    const ProgramRun run = run_program(command);
    EXPECT_EQ(run.status, 2) << command << ": " << run.err;
    EXPECT_NE(run.err.find("/workload: "), std::string::npos) << command << ": " << run.err;
  }
}

// A stack from the log of a run on two nodes, and that stack for four: it is read back by all that
// reads stacks. Two times of the log are 200 and 500 us.
TEST(CollectiveCommand, FitsAStackToALog) {
  const TemporaryFile network(machine());
  const TemporaryFile log(log_of_four(), ".log");
  const TemporaryFile stack("");
  const ProgramRun fit = run_program("calibrate --import " + log.path() + " --fit -o " +
                                     stack.path() + " --network " + network.path());
  EXPECT_EQ(fit.status, 0) << fit.err;
  EXPECT_NE(fit.out.find("nic.channel_bandwidth"), std::string::npos) << fit.out;
  EXPECT_EQ(run_program("check " + stack.path()).status, 0);
  const json result = run_json("collective --network " + network.path() + " --stack " +
                               stack.path() + " --against " + log.path());
  EXPECT_LT(result["against"][0]["mean_abs_error"].get<double>(), 0.3) << result;
  const ProgramRun alone =
      run_program("calibrate --import " + log.path() + " --fit -o " + stack.path());
  EXPECT_EQ(alone.status, 0) << alone.err;
  EXPECT_NE(read_file(stack.path()).find("no network was named"), std::string::npos);
}

TEST(CollectiveCommand, RefusesFitsWithoutWhatTheyNeed) {
  const TemporaryFile log("# Collective test starting: all_reduce_perf\n" + kLog, ".log");
  const ProgramRun run = run_program("calibrate --import " + log.path() + " --fit -o unused.json");
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("--ranks"), std::string::npos) << run.err;
  EXPECT_EQ(run_program("calibrate --fit -o unused.json").status, 2);
}

// A stack of NCCL without levels: its formulas are of the protocol Simple.
TEST(Collective, RunsPatOnAStackWithoutLevels) {
  const std::string command =
      "collective --network aries-piz-daint --op reduce_scatter --ranks 16 --sizes 8,64M "
      "--fidelity analytic";
  EXPECT_EQ(run_program(command).status, 0);
  EXPECT_EQ(run_program(command + " --algorithm pat").status, 0);
}

}  // namespace
}  // namespace rehearse
