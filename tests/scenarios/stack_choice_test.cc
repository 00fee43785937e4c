// Which stack stands for a network of which none is named.
#include "scenarios/stack_choice.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scenarios/profile_library.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

using Kind = CollectiveLibrary::Kind;
using Architecture = CollectiveLibrary::Architecture;

constexpr double kGbit = 1e9 / 8;

StackProfile stack(const std::string& name, std::optional<NicFamily> family, double gbit,
                   Kind kind = Kind::nccl, Architecture architecture = Architecture::ampere) {
  StackProfile profile;
  profile.name = name;
  profile.nic_family = family;
  if (gbit > 0) profile.nic_rate = Bandwidth(gbit * kGbit);
  profile.library = CollectiveLibrary{};
  profile.library->kind = kind;
  profile.library->architecture = architecture;
  profile.stream_bandwidth = Bandwidth(0.9 * gbit * kGbit);
  return profile;
}

const std::vector<StackProfile>& shelf() {
  static const std::vector<StackProfile> all{
      stack("nccl-v100-edr", NicFamily::ib_edr, 100, Kind::nccl, Architecture::volta),
      stack("nccl-a100-hdr", NicFamily::ib_hdr, 200),
      stack("nccl-a100-slingshot11", NicFamily::slingshot11, 200),
      stack("nccl-h100-ndr", NicFamily::ib_ndr, 400, Kind::nccl, Architecture::hopper),
      stack("nccl-tcp", NicFamily::tcp, 100, Kind::nccl, Architecture::volta),
      stack("rccl-slingshot", NicFamily::slingshot11, 200, Kind::rccl),
      stack("open-mpi-edr", NicFamily::ib_edr, 100, Kind::open_mpi),
      stack("open-mpi-tcp", NicFamily::tcp, 10, Kind::open_mpi),
      stack("of-one-machine", std::nullopt, 0)};
  return all;
}

StackMatch gpu(std::optional<NicFamily> nic, double gbit,
               std::optional<DeviceArchitecture> architecture) {
  return best_stack(shelf(), {nic, Bandwidth(gbit * kGbit), true, architecture}).value();
}

StackMatch cpu(std::optional<NicFamily> nic, double gbit) {
  return best_stack(shelf(), {nic, Bandwidth(gbit * kGbit), false, std::nullopt}).value();
}

TEST(StackChoice, TakesTheSameAdapterAndDevice) {
  for (const auto& [family, gbit, architecture, name] :
       {std::tuple{NicFamily::ib_edr, 100, DeviceArchitecture::volta, "nccl-v100-edr"},
        std::tuple{NicFamily::ib_edr, 100, DeviceArchitecture::pascal, "nccl-v100-edr"},
        std::tuple{NicFamily::ib_edr, 100, DeviceArchitecture::kepler, "nccl-v100-edr"},
        std::tuple{NicFamily::ib_edr, 100, DeviceArchitecture::turing, "nccl-v100-edr"},
        std::tuple{NicFamily::ib_hdr, 200, DeviceArchitecture::ampere, "nccl-a100-hdr"},
        std::tuple{NicFamily::ib_hdr, 200, DeviceArchitecture::ada, "nccl-a100-hdr"},
        std::tuple{NicFamily::slingshot11, 200, DeviceArchitecture::ampere,
                   "nccl-a100-slingshot11"},
        std::tuple{NicFamily::slingshot11, 200, DeviceArchitecture::cdna2, "rccl-slingshot"},
        std::tuple{NicFamily::ib_ndr, 400, DeviceArchitecture::hopper, "nccl-h100-ndr"}}) {
    const StackMatch match = gpu(family, gbit, architecture);
    EXPECT_EQ(match.stack.name, name);
    EXPECT_EQ(match.relative_error, 0.1) << name;
  }
  EXPECT_EQ(cpu(NicFamily::ib_edr, 100).stack.name, "open-mpi-edr");
  EXPECT_EQ(cpu(NicFamily::ib_edr, 100).relative_error, 0.1);
}

