// How fast large networks are built and routed, and how much memory they take.
//
//   ninja -C build network_bench && build/bench/network_bench
//
// One line per topology of 131,072 endpoints: seconds to build it, to find one route from every
// endpoint to a random other, and to find its bisection; resident bytes per endpoint; mean links of
// a route, and the bisection. The exit status is 1 if building and routing together break the
// limit.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "base/json_reader.h"
#include "base/random.h"
#include "topologies/graph/build.h"
#include "topologies/graph/facts.h"

namespace rehearse {
namespace {

constexpr std::int64_t kEndpoints = 131'072;
constexpr double kMostSeconds = 3;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

NetworkSpec spec_of(const std::string& sizes) {
  std::string text = R"({"injection_bandwidth": "10 GB/s", "injection_latency": "1 us", )" + sizes;
  const bool grouped = sizes.find("fly") != std::string::npos;
  for (const char* prefix : {"link", "local", "global"}) {
    if (grouped == (std::string(prefix) == "link")) continue;
    text += std::string(", \"") + prefix + "_bandwidth\": \"10 GB/s\", \"" + prefix +
            "_latency\": \"100 ns\"";
  }
  return read_network_spec(JsonDocument::parse_text(text + "}", "bench").root());
}

bool run(const std::string& sizes) {
  const NetworkSpec spec = spec_of(sizes);
  const double before = resident_bytes();
  auto start = std::chrono::steady_clock::now();
  const Network network = build_network(spec, kEndpoints, NodeSpec{});
  const double build = seconds_since(start);
  const double bytes = resident_bytes() - before;

  const auto router = make_router(network, spec.routing);
  RandomStream random(1, {});
  std::vector<LinkId> path;
  double hops = 0;
  start = std::chrono::steady_clock::now();
  for (EndpointId src = 0; src < network.endpoints(); ++src) {
    const auto dst = static_cast<EndpointId>(random.below(kEndpoints));
    router->route(src, dst, 0, path);
    hops += static_cast<double>(path.size());
  }
  const double route = seconds_since(start);
  start = std::chrono::steady_clock::now();
  const Bandwidth bisection = bisection_bandwidth(network);
  std::printf("%-58s %8lld %9lld %6.2f %6.2f %6.2f %7.0f %6.2f %9.2f\n",
              network.shape().title().c_str(), static_cast<long long>(network.switches()),
              static_cast<long long>(network.links()), build, route, seconds_since(start),
              bytes / static_cast<double>(kEndpoints), hops / static_cast<double>(kEndpoints),
              bisection.value() / 1e12);
  return build + route <= kMostSeconds;
}

// In a process of its own, so that no case uses memory that another one has given back.
bool run_apart(const std::string& sizes) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const bool kept = run(sizes);
    std::fflush(stdout);
    _exit(kept ? 0 : 1);
  }
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int run_all() {
  std::printf("%-58s %8s %9s %6s %6s %6s %7s %6s %9s\n", "131,072 endpoints", "switches", "links",
              "build", "routes", "bisect", "B/endp", "hops", "TB/s");
  bool kept = true;
  for (const char* sizes :
       {R"("topology": "fat_tree", "ports": 128, "levels": 3)",
        R"("topology": "dragonfly", "routers_per_group": 32, "nodes_per_router": 16,
           "global_links_per_router": 16)",
        R"("topology": "dragonfly_plus", "leaves_per_group": 20, "spines_per_group": 20,
           "nodes_per_leaf": 20, "global_links_per_spine": 20)",
        R"("topology": "torus", "dimensions": [32, 64, 64])",
        R"("topology": "mesh", "dimensions": [32, 64, 64])",
        R"("topology": "hyperx", "dimensions": [51, 51], "nodes_per_switch": 51)",
        R"("topology": "slim_fly")"}) {
    kept = run_apart(sizes) && kept;
  }
  return kept ? 0 : 1;
}

}  // namespace
}  // namespace rehearse

int main() { return rehearse::run_all(); }
