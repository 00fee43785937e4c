#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenarios/scenario.h"
#include "tests/scenarios/mutator.h"

namespace rehearse {
namespace {

// Keys that no shipped scenario has.
constexpr const char* kRareKeys = R"({
  "name": "rare",
  "model": {"input": {"channels": 16, "height": 8, "width": 8},
            "layers": [{"kind": "convolution", "channels": 16, "kernel": 3, "padding": 1},
                       {"kind": "relu"}, {"kind": "flatten"}, {"kind": "dense", "features": 10}]},
  "precision": "fp32",
  "data": {"samples": 50000, "bytes_per_sample": "3 kB", "classes": 10, "preparation": "2 ms",
           "split": "by_class"},
  "cluster": {
    "nodes": 16,
    "node": {"device": "a100-sxm4-80gb", "devices": 4, "nics": 2, "cores": 32,
             "device_bandwidth": "100 GB/s", "device_latency": "2 us"},
    "network": {"topology": "dragonfly", "routing": "ugal", "injection_bandwidth": "12 GB/s",
                "injection_latency": "500 ns", "local_bandwidth": "10 GB/s", "local_latency": "100 ns",
                "global_bandwidth": "10 GB/s", "global_latency": "300 ns", "groups": 9,
                "routers_per_group": 4, "nodes_per_router": 2, "global_links_per_router": 2,
                "failed": {"link_fraction": 0.02, "seed": 3}},
    "placement": {"kind": "linear", "free": 0.7},
    "mapping": "round_robin",
    "storage": {"bandwidth": "5 GB/s", "node_bandwidth": "1 GB/s"}
  },
  "training": {"strategy": "sync", "batch": {"per_worker": 64},
               "optimizer": {"name": "adam", "lr": 0.001,
                             "plateau": {"metric": "loss", "factor": 0.5, "min_lr": 1e-5}},
               "evaluate_every": 100, "stop_at": {"loss": 0.1},
               "early_stopping": {"metric": "test_loss", "patience": 3, "min_delta": 0.001},
               "servers": {"count": 2, "placement": "dedicated", "sharding": "balanced",
                           "update_bandwidth": "40 GB/s"},
               "backup_workers": 1, "masters": 2, "sync_every": 2, "processes": 2, "gated": true,
               "groups": 2, "momentum_correction": false, "easgd": {"force": 0.5},
               "gem": {"kappa": 1, "momentum": 0.5, "lr": 0.1},
               "allreduce": {"algorithm": "rabenseifner", "batching": "buckets", "fusion": "1 MiB",
                             "in_flight": 2, "overlap": true}},
  "noise": {"compute_cv": 0.02, "device_cv": 0.01, "node_cv": 0.03},
  "background": {"pattern": "bursty", "share": 0.3},
  "faults": {"node_mtbf": "150 d", "job_mtbf": "30 d", "restart": "5 min", "queue": "1 h",
             "checkpoint_interval": "30 min", "checkpoint_cost": "20 s"},
  "convergence": {"target": {"test_accuracy": 0.76}, "samples_at_small_batch": 50000000,
                  "critical_batch": 8192, "staleness_penalty": 0.02, "source": "made up"},
  "emulation": {"every": 100, "model": {"zoo": "resnet20_cifar"},
                "data": {"samples": 1000, "classes": 10}},
  "sweep": {"workers": [4, 16], "scaling": "strong"},
  "fidelity": "flow",
  "seed": 7
})";

// A layout with all of its keys.
constexpr const char* kLayout = R"({
  "name": "layout",
  "model": {"zoo": "gpt2"},
  "precision": "bf16",
  "data": {"samples": 1000000, "sequence": 1024},
  "cluster": {"nodes": 16, "node": {"device": "a100-sxm4-80gb", "devices": 8},
              "network": {"preset": "infiniband-hdr-selene"}},
  "training": {
    "framework": "megatron", "batch": {"per_worker": 64},
    "parallelism": {
      "data": "auto", "tensor": 2, "pipeline": 2, "context": 2, "context_exchange": "ring",
      "expert": 1, "expert_tensor": 1, "expert_imbalance": 1, "sequence": true, "zero": 1,
      "expert_dispatch": "all_to_all", "expert_nodes": 1, "expert_fp8": false,
      "shard_group": 2, "order": "tp-cp-ep-dp-pp", "schedule": "interleaved", "microbatch": 2,
      "virtual_stages": 2, "stages": [2, 4, 4, 2], "recompute": "selective",
      "offload": {"optimizer": 0.5, "activations": 0.25}, "dense": 1, "split": "auto",
      "overlap": {"gradients": true, "parameters": true, "tensor": false, "pipeline": true,
                  "expert": false, "slowdown": 1.2}}},
  "sweep": {"workers": [16, 64], "scaling": "weak"},
  "seed": 7
})";

}  // namespace

std::vector<std::string> mutation_corpus() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(scenarios_folder())) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const auto& file : files) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    texts.push_back(text.str());
  }
  texts.emplace_back(kRareKeys);
  texts.emplace_back(kLayout);
  return texts;
}

}  // namespace rehearse
