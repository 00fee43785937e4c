// Strategies with servers and masters in a prediction: between the bounds of first order, whom slow
// workers cost what, how old weights are, and that every strategy runs with its defaults.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "predict/predict.h"
#include "tests/predict/known_device.h"
#include "tests/predict/sane.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

using Assignments = std::vector<std::string>;

constexpr const char* kEqualDevices = R"(noise={"compute_cv": 0, "device_cv": 0})";

// Four equal dense layers of 1,024 x 1,024 weights and 1,024 biases, links of 10 GB/s; servers take
// no time for their updates.
constexpr double kModel = 4.0 * 4 * (1024 * 1024 + 1024);  // bytes
constexpr double kRate = 10e9;

Scenario layers(const Assignments& assignments) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "s.json");
  document.set(R"(model={"input": {"channels": 1024}, "layers": [
      {"kind": "dense", "features": 1024}, {"kind": "dense", "features": 1024},
      {"kind": "dense", "features": 1024}, {"kind": "dense", "features": 1024}]})");
  document.set("data.classes=1024");
  document.set("cluster.nodes=16");
  document.set("sweep.workers=[4]");
  document.set(kEqualDevices);
  for (const std::string& assignment : assignments) document.set(assignment);
  return with_known_time(read_scenario(document));
}

std::string servers(int count, const std::string& placement = "dedicated") {
  return R"(training.servers={"count": )" + std::to_string(count) + R"(, "placement": ")" +
         placement + R"(", "sharding": "balanced", "update_bandwidth": "1000 TB/s"})";
}

PredictedPoint point(const Assignments& assignments) {
  return predict(layers(assignments), {}).points.back();
}

double device_time(const PredictedPoint& p) { return p.breakdown[StepPhase::compute].value(); }

// T + P n / (S R) where pulls and pushes are pipelined, T + 2 P n / (S R) where one follows the
// other, as here: all weights are fetched before the first layer, and sent after the last. Of
// colocated servers, one a node, every NIC carries (P - 1) / P of that.
TEST(SyncBackupPs, LiesBetweenTheBoundsOfFirstOrder) {
  constexpr double kWorkers = 4;
  constexpr double kRounding = 30e-6;  // latencies, and shards that are not quite equal
  for (const char* fidelity : {"flow", "message"}) {
    for (const int count : {1, 2, 4}) {
      const PredictedPoint p = point({"training.strategy=sync_backup_ps", servers(count),
                                      std::string("fidelity=") + fidelity});
      const double moved = kWorkers * kModel / (count * kRate);
      EXPECT_GT(p.step_time.p50, device_time(p) + moved) << count << ' ' << fidelity;
      EXPECT_LT(p.step_time.p50, device_time(p) + 2 * moved + kRounding)
          << count << ' ' << fidelity;
      EXPECT_EQ(p.nodes, kWorkers + count);
      ASSERT_TRUE(p.staleness);
      EXPECT_EQ(p.staleness->mean, 0);
    }
    const PredictedPoint p = point({"training.strategy=sync_backup_ps", servers(4, "colocated"),
                                    std::string("fidelity=") + fidelity});
    const double moved = kModel * (kWorkers - 1) / kWorkers / kRate;
    EXPECT_GT(p.step_time.p50, device_time(p) + moved) << fidelity;
    EXPECT_LT(p.step_time.p50, device_time(p) + 2 * kModel / kRate + kRounding) << fidelity;
    EXPECT_EQ(p.nodes, kWorkers) << "servers on the nodes of workers take none";
  }
}

// Updates come at most at min(P / (T + pull + push), S R / n) per second; and at least as often as
// if all workers pulled together, computed, and pushed together, as equal ones do.
TEST(AsyncPs, UpdatesAsOftenAsWorkersOrServersCan) {
  for (const auto& [workers, count] : {std::pair{1, 1}, {8, 1}, {8, 2}, {2, 4}}) {
    const PredictedPoint p = point({"training.strategy=async_ps", servers(count),
                                    "sweep.workers=[" + std::to_string(workers) + "]"});
    const double transfer = kModel / kRate;
    const double of_workers = workers / (device_time(p) + 2 * transfer);
    const double of_servers = count / transfer;
    const double together =
        workers /
        (device_time(p) + 2 * std::max(1.0, static_cast<double>(workers) / count) * transfer);
    const double updates = p.samples_per_s / 32;
    EXPECT_LT(updates, 1.01 * std::min(of_workers, of_servers)) << workers << ' ' << count;
    EXPECT_GT(updates, 0.98 * together) << workers << ' ' << count;
  }
}

// Of 8 equal workers each is seven updates behind, and with noise in the mean as well.
TEST(AsyncPs, WeightsAreAsOldAsThereAreOtherWorkers) {
  for (const char* noise : {kEqualDevices, R"(noise={"compute_cv": 0.1, "device_cv": 0})"}) {
    const PredictedPoint p =
        point({"training.strategy=async_ps", servers(2), "sweep.workers=[8]", noise});
    ASSERT_TRUE(p.staleness);
    EXPECT_NEAR(p.staleness->mean, 7, 0.1) << noise;
    EXPECT_EQ(p.staleness->p50, 7) << noise;
  }
}

