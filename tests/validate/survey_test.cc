#include "validate/survey.h"

#include "base/error.h"
#include "tests/predict/tiny.h"
#include "validate/survey_network.h"

namespace rehearse {
namespace {

SurveyRecord p100_run() {
  SurveyRecord record;
  record.id = "one";
  record.model = "ResNet-50";
  record.zoo = "resnet50";
  record.hardware = "8x Tesla P100";
  record.devices = {"p100-sxm2-16gb"};
  record.precision = "fp32";
  record.nodes = 2;
  record.workers = 8;
  record.batch = 256;
  record.quantity = "samples_per_s";
  record.metric = "throughput";
  record.unit = "images/s";
  record.uniform_value = 100;
  return record;
}

std::string line(const SurveyRecord& record) { return in_one_line(obstacles(record)); }

TEST(Survey, SaysWhatStandsInTheWay) {
  EXPECT_EQ(line(p100_run()), "");

  SurveyRecord record = p100_run();
  record.quantity = "memory";
  EXPECT_EQ(line(record), "quantity 'memory' is not compared");
  record.quantity = "other";
  record.metric = "peak_busbw";
  EXPECT_EQ(line(record), "metric 'peak_busbw' is not compared");

  record = p100_run();
  record.devices.clear();
  record.device_word = "m40";
  EXPECT_EQ(line(record), "no device profile for 'm40'");
  record.devices = {"p100-pcie-16gb", "p100-sxm2-16gb"};
  EXPECT_EQ(line(record), "the device may be p100-pcie-16gb or p100-sxm2-16gb");

  record = p100_run();
  record.degrees = {{"data", 2}, {"tensor", 4}, {"pipeline", 1}, {"zero", 1}};
  EXPECT_EQ(line(record), "more than synchronous data parallelism: tensor 4, zero 1");
  record.degrees = {{"data", 4}};
  EXPECT_EQ(line(record), "more than synchronous data parallelism: 4 replicas on 8 devices");

  record = p100_run();
  record.strategy = "sync_ps";
  EXPECT_EQ(line(record), "more than synchronous data parallelism: strategy 'sync_ps'");

  record = p100_run();
  record.zoo = "";
  record.model = "GPT 530B";
  record.batch = 0;
  EXPECT_EQ(line(record), "no model 'GPT 530B' in the zoo; the batch is not told");
}

TEST(Survey, TellsWhatWasMeasured) {
  SurveyRecord record = p100_run();
  EXPECT_DOUBLE_EQ(quantity_of(record)->value, 100);
  EXPECT_EQ(quantity_of(record)->unit, "images/s");
  record.uniform_value = 0;
  EXPECT_FALSE(quantity_of(record));

  record.quantity = "step_time";
  record.uniform_value = 0.25;
  EXPECT_EQ(quantity_of(record)->quantity, Measurement::Quantity::step_time);
  EXPECT_DOUBLE_EQ(quantity_of(record)->value * quantity_of(record)->unit_value, 0.25);

  // 12 % longer for the same work per worker: an efficiency of 1 / 1.12.
  record.quantity = "other";
  record.metric = "iteration_time_ratio_vs_8gpu";
  record.value = 1.12;
  EXPECT_DOUBLE_EQ(quantity_of(record)->value, 1 / 1.12);
  EXPECT_EQ(quantity_of(record)->relative_to, 8);

  record = p100_run();  // of a survey without uniform words
  record.quantity = "";
  record.value = 99;
  EXPECT_DOUBLE_EQ(quantity_of(record)->value, 99);
  record.unit = "images/s per node";
  EXPECT_FALSE(quantity_of(record));
}

std::string network(const std::string& text, const std::string& hardware = "V100",
                    const std::string& device = "p100-sxm2-16gb") {
  SurveyRecord record = p100_run();
  record.hardware = hardware;
  record.network = text;
  record.devices = {device};
  const auto found = network_of(record);
  if (!found) return "not told";
  if (!found->preset.empty()) return found->preset;
  char line[60];
  std::snprintf(line, sizeof line, "%d x %g%s", found->nics, found->gbit_per_s,
                found->ethernet ? " ethernet" : "");
  return line;
}

TEST(Survey, ReadsTheNetworkInItsWords) {
  EXPECT_EQ(network("8x NDR400"), "8 x 400");
  EXPECT_EQ(network("1x InfiniBand EDR 100 Gb/s per node"), "1 x 100");
  EXPECT_EQ(network("25 Gbit/s RoCE (RDMA)"), "1 x 25 ethernet");
  EXPECT_EQ(network("InfiniBand FDR x2 (recalled)"), "2 x 56");
  EXPECT_EQ(network("100 Gb/s RoCEv2, PCIe-only boxes (no NVLink)"), "1 x 100 ethernet");
  // What is said of storage and management is none of it.
  EXPECT_EQ(network("Storage: 2x ConnectX-6 IB HDR 200Gb/sec, Management: 1x ConnectX-6 Ethernet "
                    "100Gb/Sec, Compute: 8x ConnectX-6 IB HDR 200Gb/Sec"),
            "8 x 200");
  EXPECT_EQ(network("Management: 1x Ethernet 10GB/Sec"), "not told");
  // One text of two machines.
  const std::string both = "4x EDR per DGX-1, 8x EDR per DGX-2 (from memory)";
  EXPECT_EQ(network(both, "V100-SXM2-16GB (DGX-1)"), "4 x 100");
  EXPECT_EQ(network(both, "V100-SXM3-32GB (DGX-2/2H)"), "8 x 100");
  // 8 devices on 2 nodes, one adapter each.
  EXPECT_EQ(network("400 Gb/s RDMA per GPU"), "4 x 400");
  EXPECT_EQ(network("Cray Aries dragonfly (XC50, Piz Daint), 1 NIC/node"), "aries-piz-daint");
  EXPECT_EQ(network("8x NDR400", "Eos, DGX H100"), "infiniband-ndr-eos");
  EXPECT_EQ(network("InfiniBand (generation unstated)"), "not told");
  EXPECT_EQ(network(""), "not told");
  EXPECT_EQ(network("EDR", "Deosil cluster"), "1 x 100");  // "eos" inside a word is no machine
}

// Of two kinds of nodes the one with the device; a name that other things have needs its device.
TEST(Survey, KnowsMachinesByNameAndDevice) {
  EXPECT_EQ(network("InfiniBand", "ABCI", "v100-sxm2-16gb"), "infiniband-edr-abci");
  EXPECT_EQ(network("InfiniBand", "ABCI", "a100-sxm4-40gb"), "infiniband-hdr-abci");
  EXPECT_EQ(network("Omni-Path (Jean Zay)", "4x V100", "v100-sxm2-32gb"), "omnipath-jean-zay");
  EXPECT_EQ(network("4x Omni-Path 100 Gb/s per node", "8x A100 (Jean Zay)", "a100-sxm4-80gb"),
            "4 x 100");
  EXPECT_EQ(network("Gemini", "Titan", "k20x"), "gemini-titan");
  EXPECT_EQ(network("56 Gb/s", "8x Titan X", "p100-pcie-16gb"), "1 x 56");
  EXPECT_EQ(network("Slingshot-11", "Alps: 4x GH200 per node", "gh200"), "slingshot-alps");
}

TEST(Survey, KnowsTheLinksInsideANode) {
  SurveyRecord record = p100_run();
  EXPECT_EQ(nvlink_of(record), 80);
  record.devices = {"v100-sxm3-32gb"};
  EXPECT_EQ(nvlink_of(record), 150);
  record.network = "100 Gb/s RoCEv2, PCIe-only boxes (no NVLink)";
  EXPECT_EQ(nvlink_of(record), 0);
  record = p100_run();
  record.devices = {"p100-pcie-16gb"};
  EXPECT_EQ(nvlink_of(record), 0);
  record.devices = {"gb200"};
  EXPECT_EQ(nvlink_of(record), 900);
}

class SurveyFile : public TinyFiles {};

TEST_F(SurveyFile, IsReadWithNullsAndListed) {
  const std::string file = write("survey.json", R"([
    {"id": "x", "source": "s", "model": null, "hardware": "8x M40", "nodes": 1,
     "gpus_per_node": null, "parallelism": {"tp": "2", "vp": "n/a"}, "algorithm": null,
     "measured": {"metric": "throughput", "value": {"a": 1}, "unit": "images/s"}}])");
  const Measurements all = read_measurements({file});
  EXPECT_TRUE(all.records.empty());
  ASSERT_EQ(all.unmapped.size(), 1u);
  EXPECT_EQ(all.unmapped[0].id, "x");
  EXPECT_EQ(all.unmapped[0].why,
            "the value is not one positive number; the model is not told; no known device in "
            "'8x M40'; the precision is not told; the number of devices is not told; the batch is "
            "not told; more than synchronous data parallelism: tensor 2");
}

TEST_F(SurveyFile, UniformWordsCountBeforeTheTexts) {
  const std::string file = write("survey.json", R"([
    {"id": "x", "source": "Paper 2020: table 1", "model": "R50", "zoo": "resnet50",
     "hardware": "P100 somewhere", "device": "p100-pcie-16gb", "devices": 4, "nodes": 4,
     "gpus_per_node": 1, "batch": 128, "global_batch": 99, "precision": "half",
     "precision_word": "fp32", "parallelism": {"dp": 9}, "layout": {"data": 4},
     "layout_assumed": ["data"], "shape_uncertain": "recalled", "shape_uncertain_because": "so",
     "quantity": "samples_per_s", "value_si": 700, "mappable": true, "network": "1x EDR",
     "measured": {"metric": "throughput", "value": 7, "unit": "hundreds of images/s"}}])");
  const Measurements all = read_measurements({file});
  ASSERT_EQ(all.records.size(), 1u) << all.unmapped.at(0).why;
  const Measurement& record = all.records[0];
  EXPECT_DOUBLE_EQ(record.value, 700);
  EXPECT_EQ(record.unit, "samples/s");
  EXPECT_EQ(record.family, "Paper 2020");
  EXPECT_EQ(record.assumed, (std::vector<std::string>{"layout_assumed", "shape_uncertain"}));
}

}  // namespace
}  // namespace rehearse
