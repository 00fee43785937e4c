// Every way to get a scenario wrong that we could think of, with the one line it is answered by.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json_reader.h"
#include "kernels/models/zoo.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

struct Case {
  std::vector<std::string> assignments;
  std::string line;  // after "s.json: "
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {{"trainig={}"},
       "/trainig: unknown key 'trainig' (known here: background, cluster, convergence, data, "
       "emulation, "
       "faults, "
       "fidelity, format, model, name, noise, precision, seed, sweep, training or workload): did "
       "you mean 'training'?"},
      {{R"(training.bacth={"global": 8})"},
       "/training/bacth: unknown key 'bacth' (known here: allreduce, attention_factor, "
       "backup_workers, batch, checkpoint_every, early_stopping, easgd, epochs, evaluate_every, "
       "framework, gated, gem, "
       "gradient_precision, groups, lag, launch_gap, local_steps, masters, momentum_correction, "
       "on_divergence, optimizer, parallelism, processes, servers, stall_warning, steps, stop_at, "
       "strategy, stream_factor or sync_every): did you mean 'batch'?"},
      {{"training.allreduce.algoritm=ring"},
       "/training/allreduce/algoritm: unknown key 'algoritm' (known here: algorithm, batching, "
       "compression, cycle, fusion, in_flight, overlap or ratio): did you mean 'algorithm'?"},
      {{"model.zooo=resnet50"},
       "/model/zooo: unknown key 'zooo' (known here: hf_config, input, layers, name, onnx or "
       "zoo): did you mean 'zoo'?"},
      {{"cluster.network.prset=aries-piz-daint"},
       "/cluster/network/prset: unknown key 'prset': did you mean 'preset'?"},
      {{"cluster.node.devcie=p100"},
       "/cluster/node/devcie: unknown key 'devcie' (known here: calibration, cores, device, "
       "device_bandwidth, device_latency, devices, helpers, inside, nics, "
       "pair_bandwidth, pair_latency, "
       "rings, switch_bandwidth, switch_latency, switches or threads): did you mean 'device'?"},
      {{"sweep.worker=[1]"},
       "/sweep/worker: unknown key 'worker' (known here: scaling or workers): did you mean "
       "'workers'?"},
      {{"data.clases=3"},
       "/data/clases: unknown key 'clases' (known here: bytes_per_sample, classes, format, "
       "preparation, readers, samples, sequence, split, test, test_samples, tokens or train): did "
       "you mean "
       "'classes'?"},
      {{R"(model={"zoo": "resnet5O"})"},
       "/model: 'resnet5O' is not in the zoo (it can be " + list_of(zoo_names()) +
           "): did you mean 'resnet50'?"},
      {{"cluster.node.device=local"},
       "/cluster/node/device: nothing is known of this machine: run rehearse calibrate and give "
       "its "
       "result with --profile"},
      {{"cluster.node.device=gpus/mine.json"},
       "/cluster/node/device: device profile 'gpus/mine.json' is not a file (the path is taken "
       "from the folder of the scenario): check the path"},
      {{"training.allreduce.fusion=64"},
       R"(/training/allreduce/fusion: 64 has no unit (quantities carry their unit): write for example "64 MiB")"},
      {{"training.allreduce.cycle=5"},
       R"(/training/allreduce/cycle: 5 has no unit (quantities carry their unit): write for example "5 ms")"},
      {{"training.allreduce.fusion=64 mb"},
       R"(/training/allreduce/fusion: '64 mb' is not a size (unknown unit 'mb'): write for example "64 MiB")"},
      {{"data.bytes_per_sample=-1 kB"},
       "/data/bytes_per_sample: '-1 kB' is not a size (it is negative)"},
      {{"data.bytes_per_sample=0 B"},
       "/data/bytes_per_sample: a sample of no bytes cannot be read: leave the key out if the data "
       "is made on the spot"},
      {{"data.bytes_per_sample=nan kB"},
       "/data/bytes_per_sample: 'nan kB' is not a size (the number is not finite)"},
      {{R"(cluster.storage={"bandwidth": "0 GB/s"})"},
       "/cluster/storage/bandwidth: a bandwidth of zero reads nothing: give a positive rate"},
      {{R"(cluster.storage={"bandwith": "1 GB/s"})"},
       "/cluster/storage/bandwith: unknown key 'bandwith' (known here: bandwidth or "
       "node_bandwidth): "
       "did you mean 'bandwidth'?"},
      {{R"(data={"samples": 10, "classes": 2})", R"(cluster.storage={"bandwidth": "1 GB/s"})"},
       "/data: it is not known how much of the storage a sample takes: give 'bytes_per_sample'"},
      {{R"(cluster.storage={"bandwidth": "1e-300 B/s"})"},
       "/cluster/storage/bandwidth: '1e-300 B/s' is not a bandwidth (it is too small)"},
      {{"data.preparation=1e300 s"},
       "/data/preparation: '1e300 s' is not a time (it is too large)"},
      {{"data.preparation=5 ms"},
       "/cluster/node: it is not known how many cores prepare samples: give 'cores', or leave out "
       "data.preparation"},
      {{"cluster.node.cores=12"},
       "/cluster/node/cores: it is not known what the cores prepare: give data.preparation, the "
       "time of one core for a sample"},
      {{"data.samples=0"},
       "/data/samples: 0 is out of range (it must be between 1 and 1000000000000000)"},
      {{"data.samples=many"}, R"(/data/samples: expected a whole number (found "many"))"},
      {{"data.samples=1.5"}, "/data/samples: expected a whole number (found 1.5)"},
      {{"cluster.nodes=0"}, "/cluster/nodes: 0 is out of range (it must be between 1 and 1000000)"},
      {{"cluster.nodes=-4"},
       "/cluster/nodes: -4 is out of range (it must be between 1 and 1000000)"},
      {{"cluster.nodes=1000001"},
       "/cluster/nodes: 1000001 is out of range (it must be between 1 and 1000000)"},
      {{"cluster.node.devices=0"},
       "/cluster/node/devices: 0 is out of range (it must be between 1 and 1024)"},
      {{"cluster.network.injection_bandwidth=0 GB/s"},
       "/cluster/network/injection_bandwidth: a bandwidth of zero moves nothing: give a positive "
       "rate"},
      {{"cluster.network.injection_bandwidth=10"},
       R"(/cluster/network/injection_bandwidth: 10 has no unit (quantities carry their unit): write for example "25 GB/s")"},
      {{"cluster.network.topology=dragonfly"},
       "/cluster/network/routers_per_group: this key is missing (it is required): add it"},
      {{R"(cluster.network={"preset": "aries-piz-daint", "groups": 1})", "cluster.nodes=500"},
       "/cluster/network: 500 nodes do not fit the dragonfly (1 groups of 384 nodes): use fewer "
       "nodes or more "
       "groups"},
      {{R"(cluster.network={"preset": "aries-piz-daint", "global_links_per_pair": 0})",
        "cluster.nodes=500"},
       "/cluster/network: the network is not connected (its 2 groups have no links between them): "
       "give it global links"},
      {{R"(cluster.network={"preset": "ethernet-25g-roce"})", "cluster.nodes=3000"},
       "/cluster/network: 3000 nodes do not fit the fat-tree (it holds 2048): use fewer nodes, "
       "more levels "
       "or switches with more ports"},
      {{R"(cluster.node={"device": "v100-sxm2-16gb", "devices": 4})"},
       "/cluster/node/devices: nothing is known of the links between the devices of a node: give "
       "'device_bandwidth' and 'device_latency'"},
      {{"cluster.placement=scattered"},
       "/cluster/placement: 'scattered' is not known (it can be contiguous, random or "
       "group_round_robin)"},
      {{"cluster.placement=[0,8]"},
       "/cluster/placement/1: there is no node 8 (nodes count from 0 to 7)"},
      {{"cluster.placement=[0,1,0]"},
       "/cluster/placement/2: node 0 is listed twice: list each node once"},
      {{"cluster.placement=linear"},
       "/cluster/placement: 'linear' needs to know how much of the machine is free: write "
       R"({"kind": "linear", "free": 0.5})"},
      {{R"(cluster.placement={"kind": "linear"})"},
       "/cluster/placement/free: this key is missing (it is required): add it"},
      {{R"(cluster.placement={"kind": "linear", "free": 0})"},
       "/cluster/placement/free: 0 is out of range (it must be between 1e-06 and 1)"},
      {{R"(cluster.placement={"kind": "random", "free": 0.5})"},
       "/cluster/placement/free: unknown key 'free' (known here: kind): remove it"},
      {{R"(cluster.placement={"kind": "linear", "free": 0.5})"},
       "/sweep/workers/3: 32 workers do not fit 16 devices (4 nodes of 4): use more nodes or fewer "
       "workers"},
      {{"cluster.mapping=cyclic"},
       "/cluster/mapping: 'cyclic' is not known (it can be block or round_robin)"},
      {{"cluster.mapping=round_robin", "training.allreduce.algorithm=hierarchical"},
       "/cluster/mapping: a hierarchical all-reduce works on blocks of workers on one node "
       "(round_robin puts neighbours on different nodes): use \"block\" or another "
       "training.allreduce.algorithm"},
      {{"cluster.placement=[0]"},
       "/sweep/workers/2: 8 workers do not fit 4 devices (1 nodes of 4): use more nodes or fewer "
       "workers"},
      {{"training.strategy=synch"},
       "/training/strategy: 'synch' is not known (it can be sync, async_ps, sync_backup_ps, "
       "downpour, "
       "easgd, gem, hybrid, lagged or local_sgd): did you mean 'sync'?"},
      {{"training.strategy=local_sgd", "training.parallelism.tensor=2"},
       "/training/parallelism/tensor: layers are split under strategy 'sync' only, not "
       "'local_sgd': use 1"},
      {{"training.strategy=easgd", "training.allreduce.compression=topk"},
       "/training/allreduce/compression: weights cannot be compressed by 'topk' (workers of "
       "'easgd' "
       "send weights, not gradients): use \"none\", fp16 or bf16"},
      {{R"(training.servers={"update_bandwidth": "0 GB/s"})"},
       "/training/servers/update_bandwidth: at a bandwidth of zero no update ends: give a "
       "positive rate"},
      {{R"(training.optimizer={"name": "sdg"})"},
       "/training/optimizer/name: 'sdg' is not known (it can be sgd, nesterov, adam, adamw, "
       "lars, larc or lamb): "
       "did you mean 'sgd'?"},
      {{"training.allreduce.compression=top_k"},
       "/training/allreduce/compression: 'top_k' is not known (it can be none, fp16, bf16, topk or "
       "onebit): did you mean 'topk'?"},
      {{"training.allreduce.in_flight=65"},
       "/training/allreduce/in_flight: 65 is out of range (it must be between 1 and 64)"},
      {{"training.parallelism.tensor=0"},
       "/training/parallelism/tensor: 0 is out of range (it must be between 1 and 1000000)"},
      {{"training.parallelism.tensor=2"},
       "/sweep/workers/0: 1 workers do not form groups of 2 (training.parallelism.dense splits "
       "layers over that many): use a multiple of 2"},
      {{"training.parallelism.tensor=3", "sweep.workers=[3,6,8]"},
       "/sweep/workers/2: 8 workers do not form groups of 3 (training.parallelism.dense splits "
       "layers over that many): use a multiple of 3"},
      {{"training.parallelism.tensor=64", "sweep={}"},
       "/sweep/workers/0: 64 workers do not fit 32 devices (8 nodes of 4): use more nodes or fewer "
       "workers"},
      {{R"(training.parallelism={"tensor": 4, "split": "all"})", "sweep.workers=[4]"},
       R"(/training/parallelism/tensor: the 2 features of 'dense_2' do not divide by 4 (split "all" takes every dense layer): use a divisor, or split "auto")"},
      {{R"(training.parallelism={"tensor": 2, "split": "dense"})", "sweep.workers=[4]"},
       "/training/parallelism/split: 'dense' is not known (it can be auto or all)"},
      {{R"(model={"input": {"channels": 2}, "layers": [{"kind": "batch_norm"}]})",
        "training.parallelism.tensor=2", "sweep.workers=[4]"},
       "/training/parallelism/tensor: the model has no dense layer to split (all other layers stay "
       "on every device): use 1"},
      {{"training.parallelism.tensor=6", "training.allreduce.algorithm=hierarchical",
        "sweep.workers=[12]"},
       "/training/parallelism/dense: groups of 6 workers do not fit nodes of 4 devices evenly (a "
       "hierarchical all-reduce needs equally many on every node): use a divisor or a multiple of "
       "4"},
      {{R"(training.parallelism={"tensor": 2, "split": "all"})", "sweep.workers=[4]",
        R"(model.layers=[{"kind": "dense", "features": 1000000}, {"kind": "dense", "features": 2}])",
        "training.batch.per_worker=1000000"},
       "/sweep/workers/0: the inputs of 'dense_2' that a worker gathers are more than 10^12 "
       "(layers "
       "are split over 2): use a smaller batch or smaller groups"},
      {{"training.batch.global=64"},
       "/training/batch: both 'per_worker' and 'global' are given: give one of 'per_worker' and "
       "'global'"},
      {{"training.batch={}"},
       "/training/batch: no batch is given: give one of 'per_worker' and 'global'"},
      {{"training.batch.per_worker=0"},
       "/training/batch/per_worker: 0 is out of range (it must be between 1 and 1000000)"},
      {{"training.batch.per_worker=1000001"},
       "/training/batch/per_worker: 1000001 is out of range (it must be between 1 and 1000000)"},
      {{R"(training.batch={"global": 16})"},
       "/sweep/workers/3: a global batch of 16 leaves some of 32 workers without a sample (strong "
       "scaling keeps the global batch): use a larger batch or fewer workers"},
      {{R"(training.batch={"global": 33})", R"(sweep={"workers": [4], "scaling": "weak"})"},
       R"(/training/batch/global: 33 samples cannot be dealt evenly to 4 workers (weak scaling keeps the batch per worker of the smallest point): use a multiple, or sweep.scaling "strong")"},
      {{R"(training.batch={"global": 1000000000000})"},
       "/training/batch: a worker gets 1000000000000 samples (at most 1000000 are allowed): use a "
       "smaller batch or more workers"},
      {{"training.allreduce.algorithm=hierarchical", "sweep.workers=[2,4,6]"},
       "/sweep/workers/2: 6 workers do not fill nodes of 4 devices evenly (a hierarchical "
       "all-reduce needs equally many on every node): use a multiple of 4"},
      {{"sweep.workers=[]"},
       "/sweep/workers: the sweep is empty: list at least one count of workers"},
      {{"sweep.workers=[1,4,4]"},
       "/sweep/workers/2: 4 stands twice (the counts ascend, each stands once): sort them and "
       "remove repetitions"},
      {{"sweep.workers=[4,2]"},
       "/sweep/workers/1: 2 stands after 4 (the counts ascend, each stands once): sort them and "
       "remove repetitions"},
      {{"sweep.workers=[1,64]"},
       "/sweep/workers/1: 64 workers do not fit 32 devices (8 nodes of 4): use more nodes or fewer "
       "workers"},
      {{"sweep.workers=[1,0]"},
       "/sweep/workers/1: 0 is out of range (it must be between 1 and 1000000)"},
      {{R"(sweep.workers=[1,"two"])"},
       R"(/sweep/workers/1: expected a whole number (found "two"))"},
      {{"sweep.scaling=strongly"},
       "/sweep/scaling: 'strongly' is not known (it can be weak or strong): did you mean "
       "'strong'?"},
      {{"precision=fp64"},
       "/precision: 'fp64' is not known (it can be fp32, tf32, bf16, fp16, fp8, mxfp8 or nvfp4): "
       "did you mean "
       "'fp32'?"},
      {{"precision=bf16"},
       "/precision: device 'v100-sxm2-16gb' has no peak rate for bf16 (its profile knows fp32 or "
       "fp16): choose one of these precisions"},
      {{"fidelity=exact"}, "/fidelity: 'exact' is not known (it can be analytic, flow or message)"},
      {{"seed=-1"}, "/seed: -1 is out of range (it must be at least 0)"},
      {{"seed=1.5"}, "/seed: expected a whole number (found 1.5)"},
      {{R"(faults={"worker_mtbf": "1 h", "checkpoint_cost": "0 s"})"},
       "/faults: it is not known how often checkpoints are written (if they cost nothing there is "
       "no best interval): give 'checkpoint_cost' or 'checkpoint_interval'"},
      {{R"(background={"share": 1.3})"},
       "/background/share: 1.3 is out of range (it must be between 0 and 1)"},
      {{R"(background={"pattern": "burst"})"},
       "/background/pattern: 'burst' is not known (it can be uniform, bursty or all_to_all): did "
       "you mean 'bursty'?"},
      {{"noise.node_cv=-0.1"}, "/noise/node_cv: -0.1 is out of range (it must be between 0 and 2)"},
      {{"noise.compute_cv=3"}, "/noise/compute_cv: 3 is out of range (it must be between 0 and 2)"},
      {{R"(cluster.node.calibration={"samples_per_s": 0, "batch": 1, "source": "s"})"},
       "/cluster/node/calibration/samples_per_s: 0 is out of range (it must be between 1e-06 and "
       "1000000000)"},
      {{R"(cluster.node.calibration={"samples_per_s": 1e8, "batch": 1, "source": "s"})"},
       "/cluster/node/calibration/samples_per_s: a measured step of 10.0 ns cannot be met (the "
       "launches of layers on v100-sxm2-16gb alone take 56.0 us): check the measurement or the "
       "profile's launch_overhead"},
      {{R"(cluster.node.calibration={"samples_per_s": 100, "batch": 1})"},
       "/cluster/node/calibration/source: this key is missing (it is required): add it"},
      {{"data.classes=3"},
       "/model/layers: the last layer has 2 outputs (data has 3 classes): make them equal"},
      {{R"(model={"onnx": 5})"}, "/model/onnx: expected a string (found number)"},
      {{"model={}"},
       "/model: no model is given: give one of 'zoo', 'hf_config', 'onnx' and 'layers'"},
      {{"cluster=7"}, "/cluster: expected an object (found number): write { … }"},
      {{"name=5"}, "/name: expected a string (found number)"},
  };
  return all;
}