TEST(AsyncPs, WaitsForServersThatAreBusy) {
  const PredictedPoint quick = point({"training.strategy=async_ps", servers(4)});
  const PredictedPoint busy =
      point({"training.strategy=async_ps",
             R"(training.servers={"count": 1, "update_bandwidth": "5 GB/s"})"});
  const auto wait = [](const PredictedPoint& p) {
    return p.breakdown[StepPhase::server_wait].value() / p.step_time.p50;
  };
  EXPECT_LT(wait(quick), 0.05);
  EXPECT_GT(wait(busy), 0.3);
}

class SlowLink : public TinyFiles {
 protected:
  // Four workers, then a server, then one whose switch hangs on a link of so much.
  [[nodiscard]] PredictedPoint with_link(const std::string& bandwidth) const {
    write("net.json", R"({"switches": ["hub", "far"],
      "nodes": [{"switches": ["hub"], "count": 5}, {"switches": ["far"], "count": 1}],
      "links": [{"a": "hub", "b": "far", "bandwidth": ")" +
                          bandwidth + R"(", "latency": "1 us"}]})");
    JsonDocument document =
        JsonDocument::parse_text(tiny_scenario(), write("tiny.json", tiny_scenario()));
    document.set("cluster.nodes=6");
    document.set("cluster.network.topology=file");
    document.set("cluster.network.file=net.json");
    document.set("sweep.workers=[4]");
    document.set("training.strategy=async_ps");
    document.set("training.servers.count=2");
    document.set("training.servers.sharding=balanced");
    document.set(R"(noise={"compute_cv": 0.2, "device_cv": 0.1})");
    return predict(with_known_time(read_scenario(document)), {}).points.back();
  }
};

// Weights are read when a server answers a gradient: between two gradients of a worker each of the
// others makes one update, however slow the server is.
TEST_F(SlowLink, OfAServerCostsTimeAndLeavesTheMeanStaleness) {
  const PredictedPoint near = with_link("10 GB/s");
  const PredictedPoint far = with_link("1 GB/s");
  ASSERT_TRUE(near.staleness && far.staleness);
  EXPECT_GT(far.step_time.p50, 1.5 * near.step_time.p50);
  EXPECT_NEAR(near.staleness->mean, 3, 0.2);
  EXPECT_NEAR(far.staleness->mean, 3, 0.2);
}

const Assignments kStrategies{"sync",  "async_ps", "sync_backup_ps", "downpour",
                              "easgd", "gem",      "hybrid"};

// The updates of a saturated master are the step, 16 workers x 3 x 16.8 MB / 10 GB/s = 81 ms and
// two transfers of 1.7 ms each; the device of the master is in each run another one, as those of
// the workers are.
TEST(Masters, VaryFromRunToRun) {
  for (const char* strategy : {"downpour", "easgd", "gem"}) {
    const PredictedPoint p = point({std::string("training.strategy=") + strategy,
                                    R"(noise={"compute_cv": 0, "device_cv": 0.2})",
                                    R"(training.servers={"update_bandwidth": "10 GB/s"})",
                                    "cluster.nodes=17", "sweep.workers=[16]"});
    EXPECT_GT(p.step_time.p90 / p.step_time.p10, 1.15) << strategy;
  }
}

TEST(Strategies, RunWithTheirDefaults) {
  for (const std::string& strategy : kStrategies) {
    for (const char* fidelity : {"flow", "message"}) {
      const Prediction p =
          predict(layers({"training.strategy=" + strategy, std::string("fidelity=") + fidelity,
                          "sweep.workers=[1, 4]"}),
                  {});
      EXPECT_EQ(fault_of(p), "") << strategy << ' ' << fidelity;
      for (const PredictedPoint& one : p.points) {
        EXPECT_NEAR(one.breakdown.sum().value(), one.step_time.p50, 1e-9 * one.step_time.p50)
            << strategy;
        EXPECT_EQ(one.nodes, one.workers + (strategy == "sync" ? 0 : 1)) << strategy;
        EXPECT_EQ(one.staleness.has_value(), strategy != "sync") << strategy;
      }
    }
  }
}

TEST(Strategies, RunWithOtherKeys) {
  for (const Assignments& keys : std::vector<Assignments>{
           {"training.strategy=downpour", "training.masters=2", "training.sync_every=3"},
           {"training.strategy=downpour", "training.gated=true"},
           {"training.strategy=easgd", "training.processes=2"},
           {"training.strategy=gem", "training.processes=2", "training.masters=2"},
           {"training.strategy=hybrid", "training.groups=2", servers(3)},
           {"training.strategy=hybrid", "training.groups=4", servers(2, "colocated")},
           {"training.strategy=async_ps", servers(9)},
           {"training.strategy=sync_backup_ps", "training.backup_workers=1"}}) {
    for (const char* fidelity : {"flow", "message"}) {
      Assignments all = keys;
      all.push_back(std::string("fidelity=") + fidelity);
      EXPECT_EQ(fault_of(predict(layers(all), {})), "") << keys.front() << ' ' << keys.back();
    }
  }
}

TEST(Strategies, AreRefusedByNameUnderAnalytic) {
  for (const std::string& strategy : kStrategies) {
    if (strategy == "sync") continue;
    try {
      predict(layers({"training.strategy=" + strategy, "fidelity=analytic"}), {});
      ADD_FAILURE() << strategy << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::input);
      EXPECT_NE(std::string(error.what()).find("'" + strategy + "'"), std::string::npos)
          << error.what();
    }
  }
}

}  // namespace
}  // namespace rehearse
