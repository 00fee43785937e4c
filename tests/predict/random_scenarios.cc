#include "tests/predict/random_scenarios.h"

#include <array>
#include <cmath>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/random.h"
#include "scenarios/profile_library.h"

namespace rehearse {
namespace {

class Draw {
 public:
  Draw(std::uint64_t seed, std::uint64_t number) : stream_(seed, {78, number}) {}

  int below(int count) {
    return static_cast<int>(stream_.below(static_cast<std::uint64_t>(count)));
  }
  bool one_of(int count) { return below(count) == 0; }
  // Evenly in the logarithm.
  double between(double least, double most) {
    return least * std::pow(most / least, stream_.uniform());
  }
  std::string any(const std::vector<std::string>& words) {
    return words[static_cast<std::size_t>(below(static_cast<int>(words.size())))];
  }

 private:
  RandomStream stream_;
};

std::string quantity(double value, const char* unit) {
  std::ostringstream text;
  text.precision(4);
  text << '"' << value << ' ' << unit << '"';
  return text.str();
}

// Uncertain in part of them.
std::string stack_of(Draw& draw, double rate, bool certain) {
  std::ostringstream text;
  text << "{\"name\": \"any\"";
  if (!draw.one_of(3)) {
    text << ", \"stream_bandwidth\": " << quantity(rate * draw.between(0.2, 2), "GB/s");
  }
  text << ", \"step_latency\": " << quantity(draw.between(0.5, 50), "us")
       << ", \"message_latency\": " << quantity(draw.between(1, 30), "us");
  if (draw.one_of(2)) {
    text << ", \"receive_loop_bandwidth\": " << quantity(rate * draw.between(0.1, 1), "GB/s");
  }
  if (draw.one_of(3)) {
    text << ", \"reduce_bandwidth\": " << quantity(draw.between(1, 50), "GB/s");
  }
  if (draw.one_of(3)) {
    text << ", \"gather_copy_bandwidth\": " << quantity(draw.between(2, 50), "GB/s");
  }
  if (draw.one_of(4)) {
    text << ", \"staging_bandwidth\": " << quantity(draw.between(5, 25), "GB/s");
  }
  if (draw.one_of(4)) {
    text << ", \"rendezvous_from\": " << quantity(draw.between(1, 1e6), "kB");
  }
  if (draw.one_of(4)) text << ", \"wire_efficiency\": " << 0.9;
  if (!certain) {
    text << ", \"stream_bandwidth_rel_error\": " << draw.between(0.01, 2)
         << ", \"step_latency_rel_error\": " << draw.between(0.01, 2);
    if (draw.one_of(2)) {
      text << ", \"stream_rate_spread\": " << draw.between(0.01, 0.5)
           << ", \"stream_rate_spread_rel_error\": " << draw.between(0.01, 1);
    }
  }
  text << "}";
  return text.str();
}

std::string topology_of(Draw& draw) {
  const std::string topology =
      draw.any({"single_switch", "fat_tree", "fat_tree", "dragonfly", "dragonfly", "dragonfly_plus",
                "torus", "mesh", "hyperx", "slim_fly"});
  std::string text = "\"topology\": \"" + topology + "\"";
  if (topology == "fat_tree" && draw.one_of(2)) {
    text += R"(, "ports": null, "down": [4, 8], "up": [)" + std::to_string(1 + draw.below(4)) +
            R"(], "link_bandwidth": "10 GB/s", "link_latency": "0.5 us")";
  }
  std::vector<std::string> routings{"minimal", "minimal", "valiant", "ugal", "adaptive"};
  if (topology == "single_switch") routings = {"minimal"};
  if (topology == "fat_tree") routings = {"minimal", "d_mod_k", "ecmp", "adaptive"};
  return text + ", \"routing\": \"" + draw.any(routings) + "\"";
}

std::string all_reduce_of(Draw& draw) {
  std::ostringstream text;
  text << "\"algorithm\": \""
       << draw.any({"auto", "ring", "ring", "tree", "recursive_doubling", "rabenseifner",
                    "halving_doubling", "binomial", "hierarchical", "node_leader", "native"})
       << "\", \"fusion\": " << quantity(draw.one_of(8) ? 0 : draw.between(1, 64), "MiB")
       << ", \"overlap\": " << (draw.one_of(4) ? "false" : "true");
  if (draw.one_of(2)) {
    text << ", \"batching\": \"horovod\", \"cycle\": " << quantity(draw.between(0.5, 10), "ms");
  } else {
    const std::array<int, 5> lanes{1, 1, 2, 4, 16};
    text << ", \"batching\": \"buckets\", \"in_flight\": "
         << lanes[static_cast<std::size_t>(draw.below(5))];
  }
  return text.str();
}

}  // namespace

AnyJob random_job(std::uint64_t seed, std::uint64_t number) {
  Draw draw(seed, number);
  AnyJob job;
  job.certain = draw.one_of(2);
  const int devices = std::array{1, 1, 2, 4, 8}[static_cast<std::size_t>(draw.below(5))];
  const int nics = std::min(devices, 1 + draw.below(4));
  const int most = 32 / devices;  // workers in all
  const int nodes =
      std::min(most, std::array{2, 3, 4, 8, 8, 16}[static_cast<std::size_t>(draw.below(6))]);
  const double rate = draw.between(1, 40);  // of a NIC, GB/s
  std::string stack = "ideal";
  if (!draw.one_of(4)) {
    job.stack = stack_of(draw, rate, job.certain);
    stack = "./stack.json";
  } else if (!job.certain && draw.one_of(2)) {
    stack = draw.any({"nccl-v100-edr", "nccl-a100-hdr", "nccl-h100-ndr", "open-mpi-edr",
                      "open-mpi-tcp-wall", "horovod-mpi-aries", "gloo-ethernet-50g"});
  }
  const int batch = 1 << draw.below(7);
  std::string calibration;
  if (job.certain) {
    std::ostringstream run;
    run << ", \"calibration\": {\"samples_per_s\": " << batch / draw.between(5e-3, 0.2)
        << ", \"batch\": " << batch << ", \"source\": \"made up\"}";
    calibration = run.str();
  }
  std::ostringstream text;
  text << R"({"name": "job )" << number << R"(", "model": {"zoo": ")"
       << draw.any({"lenet5", "mlp", "resnet20_cifar", "alexnet", "vgg16"})
       << R"("}, "data": {"samples": 100000}, "cluster": {"nodes": 32, "node": {"device": ")"
       << draw.any({"p100-pcie-16gb", "v100-sxm2-16gb", "a100-sxm4-40gb"}) << R"(", "devices": )"
       << devices << ", \"nics\": " << nics
       << ", \"device_bandwidth\": " << quantity(draw.between(8, 200), "GB/s")
       << R"(, "device_latency": "0.5 us")" << calibration
       << R"(}, "network": {"preset": "infiniband-edr-fat-tree", )" << topology_of(draw)
       << ", \"injection_bandwidth\": " << quantity(rate, "GB/s")
       << ", \"injection_latency\": " << quantity(draw.between(0.1, 3), "us") << ", \"stack\": \""
       << stack << R"("}}, "training": {"batch": {"per_worker": )" << batch
       << R"(}, "allreduce": {)" << all_reduce_of(draw) << R"(}}, "sweep": {"workers": [)"
       << (draw.one_of(2) ? "1, " : "") << nodes * devices << "]}";
  if (job.certain) text << R"(, "noise": {"compute_cv": 0, "device_cv": 0})";
  text << ", \"seed\": " << 1 + number << "}";
  job.text = text.str();
  return job;
}

Scenario scenario_of(const AnyJob& job, const std::string& folder) {
  if (!job.stack.empty()) std::ofstream(folder + "/stack.json") << job.stack;
  ProfileLibrary profiles;
  return read_scenario(JsonDocument::parse_text(job.text, folder + "/job.json"), profiles);
}

}  // namespace rehearse
