// Scenarios that hold collectives instead of a model.
#include <gtest/gtest.h>

#include "base/error.h"
#include "scenarios/workload_reader.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

const std::string kCluster = R"("cluster": {
      "nodes": 8,
      "node": {"device": "v100-sxm2-16gb", "devices": 4,
               "device_bandwidth": "20 GB/s", "device_latency": "1 us"},
      "network": {"topology": "single_switch", "injection_bandwidth": "10 GB/s",
                  "injection_latency": "1 us", "stack": "ideal"}
    })";

// `collectives` is an array, `more` further keys with a comma before them.
std::string workload(const std::string& collectives, const std::string& more = "",
                     const std::string& sweep = R"({"workers": [8, 32]})") {
  return R"({"workload": {"collectives": )" + collectives + "}, " + kCluster + R"(, "sweep": )" +
         sweep + more + "}";
}

Scenario read(const std::string& text) {
  return read_scenario(JsonDocument::parse_text(text, "s.json"));
}

TEST(Workload, ReadsCollectives) {
  const Scenario scenario = read(workload(
      R"([{"all_to_all": "64 MiB", "times": 4, "group": 4, "stride": 2}, {"all_reduce": "1 kB"}])"));
  EXPECT_EQ(scenario.model, nullptr);
  EXPECT_EQ(scenario.workers, (std::vector<std::int64_t>{8, 32}));
  ASSERT_EQ(scenario.collectives.size(), 2u);
  const CollectiveWorkload& first = scenario.collectives[0];
  EXPECT_EQ(first.operation, Operation::all_to_all);
  EXPECT_EQ(first.bytes, Bytes(64.0 * 1024 * 1024));
  EXPECT_EQ(first.times, 4);
  EXPECT_EQ(first.group, 4);
  EXPECT_EQ(first.stride, 2);
  const CollectiveWorkload& second = scenario.collectives[1];
  EXPECT_EQ(second.operation, Operation::all_reduce);
  EXPECT_EQ(second.times, 1);
  EXPECT_EQ(second.group, 0);
  EXPECT_EQ(second.stride, 1);
  // The default stack names no library.
  EXPECT_EQ(second.algorithm, Algorithm::automatic);
}

TEST(Workload, TakesTheAlgorithmOfAllReduces) {
  const Scenario scenario =
      read(workload(R"([{"all_reduce": "1 kB"}, {"reduce": "1 kB"}])",
                    R"(, "training": {"allreduce": {"algorithm": "rabenseifner"}})"));
  EXPECT_EQ(scenario.collectives[0].algorithm, Algorithm::rabenseifner);
  EXPECT_EQ(scenario.collectives[1].algorithm, Algorithm::automatic);
}

TEST(Workload, RefusesWhatOnlyAModelHas) {
  const std::string one = R"([{"all_reduce": "1 kB"}])";
  EXPECT_EQ(complaint_about(workload(one, R"(, "model": {"zoo": "lenet5"})")),
            "s.json: /model: 'model' stands beside 'workload' (a scenario holds a model or "
            "collectives): remove one of them");
  EXPECT_EQ(complaint_about(workload(one, R"(, "data": {"samples": 1})"))
                .find("s.json: /data: 'data' stands beside"),
            0u);
  EXPECT_EQ(complaint_about(workload(one, R"(, "training": {"batch": {"global": 1}})"))
                .find("s.json: /training/batch: 'batch' stands beside"),
            0u);
}

TEST(Workload, NeedsClusterAndSweep) {
  EXPECT_NE(
      complaint_about(R"({"workload": {"collectives": [{"reduce": "1 B"}]}})").find("cluster"),
      std::string::npos);
  EXPECT_NE(
      complaint_about(R"({"workload": {"collectives": [{"reduce": "1 B"}]}, )" + kCluster + "}")
          .find("sweep"),
      std::string::npos);
  EXPECT_EQ(complaint_about(workload(R"([{"reduce": "1 B"}])", "", R"({"workers": 64})")),
            "s.json: /sweep/workers/0: 64 workers do not fit 32 devices (8 nodes of 4): use more "
            "nodes or fewer workers");
}

TEST(Workload, NamesTheEntryThatIsWrong) {
  const auto says = [](const std::string& collectives, const std::string& beginning) {
    const std::string line = complaint_about(workload(collectives));
    EXPECT_EQ(line.find("s.json: " + beginning), 0u) << line;
  };
  says("[]", "/workload/collectives: the list is empty");
  says(R"([{"all_reduec": "1 B"}])",
       "/workload/collectives/0/all_reduec: unknown key 'all_reduec'");
  says(R"([{"times": 2}])", "/workload/collectives/0: no operation is given");
  says(R"([{"reduce": "1 B", "broadcast": "1 B"}])",
       "/workload/collectives/0: more than one is given: broadcast or reduce");
  says(R"([{"reduce": 8}])", "/workload/collectives/0/reduce: ");
  says(R"([{"reduce": "0 B"}])", "/workload/collectives/0/reduce: the bytes are not between");
  says(R"([{"reduce": "1 B", "times": 0}])", "/workload/collectives/0/times: ");
  says(R"([{"reduce": "1 B", "group": 1}])", "/workload/collectives/0/group: ");
  says(R"([{"reduce": "1 B", "stride": 2}])", "/workload/collectives/0/stride: all ranks");
  // 8 ranks do not hold 16; 32 would.
  says(R"([{"reduce": "1 B"}, {"reduce": "1 B", "group": 4, "stride": 4}])",
       "/sweep/workers/0: 8 ranks do not form groups of 4 with stride 4 "
       "(workload.collectives[1] asks for them): use a multiple of 16");
}

TEST(Workload, SetsAsideWhatOnlySamplesNeed) {
  JsonDocument document = JsonDocument::parse_text(workload(R"([{"reduce": "1 B"}])"), "s.json");
  document.set("cluster.storage.bandwidth=1 GB/s");
  const Scenario scenario = read_scenario(document);
  ASSERT_EQ(scenario.remarks.size(), 1u);
  EXPECT_EQ(scenario.remarks[0].find("cluster.storage is not used"), 0u);
}

TEST(Workload, IsRefusedByWhoNeedsAModel) {
  try {
    expect_model(read(workload(R"([{"reduce": "1 B"}])")), "plan");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "s.json: /workload: the scenario holds collectives and no model (plan needs a "
              "model): use predict or compare");
  }
}

}  // namespace
}  // namespace rehearse