TEST(StackChoice, TakesTheSameAdapterWithAnotherDevice) {
  const StackMatch match = gpu(NicFamily::ib_hdr, 200, DeviceArchitecture::hopper);
  EXPECT_EQ(match.stack.name, "nccl-a100-hdr");
  EXPECT_EQ(match.relative_error, 0.2);
  EXPECT_EQ(match.why, "found on the same kind of adapter (ib-hdr), with another device");
  EXPECT_EQ(gpu(NicFamily::ib_hdr, 200, std::nullopt).relative_error, 0.2);
}

// Of RoCE there is none: the nearest line rate decides, then the device. 0.9 x 200 Gbit/s = 22.5
// GB/s scale with the adapter to 0.9 x 160 Gbit/s = 18 GB/s.
TEST(StackChoice, TakesElseTheNearestLineRate) {
  const StackMatch match = gpu(NicFamily::roce, 160, DeviceArchitecture::ampere);
  EXPECT_EQ(match.stack.name, "nccl-a100-hdr");
  EXPECT_EQ(match.relative_error, 0.35);
  EXPECT_NEAR(match.stack.stream_bandwidth->value(), 18e9, 1);
  EXPECT_EQ(gpu(std::nullopt, 100, DeviceArchitecture::ampere).stack.name, "nccl-v100-edr");
  EXPECT_EQ(gpu(std::nullopt, 400, DeviceArchitecture::volta).stack.name, "nccl-h100-ndr");
  // A factor of four between 25 and 100 Gbit/s tells little.
  EXPECT_EQ(gpu(std::nullopt, 25, DeviceArchitecture::volta).relative_error, 0.7);
}

TEST(StackChoice, KeepsTcpApart) {
  const StackMatch tcp = gpu(NicFamily::tcp, 50, DeviceArchitecture::volta);
  EXPECT_EQ(tcp.stack.name, "nccl-tcp");
  // What a core limits does not follow the adapter: 0.9 x 100 Gbit/s.
  // What a core limits shrinks with a slower adapter, and does not grow with a faster one.
  EXPECT_NEAR(tcp.stack.stream_bandwidth->value(), 11.25e9 / 2, 1);
  const StackMatch faster = gpu(NicFamily::tcp, 200, DeviceArchitecture::volta);
  EXPECT_NEAR(faster.stack.stream_bandwidth->value(), 11.25e9, 1);
  EXPECT_EQ(gpu(NicFamily::aries, 100, DeviceArchitecture::volta).stack.name, "nccl-tcp");
  EXPECT_EQ(cpu(NicFamily::omnipath, 100).stack.name, "open-mpi-edr");
  EXPECT_EQ(cpu(NicFamily::aries, 80).stack.name, "open-mpi-tcp");
}

TEST(StackChoice, FindsNothingWithoutALibraryOfTheKind) {
  const std::vector<StackProfile> one{stack("nccl", NicFamily::ib_edr, 100)};
  EXPECT_FALSE(best_stack(one, {NicFamily::ib_edr, Bandwidth(12.5e9), false, std::nullopt}));
  const StackMatch none =
      no_stack(StackProfile{}, {NicFamily::ib_edr, Bandwidth(12.5e9), false, std::nullopt});
  EXPECT_EQ(none.stack.stream_bandwidth, Bandwidth(12.5e9));
  EXPECT_EQ(none.relative_error, 0.7);
}

Scenario on(const std::string& preset, const std::string& device,
            std::vector<std::string> more = {}) {
  more.insert(more.begin(),
              {"cluster.network={\"preset\": \"" + preset + "\"}",
               "cluster.node={\"device\": \"" + device + "\"}", "sweep={\"workers\": [1, 2]}"});
  return base_with(more);
}

