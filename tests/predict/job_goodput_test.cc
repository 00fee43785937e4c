#include "predict/job_goodput.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

constexpr double kDay = 86400;

Scenario tiny_with(const std::vector<std::string>& assignments) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  for (const std::string& assignment : assignments) document.set(assignment);
  return read_scenario(document);
}

// What a job of the tiny scenario that is alone on its nodes makes of its time.
JobGoodput of(const std::vector<std::string>& assignments, std::int64_t workers) {
  std::vector<std::string> all = assignments;
  all.push_back("sweep.workers=[" + std::to_string(workers) + "]");
  const Scenario scenario = tiny_with(all);
  return job_goodput(JobPoint(scenario, workers));
}

TEST(FailureModel, NumbersByHand) {
  // 6.5e-3 failures per node and day (Kokolis et al., arXiv:2410.21680), restarts of 5 min,
  // checkpoints of 1 min every 15 min. 16,384 nodes: l = 16384 * 6.5e-3 / 86400 = 1.232593e-3 / s,
  // a failure every 811.3 s. l u = 0.369778, e^ = 1.447413; l (dt + w) = 1.183289, e^ - 1 =
  // 2.265095; 811.298 * 1.447413 * 2.265095 = 2659.86; 900 / 2659.86 = 0.33836.
  const FailureModel large{.rate = 16384 * 6.5e-3 / kDay, .restart = 300, .cost = 60};
  EXPECT_NEAR(goodput(large, 900), 0.33836, 1e-5);
  // The form of small losses has (1 - 1.232593e-3 (300 + 450)) / (1 + 60 / 900) = 0.0708 here.
  EXPECT_NEAR((1 - large.rate * (300 + 450)) / (1 + 60.0 / 900), 0.0708, 1e-4);
  // 2,048 nodes: l = 1.540741e-4; l u = 0.046222, e^ = 1.047307; l (dt + w) = 0.147911, e^ - 1 =
  // 0.159410; 6490.385 * 1.047307 * 0.159410 = 1083.577; 900 / 1083.577 = 0.83058, and in the form
  // of small losses (1 - 0.115556) / 1.066667 = 0.82917.
  const FailureModel small{.rate = 2048 * 6.5e-3 / kDay, .restart = 300, .cost = 60};
  EXPECT_NEAR(goodput(small, 900), 0.83058, 1e-5);
  EXPECT_NEAR((1 - small.rate * (300 + 450)) / (1 + 60.0 / 900), 0.82917, 1e-5);
  // Ten minutes in the queue after each failure: 900 / ((811.298 + 600) * 3.278529) = 0.19451.
  FailureModel queued = large;
  queued.queue = 600;
  EXPECT_NEAR(goodput(queued, 900), 0.19451, 1e-5);
}

// Restarts of 1 min, checkpoints of 1 min every 1400 s. 16,384 nodes: l u = 0.073956, e^
// = 1.076759; l (dt + w) = 1.799586, e^ - 1 = 5.047142; 1400 / (811.298 * 1.076759 * 5.047142) =
// 0.3175. 2,048 nodes: 1400 / (6490.385 * e^0.009244 * (e^0.224948 - 1)) = 0.8472.
TEST(FailureModel, SmallLossesAreTooDarkAtScale) {
  const FailureModel large{.rate = 16384 * 6.5e-3 / kDay, .restart = 60, .cost = 60};
  const FailureModel small{.rate = 2048 * 6.5e-3 / kDay, .restart = 60, .cost = 60};
  EXPECT_NEAR(goodput(large, 1400), 0.32, 0.005);
  EXPECT_NEAR(goodput(small, 1400), 0.85, 0.005);
  const auto of_small_losses = [](const FailureModel& m) {
    return (1 - m.rate * (m.restart + 700)) / (1 + m.cost / 1400);
  };
  EXPECT_NEAR(of_small_losses(large), 0.06, 0.005);
  EXPECT_NEAR(of_small_losses(small), 0.85, 0.005);
}

