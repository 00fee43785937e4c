// Networks that several tests look at.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/graph/build.h"
#include "topologies/routing/router.h"
#include "topologies/shapes/dragonfly.h"
#include "topologies/shapes/dragonfly_plus.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/hyperx.h"
#include "topologies/shapes/single_switch.h"
#include "topologies/shapes/slim_fly.h"
#include "topologies/shapes/torus.h"

namespace rehearse {

inline NodeSpec one_device() { return {}; }

inline NodeSpec node_of_devices(int devices, int nics) {
  return {devices, nics, {Bandwidth(40e9), Duration(1e-6)}};
}

inline NetworkSpec with_injection() {
  NetworkSpec spec;
  spec.injection = {Bandwidth(10e9), Duration(1e-7)};
  return spec;
}

// Changes the topology of a spec, which is of type T.
template <typename T>
void edit(NetworkSpec& spec, const std::function<void(T&)>& change) {
  T copy = dynamic_cast<const T&>(*spec.topology);
  change(copy);
  spec.topology = std::make_shared<T>(std::move(copy));
}

inline NetworkSpec single_switch() {
  NetworkSpec spec = with_injection();
  spec.topology = std::make_shared<SingleSwitchSpec>();
  return spec;
}

// The three-level tree of k-port switches: k^3 / 4 nodes, 5 k^2 / 4 switches, all links of 10 GB/s.
inline NetworkSpec fat_tree(std::int64_t ports, int levels = 3) {
  FatTreeSpec tree;
  tree.ports = ports;
  tree.levels = levels;
  tree.link = {{Bandwidth(10e9), Duration(1e-7)}};
  NetworkSpec spec = with_injection();
  spec.topology = std::make_shared<FatTreeSpec>(tree);
  return spec;
}

// The same by its arities: as many places for nodes, however many NICs each has.
inline NetworkSpec tree_of_places(std::int64_t ports, int levels = 3) {
  NetworkSpec spec = fat_tree(ports, levels);
  edit<FatTreeSpec>(spec, [&](FatTreeSpec& tree) {
    tree.up.assign(static_cast<std::size_t>(levels) - 1, ports / 2);
    tree.down = tree.up;
    tree.down.push_back(ports);
    tree.ports = 0;
  });
  return spec;
}

// a routers per group, p nodes per router, h global links per router; global links of 4 GB/s.
inline NetworkSpec dragonfly(std::int64_t a, std::int64_t p, std::int64_t h) {
  DragonflySpec fly;
  fly.routers_per_chassis = a;
  fly.nodes_per_router = p;
  fly.global_links_per_router = h;
  fly.local = {Bandwidth(20e9), Duration(1e-7)};
  fly.global = {Bandwidth(4e9), Duration(2e-7)};
  NetworkSpec spec = with_injection();
  spec.topology = std::make_shared<DragonflySpec>(fly);
  return spec;
}

inline constexpr LinkRate kTenGigabytes{Bandwidth(10e9), Duration(1e-7)};

// The topologies below have links of 10 GB/s everywhere.
inline NetworkSpec torus(std::vector<std::int64_t> dimensions, bool wraps = true) {
  TorusSpec box;
  box.wraps = wraps;
  box.dimensions = std::move(dimensions);
  box.link = kTenGigabytes;
  NetworkSpec spec = with_injection();
  spec.topology = std::make_shared<TorusSpec>(box);
  return spec;
}

inline NetworkSpec hyperx(std::vector<std::int64_t> dimensions, std::int64_t nodes_per_switch) {
  HyperXSpec box;
  box.dimensions = std::move(dimensions);
  box.nodes_per_switch = nodes_per_switch;
  box.link = kTenGigabytes;
  NetworkSpec spec = with_injection();
  spec.topology = std::make_shared<HyperXSpec>(box);
  return spec;
}

inline NetworkSpec slim_fly(std::optional<std::int64_t> q = {}) {
  SlimFlySpec fly;
  fly.q = q;
  fly.local = fly.global = kTenGigabytes;
  NetworkSpec spec = with_injection();
  spec.topology = std::make_shared<SlimFlySpec>(fly);
  return spec;
}

// r leaves and r spines per group, r nodes per leaf, r global links per spine.
inline NetworkSpec dragonfly_plus(std::int64_t r) {
  DragonflyPlusSpec fly;
  fly.leaves_per_group = fly.spines_per_group = fly.nodes_per_leaf = fly.global_links_per_spine = r;
  fly.local = fly.global = kTenGigabytes;
  NetworkSpec spec = with_injection();
  spec.topology = std::make_shared<DragonflyPlusSpec>(fly);
  return spec;
}

inline NetworkSpec preset(const std::string& name) {
  const JsonDocument document = JsonDocument::parse_file(std::string(REHEARSE_SOURCE_DIR) +
                                                         "/scenarios/networks/" + name + ".json");
  return read_network_spec(document.root());
}

inline std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace rehearse