TEST(StackOfScenario, IsItsOwnThenThePresetsThenAMatch) {
  const Scenario own = on("ethernet-25g-roce", "p100-pcie-16gb", {"cluster.network.stack=ideal"});
  EXPECT_EQ(own.stack.name, "ideal");
  EXPECT_FALSE(own.assumed_stack);
  const Scenario presets = on("ethernet-25g-roce", "p100-pcie-16gb");
  EXPECT_EQ(presets.stack.name, "nccl-roce");
  EXPECT_FALSE(presets.assumed_stack);
  const Scenario match = on("cpu-100g-fat-tree", "xeon-platinum-8480");
  EXPECT_EQ(match.stack.name, "open-mpi-hdr100");
  ASSERT_TRUE(match.assumed_stack);
  EXPECT_EQ(match.assumed_stack->relative_error, 0.35);
  EXPECT_NE(on("infiniband-edr-summit", "v100-sxm2-16gb").stack.name, "ideal");
}

TEST(StackOfScenario, IsNotAskedForOnOneNode) {
  const Scenario s =
      on("infiniband-edr-fat-tree", "v100-sxm2-16gb", {"cluster.nodes=1", "sweep.workers=[1]"});
  EXPECT_EQ(s.stack.name, "ideal");
  EXPECT_FALSE(s.assumed_stack);
}

TEST(StackOfScenario, StaysWhenThePresetGetsAnotherTopology) {
  const Scenario s =
      on("ethernet-25g-roce", "p100-pcie-16gb", {"cluster.network.topology=dragonfly"});
  EXPECT_EQ(s.stack.name, "nccl-roce");
  EXPECT_EQ(s.network.nic, NicFamily::roce);
}

// A folder of made-up stacks, one of them in the old place.
TEST(StackOfScenario, ComesFromBothFolders) {
  const fs::path folder = fs::path(testing::TempDir()) / "rehearse_stack_choice";
  const auto write = [&](const std::string& name, const std::string& text) {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
  };
  fs::remove_all(folder);
  write("stacks/ideal.json", R"({"format": "rehearse-stack-1", "name": "ideal"})");
  write("stacks/new.json",
        R"({"name": "new", "library": "nccl", "architecture": "hopper", "nic_family": "ib-ndr",
            "inside": {"channel_bandwidth": "20 GB/s", "channels": 2, "latency": {"simple": "3 us"}},
            "nic": {"channel_bandwidth": "48 GB/s", "channels": 1, "latency": {"simple": "14 us"},
                    "bandwidth_rel_error": 0.05, "latency_rel_error": 0.1}})");
  write("fabrics/old.json", R"({"name": "old", "library": "open-mpi", "nic_family": "omnipath"})");
  fs::copy(std::string(REHEARSE_SOURCE_DIR) + "/scenarios/devices", folder / "devices",
           fs::copy_options::recursive);
  ProfileLibrary library(folder.string());
  EXPECT_EQ(library.stacks().size(), 3U);
  JsonDocument document = JsonDocument::parse_text(base_text(), "s.json");
  document.set(R"(cluster.network={"topology": "single_switch", "nic": "ib-ndr",
      "injection_bandwidth": "400 Gbit/s", "injection_latency": "1 us"})");
  document.set("cluster.node.device=h100-sxm5-80gb");
  const Scenario gpus = read_scenario(document, library);
  EXPECT_EQ(gpus.stack.name, "new");
  EXPECT_EQ(gpus.assumed_stack->relative_error, 0.1);
  EXPECT_EQ(gpus.stack.library->nic->bandwidth_rel_error, 0.05);
  EXPECT_EQ(gpus.stack.library->nic->latency_rel_error, 0.1);
  EXPECT_FALSE(gpus.stack.library->inside->latency_rel_error);
  document.set("cluster.node.device=xeon-platinum-8480");
  document.set("cluster.network.nic=omnipath");
  document.set("cluster.network.injection_bandwidth=100 Gbit/s");
  const Scenario cpus = read_scenario(document, library);
  EXPECT_EQ(cpus.stack.name, "old");
  // It tells no rate: the spread bears on the line rate.
  EXPECT_EQ(cpus.stack.stream_bandwidth, Bandwidth(12.5e9));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace rehearse
