// Whether and how records of surveys become measurements.
#include "base/error.h"
#include "predict/local_scenario.h"
#include "tests/predict/tiny.h"
#include "validate/measurements.h"

namespace rehearse {
namespace {

class SurveyMapping : public TinyFiles {
 protected:
  // A shipped run, VGG-16 on 32 nodes of Piz Daint at batch 64 per worker, with keys of `changed`
  // instead of its own.
  [[nodiscard]] Measurements mapped(const std::vector<std::string>& changed) const {
    JsonDocument record = JsonDocument::parse_text(R"({
      "id": "daint-hvd-vgg16-32", "source": "s", "model": "VGG16", "zoo": "vgg16",
      "hardware": "Piz Daint: P100", "device": "p100-pcie-16gb", "nodes": 32, "gpus_per_node": 1,
      "devices": 32, "batch": 2048, "precision_word": "fp32", "mappable": true,
      "network": "Cray Aries, Piz Daint", "algorithm": "Horovod", "framework": "horovod",
      "layout": {"data": 32, "microbatches": 1}, "quantity": "samples_per_s", "value_si": 3000,
      "measured": {
    "metric" : "throughput", "value" : 3000, "unit" : "images/s"}})",
                                                   "r.json");
    for (const std::string& assignment : changed) record.set(assignment);
    return read_measurements({write("survey.json", "[" + text_of(record) + "]")});
  }
  [[nodiscard]] std::string why(const std::vector<std::string>& changed) const {
    const Measurements all = mapped(changed);
    return all.unmapped.empty() ? "mapped" : all.unmapped[0].why;
  }

  // Runs of ResNet-50 on P100s in nodes of 4, of one software.
  static std::string run(const std::string& id, int nodes, int devices, int batch, double rate,
                         const std::string& algorithm = "NCCL") {
    return R"({"id": ")" + id + R"(", "source": "Paper", "model": "ResNet-50", "zoo": "resnet50",
      "hardware": "servers", "device": "p100-sxm2-16gb", "nodes": )" +
           std::to_string(nodes) + R"(, "gpus_per_node": )" + std::to_string(devices / nodes) +
           R"(, "devices": )" + std::to_string(devices) + R"(, "batch": )" +
           std::to_string(batch * devices) + R"(, "precision_word": "fp32", "algorithm": ")" +
           algorithm + R"(", "network": "1x EDR per node", "framework": "mxnet", "mappable": true,
      "quantity": "samples_per_s", "value_si": )" +
           std::to_string(rate) +
           R"(, "measured": {"metric": "throughput", "value": 1, "unit": "x"}})";
  }
  [[nodiscard]] Measurements runs(const std::vector<std::string>& records) const {
    std::string all;
    for (const std::string& record : records) all += (all.empty() ? "" : ",") + record;
    return read_measurements({write("survey.json", "[" + all + "]")});
  }
};

TEST_F(SurveyMapping, ARecordOfTheSameContentIsMapped) {
  const Measurements all = mapped({});
  ASSERT_EQ(all.records.size(), 1u) << all.unmapped.at(0).why;
  EXPECT_DOUBLE_EQ(all.records[0].value, 3000);
  EXPECT_EQ(all.records[0].workers, 32);
  EXPECT_FALSE(all.records[0].inline_scenario);
  EXPECT_FALSE(all.records[0].calibrated_from.empty());
}

TEST_F(SurveyMapping, TheSameIdWithOtherContentIsNotMapped) {
  EXPECT_EQ(why({"batch=1024"}), "the record is of batch 32 per worker, the scenario of 64");
  EXPECT_EQ(why({"zoo=resnet50"}), "the record is of model 'resnet50', the scenario of 'vgg16'");
  EXPECT_EQ(why({"device=p100-sxm2-16gb"}),
            "the record is of device 'p100-sxm2-16gb', the scenario of 'p100-pcie-16gb'");
  EXPECT_EQ(why({"precision_word=fp16"}), "the record is of precision fp16, the scenario of fp32");
  EXPECT_EQ(why({"devices=64", "nodes=64", "batch=4096", "layout.data=64"}),
            "the record is of 64 workers, the scenario of 32");
  EXPECT_EQ(why({"nodes=8", "gpus_per_node=4"}), "the record is of 8 nodes, the scenario of 32");
  EXPECT_EQ(why({"layout.tensor=4"}), "the record is of tensor 4, the scenario of 1");
  EXPECT_EQ(why({"layout.pipeline=2"}),
            "the record is of pipeline 2, the scenario of synchronous data parallelism");
  EXPECT_EQ(why({"layout.strategy=sync_ps"}),
            "the record is of strategy 'sync_ps', the scenario of synchronous data parallelism");
  EXPECT_EQ(why({"quantity=memory"}), "quantity 'memory' is not compared");
}

TEST_F(SurveyMapping, WhatTheSurveyCannotMapHasItsReason) {
  EXPECT_EQ(why({"mappable=false", "unmappable_because=layout not in the record"}),
            "layout not in the record");
}