TEST(BadInput, IsAnsweredInOneLine) {
  for (const Case& c : cases()) {
    std::string told;
    for (const std::string& assignment : c.assignments) told += assignment + "  ";
    EXPECT_EQ(complaint(c.assignments), "s.json: " + c.line) << told;
  }
}

// These list the profiles there are, which are more from time to time.
TEST(BadInput, UnknownProfilesSuggestTheNearest) {
  const auto expect = [](const char* assignment, const std::string& start, const std::string& end) {
    const std::string line = complaint({assignment});
    EXPECT_TRUE(line.starts_with("s.json: /cluster/" + start + " (known are ")) << line;
    EXPECT_TRUE(line.ends_with("): did you mean '" + end + "'?")) << line;
  };
  expect("cluster.node.device=p100-pcie-16g",
         "node/device: there is no device profile 'p100-pcie-16g'", "p100-pcie-16gb");
  expect(R"(cluster.network={"preset": "aries-pizdaint"})",
         "network/preset: there is no network preset 'aries-pizdaint'", "aries-piz-daint");
  expect("cluster.network.stack=ideaal", "network/stack: there is no fabric profile 'ideaal'",
         "ideal");
}

TEST(BadInput, FilesOfAnotherFormat) {
  EXPECT_EQ(complaint_about(R"({"format": "rehearse-device-1", "name": "d"})"),
            "s.json: /format: this is no scenario (it is a 'rehearse-device-1'): give a scenario "
            "(rehearse list scenarios)");
  EXPECT_EQ(complaint_about(R"({"format": "rehearse-scenari-1"})"),
            "s.json: /format: 'rehearse-scenari-1' is no format that this program knows: did you "
            "mean 'rehearse-scenario-1'?");
}

TEST(BadInput, EmptyFiles) {
  EXPECT_EQ(complaint_about("").substr(0, 22), "s.json: not valid JSON");
  EXPECT_EQ(complaint_about("[]"),
            "s.json: this is no scenario (it looks like a file of the kind 'measurements'): give a "
            "scenario (rehearse list scenarios)");
  EXPECT_EQ(complaint_about("{}"), "s.json: /data: this key is missing (it is required): add it");
}

// However a file is cut, it is refused in one line that says where.
TEST(BadInput, EveryTruncationIsRefused) {
  const std::string text = base_text();
  for (std::size_t end = 0; end < text.size() - 1; ++end) {
    const std::string line = complaint_about(text.substr(0, end));
    EXPECT_TRUE(line.starts_with("s.json: not valid JSON near byte ")) << end << ": " << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << end;
  }
}

}  // namespace
}  // namespace rehearse
