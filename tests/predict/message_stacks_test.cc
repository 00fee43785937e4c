// Message fidelity with stacks whose messages have ends: every job comes to its end, and near flow.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "predict/predict.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

struct Job {
  std::string stack;  // a name, or ends of messages
  const char* algorithm;
  int nodes, devices, in_flight;
};

class MessageStacks : public TinyFiles {
 protected:
  // Two gradients of 8 MB and 4 kB, each a bucket; links of 1 GB/s. Nothing is uncertain.
  double step(const Job& job, const char* fidelity) const {
    const bool own = job.stack.starts_with('"');
    if (own) write("stack.json", "{\"name\": \"own\", " + job.stack + "}");
    const std::string text =
        R"({"name": "job", "model": {"input": {"channels": 2048}, "layers": [
        {"kind": "dense", "features": 1000}, {"kind": "dense", "features": 1000}]},
      "data": {"samples": 1000}, "cluster": {"nodes": )" +
        std::to_string(job.nodes) + R"(, "node": {"device": "p100-pcie-16gb", "devices": )" +
        std::to_string(job.devices) +
        R"(, "device_bandwidth": "20 GB/s", "device_latency": "1 us"},
      "network": {"topology": "single_switch", "injection_bandwidth": "1 GB/s",
                  "injection_latency": "1 us", "stack": ")" +
        (own ? "./stack.json" : job.stack) +
        R"("}}, "training": {"batch": {"per_worker": 8}, "allreduce": {
        "batching": "buckets", "fusion": "0 B", "in_flight": )" +
        std::to_string(job.in_flight) + R"(, "algorithm": ")" + job.algorithm +
        R"("}}, "noise": {"compute_cv": 0, "device_cv": 0}, "fidelity": ")" + fidelity +
        R"(", "sweep": {"workers": )" + std::to_string(job.nodes * job.devices) + "}}";
    const std::string file = write("job.json", text);
    return predict(load_scenario(file), {}).points.front().step_time.p50;
  }
};

// Case F1: eager messages between other actors than the first of a rank.
TEST_F(MessageStacks, EveryJobEndsNearFlow) {
  const std::vector<std::string> stacks{"open-mpi-tcp-wall", "open-mpi-tcp-virtual",
                                        R"("rendezvous_from": "1 GB")",
                                        R"("rendezvous_from": "64 kB", "step_latency": "20 us")"};
  int jobs = 0;
  for (const std::string& stack : stacks) {
    for (const char* algorithm : {"ring", "recursive_doubling", "rabenseifner", "binomial"}) {
      for (const auto& [nodes, devices, in_flight] :
           {std::tuple{2, 1, 1}, {4, 1, 2}, {3, 2, 1}}) {
        const Job job{stack, algorithm, nodes, devices, in_flight};
        SCOPED_TRACE(stack + ", " + algorithm + ", " + std::to_string(nodes) + " nodes of " +
                     std::to_string(devices) + ", " + std::to_string(in_flight) + " in flight");
        const double message = step(job, "message");
        // Two ranks that announce messages to each other take turns (docs/models.md, "Message
        // ends"), which only message knows of a ring: up to twice the communication.
        const bool turns = nodes * devices == 2 && std::string(algorithm) == "ring";
        EXPECT_NEAR(message / step(job, "flow"), 1, turns ? 0.6 : 0.25);
        ++jobs;
      }
    }
  }
  EXPECT_EQ(jobs, 48);
}

}  // namespace
}  // namespace rehearse