TEST(FailureModel, DalysInterval) {
  // sqrt(2 * 60 * 6490.385) - 60 = sqrt(778846.2) - 60 = 882.523 - 60 = 822.523 s.
  const FailureModel model{.rate = 2048 * 6.5e-3 / kDay, .restart = 300, .cost = 60};
  EXPECT_NEAR(daly_interval(model), 822.523, 1e-3);
  // No other interval is much better.
  for (const double other : {400.0, 700.0, 950.0, 1500.0}) {
    EXPECT_LT(goodput(model, other), 1.001 * goodput(model, daly_interval(model)));
  }
  // A checkpoint that takes more than half of the time between failures: M.
  EXPECT_EQ(daly_interval({.rate = 0.01, .cost = 60}), 100);
  EXPECT_TRUE(std::isinf(daly_interval({.cost = 60})));
}

TEST(FailureModel, WithoutFailuresOnlyCheckpointsCost) {
  EXPECT_DOUBLE_EQ(goodput({.cost = 60}, 540), 0.9);
  EXPECT_EQ(goodput({.cost = 60}, INFINITY), 1);
  EXPECT_EQ(goodput({.rate = 1, .cost = 1}, 2000), 0);  // e^2001 failures
}

// The formula against jobs that run second by second.
TEST(FailureModel, HoldsForSimulatedJobs) {
  const FailureModel model{.rate = 1.0 / 500, .restart = 60, .queue = 200, .cost = 20};
  constexpr double kInterval = 300;
  RandomStream random(7, {1});
  const auto time_to_failure = [&] { return -std::log(1 - random.uniform()) / model.rate; };
  double time = 0;
  constexpr int kSegments = 40000;
  for (int done = 0; done < kSegments;) {
    double failure = time_to_failure();
    while (failure < kInterval + model.cost) {  // the segment begins anew, after a restart
      time += failure + model.queue;
      failure = time_to_failure();
      while (failure < model.restart) {
        time += failure + model.queue;
        failure = time_to_failure();
      }
      time += model.restart;
      failure = time_to_failure();  // exponential: what is left has the same distribution
    }
    time += kInterval + model.cost;
    ++done;
  }
  EXPECT_NEAR(kSegments * kInterval / time / goodput(model, kInterval), 1, 0.02);
}

TEST(JobGoodput, EveryFailureStopsASynchronousJob) {
  const std::vector<std::string> faults{
      R"(faults={"worker_mtbf": "100 h", "job_mtbf": "50 h", "restart": "5 min",
                 "checkpoint_interval": "30 min", "checkpoint_cost": "1 min"})"};
  // 4 workers: 4 / 100 + 1 / 50 = 0.06 per hour.
  const JobGoodput job = of(faults, 4);
  EXPECT_DOUBLE_EQ(job.failures.rate * 3600, 0.06);
  EXPECT_EQ(job.worker_share, 1);
  EXPECT_EQ(job.interval, 1800);
  EXPECT_DOUBLE_EQ(job.share, goodput(job.failures, 1800));
  // sqrt(2 * 60 * 60000) - 60 = 2623.28 s.
  EXPECT_NEAR(job.optimum, 2623.28, 0.01);
  for (const char* strategy : {"hybrid", "lagged", "local_sgd"}) {
    std::vector<std::string> other = faults;
    other.push_back(std::string("training.strategy=") + strategy);
    EXPECT_EQ(of(other, 4).share, job.share) << strategy;
  }
}

TEST(JobGoodput, NodesFailWithAllThatIsInThem) {
  // Two devices per node: 4 workers are 2 nodes, 2 / 10 per day.
  const JobGoodput job = of({R"(cluster.node={"device": "p100-pcie-16gb", "devices": 2,
                               "device_bandwidth": "10 GB/s", "device_latency": "1 us"})",
                             R"(faults={"node_mtbf": "10 d", "checkpoint_cost": "1 min"})"},
                            4);
  EXPECT_DOUBLE_EQ(job.failures.rate * kDay, 0.2);
  // No interval is given: Daly's.
  EXPECT_EQ(job.interval, job.optimum);
  EXPECT_EQ(job.share, job.best_share);
}

// What is left out on GPUs is as published: 4 workers fail 4 / 2111 times a day, restarts take 11
// min, checkpoints 40 s.
TEST(JobGoodput, TakesWhatIsPublished) {
  const Scenario scenario = tiny_with({"faults={}", "sweep.workers=[4]"});
  const JobGoodput job = job_goodput(JobPoint(scenario, 4));
  EXPECT_DOUBLE_EQ(job.failures.rate * kDay, 4.0 / 2111);
  EXPECT_EQ(job.failures.restart, 660);
  EXPECT_EQ(job.failures.cost, 40);
  EXPECT_EQ(job.failures.queue, 0);
  const auto published = std::count_if(
      scenario.provenance.begin(), scenario.provenance.end(), [](const Provenance& p) {
        return p.quantity.starts_with("faults.") && p.kind == Provenance::Kind::published;
      });
  EXPECT_EQ(published, 3);
}