// No record of 64 nodes is shipped; the text names the machine and software of the slides.
TEST_F(SurveyMapping, OtherSizesOfAShippedSoftwareTakeItsScenario) {
  const std::vector<std::string> of_slides{
      "id=what-ever",
      "devices=64",
      "nodes=64",
      "batch=4096",
      "layout.data=64",
      "source=CSCS course, eth-cscs/tensorflow-training@0cf950c",
      "algorithm=Horovod + NCCL2 allreduce over ipogif0, tf_cnn_benchmarks"};
  const Measurements all = mapped(of_slides);
  ASSERT_EQ(all.records.size(), 1u) << all.unmapped.at(0).why;
  EXPECT_EQ(all.records[0].id, "what-ever");
  EXPECT_EQ(all.records[0].workers, 64);
  EXPECT_FALSE(all.records[0].inline_scenario);
  ProfileLibrary profiles;
  EXPECT_EQ(scenario_of(all.records[0], {64}, profiles).stack.name, "nccl-tcp-aries-slides");

  // At another batch it is the same software still, but no longer the scenario's job.
  std::vector<std::string> other = of_slides;
  other[3] = "batch=2048";
  const Measurements alone = mapped(other);
  ASSERT_EQ(alone.records.size(), 1u) << alone.unmapped.at(0).why;
  EXPECT_TRUE(alone.records[0].inline_scenario);
}

TEST_F(SurveyMapping, AnIdSaysNothing) {
  const Measurements all = mapped({"id=daint-hvd-vgg16-33"});
  ASSERT_EQ(all.records.size(), 1u) << all.unmapped.at(0).why;
  EXPECT_TRUE(all.records[0].inline_scenario);
}

TEST_F(SurveyMapping, AScenarioIsMadeOfWhatTheRecordSays) {
  const Measurements all = runs({run("a", 2, 8, 32, 1000)});
  ASSERT_EQ(all.records.size(), 1u) << all.unmapped.at(0).why;
  ProfileLibrary profiles;
  const Scenario scenario = scenario_of(all.records[0], {8}, profiles);
  EXPECT_EQ(scenario.model->name(), "resnet50");
  EXPECT_EQ(scenario.device.name, "p100-sxm2-16gb");
  EXPECT_EQ(scenario.nodes, 2);
  EXPECT_EQ(scenario.node.devices, 4);
  EXPECT_EQ(scenario.node.nics, 1);
  EXPECT_EQ(scenario.node.device.bandwidth, Bandwidth(80e9));
  EXPECT_EQ(scenario.network.injection.bandwidth, Bandwidth(12.5e9));  // 100 Gbit/s
  EXPECT_EQ(scenario.worker_batch(8), 32);
  EXPECT_FALSE(scenario.calibration);
  EXPECT_TRUE(scenario.remarks.empty());
}

TEST_F(SurveyMapping, LaterRoundsOfMlperfReplayGraphs) {
  const auto gap = [&](const std::string& source) {
    std::string record = run("a", 2, 8, 50, 1000);
    record.replace(record.find("Paper"), 5, source);
    ProfileLibrary profiles;
    return scenario_of(runs({record}).records.at(0), {8}, profiles).device.launch_overhead;
  };
  const Duration one_by_one = gap("Paper");
  EXPECT_GT(one_by_one, Duration(5e-6));
  EXPECT_EQ(gap("MLPerf Training v0.7, logs"), one_by_one);
  EXPECT_EQ(gap("MLPerf Training v2.1, logs"), Duration(0.5e-6));
  EXPECT_EQ(gap("MLPerf Training v10.0, logs"), Duration(0.5e-6));
}

TEST_F(SurveyMapping, ARunOfOneNodeCalibratesTheOthersOfItsSoftware) {
  const Measurements all = runs({
      run("one-32", 1, 1, 32, 200), run("four-32", 1, 4, 32, 780), run("one-64", 1, 1, 64, 220),
      run("eight-48", 2, 8, 48, 1600),  // nearer to 64: 64 / 48 = 1.33, 48 / 32 = 1.5
      run("other", 2, 8, 64, 1600, "another library"),
      run("one-16", 1, 1, 16, 190),  // nobody's nearest
  });
  ASSERT_EQ(all.records.size(), 6u);
  using Ids = std::vector<std::string>;
  EXPECT_EQ(all.records[0].calibrated_from, Ids{"one-32"});
  EXPECT_EQ(all.records[1].calibrated_from, Ids{"one-32"});
  EXPECT_EQ(all.records[2].calibrated_from, Ids{"one-64"});
  EXPECT_EQ(all.records[3].calibrated_from, Ids{"one-64"});
  EXPECT_EQ(all.records[4].calibrated_from, Ids{});
  EXPECT_EQ(all.records[5].calibrated_from, Ids{"one-32"});
  ProfileLibrary profiles;
  const Scenario scenario = scenario_of(all.records[3], {8}, profiles);
  ASSERT_TRUE(scenario.calibration);
  EXPECT_DOUBLE_EQ(scenario.calibration->samples_per_s, 220);
  EXPECT_EQ(scenario.calibration->batch, 64);
}

// 780 images/s of 4 devices: 195 of each.
TEST_F(SurveyMapping, TheRateOfANodeIsSharedOut) {
  const Measurements all = runs({run("four", 1, 4, 32, 780), run("eight", 2, 8, 32, 1500)});
  ProfileLibrary profiles;
  EXPECT_DOUBLE_EQ(scenario_of(all.records.at(1), {8}, profiles).calibration->samples_per_s, 195);
  EXPECT_EQ(calibrating_ids(all.records), std::vector<std::string>{"four"});
}

TEST_F(SurveyMapping, ALoneRunOfOneNodeIsCompared) {
  const Measurements all = runs({run("four", 1, 4, 32, 780)});
  EXPECT_TRUE(all.records.at(0).calibrated_from.empty());
}

}  // namespace
}  // namespace rehearse
