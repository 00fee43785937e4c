// Our simulated all-reduces beside SMPI's: the same rounds, written with MPI_Sendrecv and run by
// smpirun on an equal platform.
//
//   ninja -C build smpi_table && build/bench/smpi_table
//
// Microseconds of flow and message, of SMPI with its factors set as ours, with the deviations of
// flow and message from it, and of SMPI as it comes, with the deviation of message. The exit status
// is 1 if SMPI set as ours and message differ by more than 1 %.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "predict/forked_map.h"
#include "sim/worlds/simulation.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/single_switch.h"

namespace rehearse {
namespace {

constexpr LinkRate kLink{Bandwidth(10e9), Duration(1e-6)};
constexpr double kMost = 0.01;

struct Case {
  bool tree;  // of two levels, 2:1; else one switch
  int ranks;
  Algorithm algorithm;
  int bytes;
};

int arity(int ranks) { return ranks == 16 ? 4 : 8; }  // children of each switch of the tree

double ours(const Case& c, Fidelity fidelity) {
  const auto texts = forked_map(
      1, 1,
      [&](std::size_t) {
        NetworkSpec spec;
        spec.injection = kLink;
        if (c.tree) {
          FatTreeSpec tree;
          tree.down = {arity(c.ranks), arity(c.ranks)};
          tree.up = {arity(c.ranks) / 2};
          tree.link = {kLink};
          spec.topology = std::make_shared<FatTreeSpec>(tree);
        } else {
          spec.topology = std::make_shared<SingleSwitchSpec>();
        }
        const Network network = build_network(spec, c.ranks, NodeSpec{});
        const auto router = make_router(network, Routing::minimal);
        SimulationOptions options;
        options.network = &network;
        options.router = router.get();
        for (int rank = 0; rank < c.ranks; ++rank) options.workers.push_back(rank);
        options.noise.runs = options.noise.steps_per_run = 1;
        options.fidelity = fidelity;
        const int elements = c.bytes / 4;
        return std::to_string(1e9 * simulate(options, [&](World& world, const StepObserver&) {
                                      world.transport().execute(
                                          *world.transport().world(),
                                          *make_all_reduce(c.algorithm, c.ranks, elements),
                                          {nullptr, elements});
                                    }).end);
      },
      {});
  return std::stod(texts.at(0)) * 1e-9;
}

void write_platform(const Case& c, const std::string& file) {
  std::ofstream out(file);
  out << "<?xml version='1.0'?>\n"
         "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
         "<platform version=\"4.1\">\n"
         "  <cluster id=\"c\" prefix=\"n\" suffix=\"\" radical=\"0-"
      << c.ranks - 1 << "\" speed=\"1Gf\" bw=\"10GBps\" lat=\"1us\" sharing_policy=\"SPLITDUPLEX\"";
  if (c.tree) {
    out << " topology=\"FAT_TREE\" topo_parameters=\"2;" << arity(c.ranks) << "," << arity(c.ranks)
        << ";1," << arity(c.ranks) / 2 << ";1,1\"";
  }
  out << "/>\n</platform>\n";
}

double by_smpi(const Case& c, const std::string& folder, const std::string& settings) {
  const std::string platform = folder + "/platform.xml";
  write_platform(c, platform);
  const std::string hosts = folder + "/hosts";  // smpirun would sort them by name: 0, 1, 10, …
  std::ofstream list(hosts);
  for (int rank = 0; rank < c.ranks; ++rank) list << "n" << rank << "\n";
  list.close();
  const std::string command = "smpirun -np " + std::to_string(c.ranks) + " -platform " + platform +
                              " -hostfile " + hosts +
                              " --log=root.thres:error --cfg=smpi/simulate-computation:no"
                              " --cfg=smpi/auto-shared-malloc-thresh:1 " +
                              settings + " " REHEARSE_SMPI_PROGRAM " " +
                              (c.algorithm == Algorithm::ring ? "ring " : "recursive_doubling ") +
                              std::to_string(c.bytes) + " 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  double seconds = 0;
  const bool read = pipe != nullptr && std::fscanf(pipe, "%lf", &seconds) == 1;
  if (pipe != nullptr) pclose(pipe);
  if (!read) throw Error::environment("smpirun printed no time", command, "run it by hand");
  return seconds;
}

// No factors, MPI calls free; a message starts when both ends are ready, and its sender does not
// wait for it to arrive.
constexpr const char* kAsOurs =
    "--cfg=network/model:CM02 --cfg=network/crosstraffic:0 --cfg=network/TCP-gamma:1e30"
    " --cfg=smpi/async-small-thresh:0 --cfg=smpi/send-is-detached-thresh:1000000000 "
    "--cfg=smpi/wtime:0";

int run() {
  const std::string folder =
      std::filesystem::temp_directory_path() / ("smpi_table." + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  bool good = true;
  std::printf("%-6s %5s %-18s %9s %9s %9s %9s %7s %7s %9s %7s\n", "net", "ranks", "algorithm",
              "bytes", "flow", "message", "SMPI set", "flow", "message", "SMPI", "message");
  for (const bool tree : {false, true}) {
    for (const int ranks : {16, 64}) {
      for (const Algorithm algorithm : {Algorithm::ring, Algorithm::recursive_doubling}) {
        for (const int bytes : {4096, 65536, 1048576, 16777216}) {
          const Case c{tree, ranks, algorithm, bytes};
          const double flow = ours(c, Fidelity::flow);
          const double message = ours(c, Fidelity::message);
          const double set = by_smpi(c, folder, kAsOurs);
          const double plain = by_smpi(c, folder, "");
          std::printf("%-6s %5d %-18s %9d %9.1f %9.1f %9.1f %+6.1f%% %+6.2f%% %9.1f %+6.0f%%\n",
                      tree ? "tree" : "switch", ranks, to_text(algorithm).c_str(), bytes,
                      1e6 * flow, 1e6 * message, 1e6 * set, 100 * (flow / set - 1),
                      100 * (message / set - 1), 1e6 * plain, 100 * (message / plain - 1));
          good = good && std::abs(message / set - 1) <= kMost;
        }
      }
    }
  }
  std::filesystem::remove_all(folder);
  return good ? 0 : 1;
}

}  // namespace
}  // namespace rehearse

int main() {
  try {
    return rehearse::run();
  } catch (const rehearse::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