TEST(JobGoodput, OthersGoOnWithoutAWorker) {
  const std::string faults =
      R"(faults={"worker_mtbf": "99 h", "restart": "30 min", "queue": "30 min",
                 "checkpoint_interval": "1 h", "checkpoint_cost": "1 min"})";
  for (const char* strategy : {"async_ps", "sync_backup_ps", "downpour", "easgd", "gem"}) {
    const JobGoodput job = of({faults, std::string("training.strategy=") + strategy}, 4);
    // A worker is away for 1 h in 100 h. Its only server fails once in 99 h.
    EXPECT_DOUBLE_EQ(job.worker_share, 0.99) << strategy;
    EXPECT_DOUBLE_EQ(job.failures.rate * 3600, 1.0 / 99) << strategy;
    EXPECT_DOUBLE_EQ(job.share, 0.99 * goodput(job.failures, 3600)) << strategy;
    EXPECT_GT(job.share, of({faults}, 4).share) << strategy;
  }
  // Three servers; a top master and two below it.
  const JobGoodput servers =
      of({faults, "training.strategy=async_ps", R"(training.servers={"count": 3})"}, 4);
  EXPECT_DOUBLE_EQ(servers.failures.rate * 3600, 3.0 / 99);
  const JobGoodput masters = of({faults, "training.strategy=downpour", "training.masters=2"}, 4);
  EXPECT_DOUBLE_EQ(masters.failures.rate * 3600, 3.0 / 99);
  // Eight servers on the four nodes of the workers: four nodes can stop the job.
  const JobGoodput colocated = of(
      {R"(faults={"node_mtbf": "99 h", "checkpoint_cost": "1 min"})", "training.strategy=async_ps",
       R"(training.servers={"count": 8, "placement": "colocated"})"},
      4);
  EXPECT_DOUBLE_EQ(colocated.failures.rate * 3600, 4.0 / 99);
}

TEST(JobGoodput, RefusesJobsThatGetNowhere) {
  const Scenario scenario = tiny_with(
      {R"(faults={"worker_mtbf": "1 min", "restart": "10 min", "checkpoint_interval": "1 h"})"});
  try {
    expect_progress(scenario);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    EXPECT_NE(std::string(error.what()).find("gets nowhere"), std::string::npos) << error.what();
  }
}

TEST(JobGoodput, EpochsCountIt) {
  const Scenario scenario = tiny_with({R"(faults={"job_mtbf": "1 h", "restart": "6 min",
      "checkpoint_interval": "1 h", "checkpoint_cost": "1 s"})"});
  Prediction prediction;
  prediction.points.resize(scenario.workers.size());
  for (std::size_t i = 0; i < scenario.workers.size(); ++i) {
    PredictedPoint& p = prediction.points[i];
    p.workers = scenario.workers[i];
    p.epoch_time = 100;
    p.node_hours_per_epoch = 2;
  }
  add_goodput(scenario, prediction);
  // l u = 0.1, l (dt + w) = 3601 / 3600: 1 / (e^0.1 (e^1.000278 - 1)) = 0.526363.
  const PredictedPoint& p = prediction.points.front();
  EXPECT_NEAR(p.goodput.value(), 0.526363, 1e-6);
  EXPECT_DOUBLE_EQ(p.epoch_time, 100 / *p.goodput);
  EXPECT_DOUBLE_EQ(p.node_hours_per_epoch, 2 / *p.goodput);
  // Daly: sqrt(2 * 1 * 3600) - 1 = 83.85 s. It would leave 88.4 %.
  ASSERT_EQ(prediction.warnings.size(), 1u);
  EXPECT_EQ(prediction.warnings[0].code, "checkpoint_interval");
  EXPECT_NE(prediction.warnings[0].what.find("every 1.40 min"), std::string::npos)
      << prediction.warnings[0].what;
  ASSERT_EQ(prediction.provenance.size(), 2u);  // of the mean, of the interval
  EXPECT_NE(prediction.provenance[0].source.find("Daly's optimum is 1.40 min at 1 worker"),
            std::string::npos)
      << prediction.provenance[0].source;
}

}  // namespace
}  // namespace rehearse
