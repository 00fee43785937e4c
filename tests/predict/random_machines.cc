#include "tests/predict/random_machines.h"

#include <memory>

#include "base/random.h"
#include "topologies/shapes/dragonfly.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/single_switch.h"

namespace rehearse {
namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t number) : stream_(number, {77}) {}

  int below(int count) {
    return static_cast<int>(stream_.below(static_cast<std::uint64_t>(count)));
  }
  double between(double least, double most) { return least + (most - least) * stream_.uniform(); }

 private:
  RandomStream stream_;
};

void build_tree(Draw& draw, AnyMachine& machine) {
  FatTreeSpec tree;
  const std::int64_t taper = 1 + draw.below(4);
  const bool rails = machine.node.nics > 1 && draw.below(2) == 0;
  tree.rails = rails ? machine.node.nics : 1;
  const std::int64_t nics = rails ? 1 : machine.node.nics;
  tree.down = {4, rails ? 8 * machine.node.nics : 8};
  tree.up = {std::max<std::int64_t>(1, 4 * nics / taper)};
  tree.link = {machine.network.injection};
  machine.network.topology = std::make_shared<FatTreeSpec>(tree);
  machine.name += "tree " + std::to_string(taper) + ":1" + (rails ? " on rails" : "");
}

void build_dragonfly(Draw& draw, AnyMachine& machine) {
  DragonflySpec fly;
  fly.routers_per_chassis = 4;
  fly.nodes_per_router = 2;
  fly.global_links_per_router = 1;
  fly.global_links_per_pair = 1;
  fly.local = fly.global = machine.network.injection;
  machine.network.topology = std::make_shared<DragonflySpec>(fly);
  machine.network.routing = draw.below(2) == 0 ? Routing::minimal : Routing::ugal;
  machine.name += "dragonfly";
}

StackProfile nccl(Draw& draw, const AnyMachine& machine) {
  CollectiveLibrary library;
  library.kind = CollectiveLibrary::Kind::nccl;
  library.version = "2.23";
  library.architecture = static_cast<CollectiveLibrary::Architecture>(1 + draw.below(3));
  StackLevel inside;
  inside.channel_bandwidth = machine.node.device.bandwidth * 0.05;
  inside.channels = 16;
  inside.latency = {Duration(0.6e-6), Duration(1.9e-6), Duration(3.4e-6)};
  if (library.architecture == CollectiveLibrary::Architecture::hopper) {
    inside.switch_adders = machine.node.device.bandwidth * 0.6;
  }
  StackLevel nic;
  nic.channel_bandwidth = machine.network.injection.bandwidth * 0.95;
  nic.latency = {Duration(2.7e-6), Duration(4e-6), Duration(14e-6)};
  nic.converging = draw.between(0.4, 1);
  library.inside = inside;
  library.nic = nic;
  StackProfile stack;
  stack.name = "nccl";
  stack.library = library;
  return stack;
}

}  // namespace

AnyMachine random_machine(std::uint64_t number, double rate) {
  Draw draw(number);
  AnyMachine machine;
  machine.name = std::to_string(number) + ": ";
  machine.node.devices = 1 + draw.below(8);
  machine.node.nics = 1 + draw.below(8);
  machine.node.device = {Bandwidth(rate * draw.between(50e9, 450e9)),
                         Duration(draw.between(0.1e-6, 1e-6))};
  if (draw.below(8) == 0) {
    machine.node.inside = NodeSpec::Inside::all_to_all;
    machine.node.pair = {machine.node.device.bandwidth * 0.3, machine.node.device.latency};
  }
  machine.network.injection = {Bandwidth(rate * draw.between(5e9, 50e9)),
                               Duration(draw.between(0.3e-6, 3e-6))};
  switch (draw.below(3)) {
    case 0:
      machine.network.topology = std::make_shared<SingleSwitchSpec>();
      machine.name += "switch";
      break;
    case 1:
      build_tree(draw, machine);
      break;
    default:
      build_dragonfly(draw, machine);
      break;
  }
  machine.name += ", " + std::to_string(machine.node.devices) + " devices, " +
                  std::to_string(machine.node.nics) + " NICs";
  if (number % 3 == 0) machine.stack = nccl(draw, machine);
  if (number % 40 == 7) machine.background = {Background::Pattern::uniform, 0.3};
  return machine;
}

Scenario scenario_of(const AnyMachine& machine, Fidelity fidelity) {
  Scenario scenario;
  scenario.name = machine.name;
  scenario.nodes = machine.nodes;
  scenario.node = machine.node;
  scenario.network = machine.network;
  scenario.stack = machine.stack;
  scenario.background = machine.background;
  scenario.fidelity = fidelity;
  return scenario;
}

}  // namespace rehearse
