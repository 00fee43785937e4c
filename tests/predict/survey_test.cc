#include "predict/survey.h"

#include "base/error.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

SurveyRecord p100_run() {
  SurveyRecord record;
  record.id = "one";
  record.model = "ResNet-50";
  record.hardware = "8x Tesla P100";
  record.algorithm = "Horovod NCCL";
  record.metric = "throughput";
  record.unit = "images/s";
  record.value = 100;
  return record;
}

TEST(Survey, SaysWhatStandsInTheWay) {
  EXPECT_EQ(obstacles(p100_run()),
            "no scenario is shipped for this machine and software ('Horovod NCCL')");

  SurveyRecord record = p100_run();
  record.metric = "peak_busbw";
  EXPECT_EQ(obstacles(record), "metric 'peak_busbw' is not a training run");

  record = p100_run();
  record.hardware = "AWS p2.8xlarge: 8x K80 GPUs";
  EXPECT_EQ(obstacles(record), "no device profile for 'K80'");

  record = p100_run();
  record.degrees = {{"dp", 2}, {"tp", 4}, {"pp", 1}};
  EXPECT_EQ(obstacles(record), "the parallelism needs tensor groups");

  record = p100_run();
  record.algorithm = "hybrid sync groups + async PS per layer (MLSL)";
  EXPECT_EQ(obstacles(record), "async parameter server does not work yet");

  record = p100_run();
  record.model = "GPT 530B";
  record.degrees = {{"pp", 35}};
  EXPECT_EQ(obstacles(record),
            "no model 'GPT 530B' in the zoo; the parallelism needs pipeline stages");
}

TEST(Survey, TakesTheMeasuredValueOfTheSurvey) {
  Measurement shipped;
  shipped.quantity = Measurement::Quantity::throughput;
  shipped.unit = "images/s";
  shipped.value = 99;
  shipped.workers = 8;
  SurveyRecord record = p100_run();
  record.workers = 8;
  EXPECT_DOUBLE_EQ(mapped(record, shipped).value, 100);

  record.metric = "mfu";
  EXPECT_THROW(mapped(record, shipped), Error);
  record = p100_run();
  record.workers = 16;
  EXPECT_THROW(mapped(record, shipped), Error);
  record.workers = 8;
  record.value = 0;  // not one number
  EXPECT_THROW(mapped(record, shipped), Error);

  // 12 % longer for the same work per worker: an efficiency of 1 / 1.12.
  shipped.quantity = Measurement::Quantity::efficiency;
  shipped.unit = "";
  record.metric = "iteration_time_ratio_vs_8gpu";
  record.unit = "x";
  record.value = 1.12;
  EXPECT_DOUBLE_EQ(mapped(record, shipped).value, 1 / 1.12);
}

class SurveyFile : public TinyFiles {};

TEST_F(SurveyFile, IsReadWithNullsAndListed) {
  const std::string file = write("survey.json", R"([
    {"id": "x", "source": "s", "model": null, "hardware": "8x K80", "nodes": 1,
     "gpus_per_node": null, "parallelism": {"tp": "2", "vp": "n/a"}, "algorithm": null,
     "measured": {"metric": "throughput", "value": {"a": 1}, "unit": "images/s"}}])");
  const Measurements all = read_measurements({file});
  EXPECT_TRUE(all.records.empty());
  ASSERT_EQ(all.unmapped.size(), 1u);
  EXPECT_EQ(all.unmapped[0].id, "x");
  EXPECT_NE(all.unmapped[0].why.find("no device profile for 'K80'"), std::string::npos);
  EXPECT_NE(all.unmapped[0].why.find("tensor groups"), std::string::npos);
}

TEST_F(SurveyFile, IsMappedThroughTheShippedRecordOfTheSameId) {
  const std::string file = write("survey.json", R"([
    {"id": "daint-hvd-vgg16-32", "source": "s", "model": "VGG16", "hardware": "P100",
     "nodes": 32, "gpus_per_node": 1, "parallelism": {"dp": 32},
     "measured": {"metric": "throughput", "value": 3000, "unit": "images/s"}}])");
  const Measurements all = read_measurements({file});
  ASSERT_EQ(all.records.size(), 1u);
  EXPECT_DOUBLE_EQ(all.records[0].value, 3000);
  EXPECT_EQ(all.records[0].workers, 32);
  EXPECT_FALSE(all.records[0].calibrated_from.empty());
}

TEST_F(SurveyFile, IsMappedThroughItsSeries) {
  // No record of 64 nodes is shipped, but other points of the same chart are. The second record's
  // id does not hold its number of workers: it belongs to no series.
  const std::string file = write("survey.json", R"([
    {"id": "daint-hvd-vgg16-64", "source": "s", "model": "VGG16", "hardware": "P100",
     "nodes": 64, "gpus_per_node": 1, "parallelism": {"dp": 64},
     "measured": {"metric": "throughput", "value": 5000, "unit": "images/s"}},
    {"id": "daint-hvd-vgg16-65", "source": "s", "model": "VGG16", "hardware": "P100",
     "nodes": 66, "gpus_per_node": 1, "parallelism": {"dp": 66},
     "measured": {"metric": "throughput", "value": 5000, "unit": "images/s"}}])");
  const Measurements all = read_measurements({file});
  ASSERT_EQ(all.records.size(), 1u);
  EXPECT_EQ(all.records[0].id, "daint-hvd-vgg16-64");
  EXPECT_EQ(all.records[0].workers, 64);
  EXPECT_DOUBLE_EQ(all.records[0].value, 5000);
  EXPECT_EQ(all.unmapped.size(), 1u);
}

}  // namespace
}  // namespace rehearse
