#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kernels/models/zoo.h"
#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

using nlohmann::json;

json listed(const std::string& kind) {
  const ProgramRun run = run_program("list " + kind + " --json");
  EXPECT_EQ(run.status, 0) << run.err;
  return json::parse(run.out, nullptr, false);
}

json entry(const json& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const json& one) { return one.at("name") == name; });
  return found == list.end() ? json() : *found;
}

std::size_t json_files(const std::string& folder) {
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(REHEARSE_SOURCE_DIR) +
                                                              "/scenarios/" + folder)) {
    if (file.path().extension() == ".json") ++count;
  }
  return count;
}

TEST(List, TellsItsKinds) {
  const ProgramRun run = run_program("list");
  EXPECT_EQ(run.status, 0);
  const json kinds = listed("");
  for (const char* kind : {"devices", "networks", "stacks", "models", "strategies", "scenarios",
                           "topologies", "algorithms", "layers"}) {
    EXPECT_NE(run.out.find(kind), std::string::npos) << kind;
    EXPECT_FALSE(entry(kinds, kind).is_null()) << kind;
  }
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 9);
}

TEST(List, HasOneLineForEachFile) {
  for (const auto& [kind, folder] :
       {std::pair{"devices", "devices"}, std::pair{"networks", "networks"},
        std::pair{"stacks", "stacks"}, std::pair{"scenarios", ""}}) {
    const ProgramRun run = run_program(std::string("list ") + kind);
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_EQ(static_cast<std::size_t>(std::count(run.out.begin(), run.out.end(), '\n')),
              json_files(folder))
        << kind;
    EXPECT_EQ(run.out.find("cannot be read"), std::string::npos) << run.out;
  }
}

TEST(List, TellsFacts) {
  EXPECT_EQ(entry(listed("models"), "resnet50")["parameters"], 25557032);
  EXPECT_EQ(entry(listed("models"), "llama3_8b")["parameters"], 8030261248);
  EXPECT_EQ(entry(listed("strategies"), "sync")["works"], true);
  EXPECT_EQ(entry(listed("devices"), "p100-pcie-16gb")["memory_bytes"], 16.0 * 1024 * 1024 * 1024);
  EXPECT_EQ(entry(listed("networks"), "aries-piz-daint")["topology"], "dragonfly");
  EXPECT_EQ(entry(listed("networks"), "aries-piz-daint")["nodes"], 5704);
  EXPECT_EQ(entry(listed("stacks"), "nccl-a100-hdr")["library"], "nccl 2.21");
  EXPECT_EQ(entry(listed("scenarios"), "resnet50_piz_daint")["network"], "aries-piz-daint");
  EXPECT_EQ(entry(listed("layers"), "attention")["works"], true);
  EXPECT_EQ(entry(listed("layers"), "group_norm")["works"], false);
  EXPECT_EQ(entry(listed("algorithms"), "pairwise")["operations"],
            json::array({"all_to_all", "send_recv"}));
}

TEST(List, SuggestsTheNearestKind) {
  const ProgramRun run = run_program("list device");
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("did you mean 'devices'?"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace rehearse
