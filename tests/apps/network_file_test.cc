// Files that list switches, given directly to `topology` and `check`.
#include <gtest/gtest.h>

#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

constexpr const char* kTree =
    "SwitchName=s0 Nodes=n[0-3]\nSwitchName=s1 Nodes=n[4-7]\nSwitchName=top Switches=s[0-1]\n";

TEST(NetworkFile, IsTakenDirectly) {
  const TemporaryFile file(kTree, ".conf");
  const ProgramRun run =
      run_program("topology " + file.path() + " --set link_bandwidth='200 Gbit/s' --check");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("nodes                 8 of 1 device"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("25.0 GB/s   300 ns"), std::string::npos) << run.out;
  EXPECT_NE(run.err.find("the NICs of the nodes get the rate of the links"), std::string::npos);
}

TEST(NetworkFile, SaysWhichKeyIsMissing) {
  const TemporaryFile file(kTree, ".conf");
  const ProgramRun run = run_program("topology " + file.path());
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.err, "rehearse: " + file.path() +
                         ": /: the file does not say how fast its links are: add --set "
                         "link_bandwidth=\"100 Gbit/s\"\n");
  const TemporaryFile zoo("graph [ node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 ] ]",
                          ".gml");
  EXPECT_NE(run_program("topology " + zoo.path())
                .err.find("how fast its links are and where nodes hang: add --set link_bandwidth="
                          "\"100 Gbit/s\" --set nodes_per_switch=1"),
            std::string::npos);
  const ProgramRun whole = run_program(
      "topology " + zoo.path() + " --set link_bandwidth='10 Gbit/s' --set nodes_per_switch=2");
  EXPECT_EQ(whole.status, 0) << whole.err;
}

TEST(NetworkFile, IsNamedByCheck) {
  const TemporaryFile conf(kTree, ".conf");
  const TemporaryFile astra("topology: [ Ring ]\nnpus_count: [ 2 ]\n", ".yml");
  EXPECT_EQ(run_program("check " + conf.path()).out,
            conf.path() + ": valid network graph (Slurm topology)\n");
  const ProgramRun bad = run_program("check " + astra.path());
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.out.find("it seems to be a network of ASTRA-sim"), std::string::npos) << bad.out;
}

TEST(NetworkFile, WarnsInAPredictionToo) {
  const TemporaryFile conf("TopologyPlugin=topology/tree\nSwitchName=s0 Nodes=n[0-7]\n", ".conf");
  const TemporaryFile scenario(small_scenario());
  const std::string network = R"({"topology": "file", "file": ")" + conf.path() +
                              R"(", "link_bandwidth": "10 GB/s", "link_latency": "1 us"})";
  const ProgramRun run =
      run_program("predict " + scenario.path() + " --json --set cluster.network='" + network + "'");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("'TopologyPlugin' belongs to slurm.conf"), std::string::npos) << run.out;
}

// The example of the message works as it stands.
TEST(NetworkFile, ATopologysNameIsAnsweredByAnExample) {
  for (const char* word : {"fat_tree", "fat-tree", "dragonfly", "torus", "slim_fly", "hyperx"}) {
    const ProgramRun run = run_program(std::string("topology ") + word);
    EXPECT_EQ(run.status, 2);
    const std::string lead = "is a topology, not a preset";
    ASSERT_NE(run.err.find(lead), std::string::npos) << run.err;
    const std::string try_this = "try 'rehearse ";
    const std::size_t begin = run.err.find(try_this) + try_this.size();
    const std::string command = run.err.substr(begin, run.err.find('\'', begin) - begin);
    EXPECT_EQ(run_program(command).status, 0) << command;
  }
}

}  // namespace
}  // namespace rehearse
