// Runs around parameter servers, and delays of asynchronous updates, of surveys.
#include "tests/predict/tiny.h"
#include "validate/measurements.h"
#include "validate/validate.h"

namespace rehearse {
namespace {

class SurveyServers : public TinyFiles {
 protected:
  static std::string run(const std::string& id, int workers, int servers,
                         const std::string& data = "synthetic", int per_node = 1) {
    const std::string devices = std::to_string(workers);
    return R"({"id": ")" + id + R"(", "source": "Paper", "zoo": "inception_v3", "model": "x",
      "hardware": "Piz Daint XC50", "device": "p100-pcie-16gb", "nodes": )" +
           std::to_string(workers / per_node) + R"(, "gpus_per_node": )" +
           std::to_string(per_node) + R"(, "devices": )" + devices + R"(, "batch": )" +
           std::to_string(64 * workers) +
           R"(, "precision_word": "fp32", "network": "Aries", "mappable": true,
      "quantity": "samples_per_s", "value_si": )" +
           std::to_string(130 * workers) + R"(, "notes": ")" + data + R"( data, batch 64/GPU",
      "layout": {"data": )" +
           devices + R"(, "microbatches": 1, "servers": )" + std::to_string(servers) +
           R"(, "strategy": "sync_ps"}, "measured": {"metric": "throughput", "value": 1,
      "unit": "x"}})";
  }
  static std::string delay(const std::string& algorithm) {
    return R"({"id": "d", "source": "s", "algorithm": ")" + algorithm +
           R"(", "parallelism": {"workers": 8}, "notes": "2001 delays; p50 7, p90 9, p99 10",
      "measured": {"metric": "mean_gradient_delay", "value": 6.982, "unit": "updates"},
      "mappable": false, "unmappable_because": "not a training step"})";
  }
  [[nodiscard]] Measurements read(const std::string& records) const {
    return read_measurements({write("survey.json", "[" + records + "]")});
  }
};

TEST_F(SurveyServers, AreSynchronousServersOnTheNodesOfWorkers) {
  const Measurements all = read(run("a", 4, 3));
  ASSERT_EQ(all.records.size(), 1u) << all.unmapped.at(0).why;
  ProfileLibrary profiles;
  const Scenario scenario = scenario_of(all.records[0], {4}, profiles);
  EXPECT_EQ(scenario.strategy.kind, StrategyKind::sync_backup_ps);
  EXPECT_EQ(scenario.strategy.backup_workers, 0);
  EXPECT_EQ(scenario.strategy.servers.count, 3);
  EXPECT_TRUE(scenario.strategy.servers.colocated);
  EXPECT_EQ(scenario.stack.name, "grpc-aries");
}

TEST_F(SurveyServers, RealAndSyntheticDataHaveARunOfTheirOwn) {
  const Measurements all = read(run("one", 1, 1) + "," + run("real-one", 1, 1, "real") + "," +
                                run("two", 2, 1) + "," + run("real-two", 2, 1, "real"));
  ASSERT_EQ(all.records.size(), 4u);
  EXPECT_EQ(all.records[2].calibrated_from.at(0), "one");
  EXPECT_EQ(all.records[3].calibrated_from.at(0), "real-one");
  EXPECT_EQ(all.records[3].calibrated_from.at(1), "daint-tfps-inc3-synthetic-4");
}

TEST_F(SurveyServers, NodesThatAddGradientsFirstAreListed) {
  const Measurements all = read(run("a", 8, 2, "real", 4));
  ASSERT_EQ(all.unmapped.size(), 1u);
  EXPECT_TRUE(all.unmapped[0].why.starts_with("the devices of a node add their gradients"));
}

TEST_F(SurveyServers, DelaysOfEqualWorkersAreTheOthersUpdates) {
  const Measurements all = read(delay("asynchronous block coordinate descent, 8 workers"));
  ASSERT_EQ(all.records.size(), 4u);  // the mean and three quantiles
  const Validation result = validate(
      {write("survey.json", "[" + delay("asynchronous block coordinate descent") + "]")}, {});
  ASSERT_EQ(result.records.size(), 4u);
  EXPECT_EQ(result.records[0].quantity, "staleness");
  EXPECT_NEAR(result.records[0].predicted, 7, 0.15);  // 8 - 1, less when all begin
  EXPECT_DOUBLE_EQ(result.records[0].signed_error(), result.records[0].predicted - 6.982);
  EXPECT_EQ(result.records[3].quantity, "staleness_p99");
  EXPECT_NEAR(result.records[3].predicted, 11, 1.5);
  EXPECT_TRUE(result.families.empty());  // counts of updates are no errors of time
}

TEST_F(SurveyServers, DelaysOfStoredGradientsAreListed) {
  const Measurements all = read(delay("PIAG: master + 8 workers"));
  ASSERT_EQ(all.unmapped.size(), 1u);
  EXPECT_TRUE(all.unmapped[0].why.starts_with("another delay is counted"));
}

}  // namespace
}  // namespace rehearse
