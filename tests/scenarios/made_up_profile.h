// A profile of a machine that nobody measured, with round numbers.
#pragma once

#include <memory>
#include <string>

#include "scenarios/profile.h"

namespace rehearse {

// `devices` cores of one node. At batch 32 a dense layer of 4 -> 8, the first of its network, takes
// 1 ms forward and 2 ms for its weights; one of 8 -> 2 takes 0.5 ms forward and 1 ms for either
// gradient; both half as long again with all devices busy. Other layers are interpolated.
inline std::string made_up_profile(int devices) {
  return R"({
  "profile": "machine",
  "machine": {"cpu": "made up", "cores": 2, "memory": "8 GiB", "kernels": "k 1", "transport": "t 1"},
  "device": {
    "name": "local",
    "peak": {"fp32": "50 GFLOP/s"},
    "memory_bandwidth": "10 GB/s", "memory_capacity": "4 GiB",
    "launch_overhead": "0 s", "host_link_bandwidth": "10 GB/s",
    "utilisation": {"matrix": 1, "memory": 1},
    "compute_cv": 0.02, "device_cv": 0,
    "measured": {
      "threads": 1, "devices": )" +
         std::to_string(devices) + R"(, "shares_core": true, "drift": 0.03,
      "update_bandwidth": "8 GB/s", "update_bandwidth_busy": "4 GB/s",
      "fixed_work": "1 ms", "fixed_work_busy": "2 ms",
      "layers": [
        {"layer": "dense 4 -> 8 bias first", "batch": 32,
         "forward": {"alone_s": 1e-3, "busy_s": 1.5e-3, "spread": 0.1, "flops": 2048, "bytes": 2000},
         "backward_weights": {"alone_s": 2e-3, "busy_s": 3e-3, "flops": 2048, "bytes": 2000}},
        {"layer": "dense 8 -> 2 bias", "batch": 32,
         "forward": {"alone_s": 5e-4, "busy_s": 7.5e-4, "flops": 1024, "bytes": 1000},
         "backward_data": {"alone_s": 1e-3, "busy_s": 1.5e-3, "flops": 1024, "bytes": 1000},
         "backward_weights": {"alone_s": 1e-3, "busy_s": 1.5e-3, "flops": 1024, "bytes": 1000}},
        {"layer": "relu 8", "batch": 32,
         "forward": {"alone_s": 1e-5, "busy_s": 1e-5, "flops": 256, "bytes": 1000},
         "backward_data": {"alone_s": 1e-5, "busy_s": 1e-5, "flops": 256, "bytes": 1000}}]
    },
    "provenance": [{"quantity": "all", "source": "made up", "kind": "assumed"}]
  },
  "fabric": {"name": "measured", "message_latency": "5 us",
             "local_messages": [{"from": "0 B", "latency": "2 us", "bandwidth": "2 GB/s"}]},
  "noise": {"quantum_s": 0.01, "cv": 0.02, "worst": 1.2, "compute_slowdown": 1.1,
            "memory_slowdown": 1.5}
})";
}

inline std::shared_ptr<const Profile> read_made_up_profile(int devices) {
  return std::make_shared<const Profile>(
      read_profile(JsonDocument::parse_text(made_up_profile(devices), "made_up.json")));
}

}  // namespace rehearse
