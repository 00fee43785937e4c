// Outputs that must not overwrite what a command reads, and places that cannot be written.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

// A folder with a scenario that names a device, a network and a stack of its own.
class Files : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove(folder_.path());  // the empty file
    fs::create_directories(folder_.path());
    const std::string shipped = std::string(REHEARSE_SOURCE_DIR) + "/scenarios/";
    fs::copy_file(shipped + "devices/titan-rtx-24gb.json", path("prediction.json"));
    fs::copy_file(shipped + "networks/infiniband-edr-fat-tree.json", path("net.json"));
    fs::copy_file(shipped + "stacks/ideal.json", path("stack.json"));
    std::ofstream(path("s.json")) << R"({"model": {"zoo": "lenet5"}, "data": {"samples": 1000},
        "cluster": {"nodes": 2, "node": {"device": "./prediction.json"},
                    "network": {"preset": "./net.json", "stack": "./stack.json"}},
        "training": {"batch": {"per_worker": 8}}, "sweep": {"workers": [1]},
        "fidelity": "analytic"})";
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }

  // Refused in one line, and the file is as it was.
  void expect_refused(const std::string& arguments, const std::string& file) {
    const std::string before = read_file(file);
    const ProgramRun run = run_program(arguments);
    EXPECT_EQ(run.status, 2) << arguments << ": " << run.err;
    EXPECT_NE(run.err.find("would overwrite"), std::string::npos) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(read_file(file), before);
  }

  TemporaryFile folder_{"", ".d"};
};

TEST_F(Files, NoOutputOverwritesAnInput) {
  const std::string s = path("s.json");
  expect_refused("predict " + s + " --trace " + s, s);
  expect_refused("predict " + s + " --svg " +
                     path("../" + fs::path(folder_.path()).filename().string() + "/net.json"),
                 path("net.json"));
  expect_refused("predict " + s + " --csv " + path("stack.json"), path("stack.json"));
  expect_refused("predict " + s + " --out " + folder_.path(), path("prediction.json"));
  expect_refused("plan " + s + " --epochs 1 --trace " + s, s);
  expect_refused("compare " + s + " --vary seed=1,2 --svg " + s, s);
  expect_refused("topology " + s + " --svg " + s, s);
  expect_refused("topology " + path("net.json") + " --dot " + path("net.json"), path("net.json"));
  expect_refused("collective --network " + s + " --op all_reduce --ranks 2 --csv " + s, s);
  expect_refused("train " + s + " --steps 1 --trace " + s, s);
  std::ofstream(path("osu.txt")) << "# OSU MPI Latency Test\n";
  expect_refused("calibrate --import " + path("osu.txt") + " -o " + path("osu.txt"),
                 path("osu.txt"));
  fs::create_symlink(s, path("link.json"));
  expect_refused("predict " + s + " --trace " + path("link.json"), s);
}

TEST_F(Files, OtherFilesAreReplaced) {
  std::ofstream(path("old.json")) << "old";
  const ProgramRun run = run_program("predict " + path("s.json") + " --quiet --trace " +
                                     path("old.json") + " --csv " + path("points.csv"));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(read_file(path("old.json")).find("traceEvents"), std::string::npos);
  const std::string csv = read_file(path("points.csv"));
  EXPECT_EQ(csv.substr(0, 27), "workers,nodes,global_batch,");
  EXPECT_NE(csv.find("\n1,1,8,"), std::string::npos) << csv;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 2);
}

TEST_F(Files, TwoOutputsAreTwoFiles) {
  const ProgramRun run =
      run_program("predict " + path("s.json") + " --svg " + path("x") + " --csv " + path("x"));
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("--svg and --csv both write"), std::string::npos) << run.err;
}

TEST_F(Files, PlacesThatCannotBeWrittenAreTheEnvironment) {
  const std::string predict = "predict " + path("s.json") + " --quiet";
  const ProgramRun nowhere = run_program(predict + " --csv /nowhere/x.csv");
  EXPECT_EQ(nowhere.status, 3);
  EXPECT_EQ(nowhere.out, "");
  EXPECT_EQ(run_program(predict + " > /dev/full; exit $? #").status, 3);
  EXPECT_EQ(run_program(predict + " >&-; exit $? #").status, 3);
}

// Of a file that may not grow beyond one block of 512 or 1,024 bytes: one line, and the old file.
TEST_F(Files, ALimitOnTheSizeOfFilesIsTheEnvironment) {
  std::ofstream(path("old.json")) << "old";
  const std::string command = "ulimit -f 1; '" + std::string(REHEARSE_BINARY) + "' predict " +
                              path("s.json") + " --quiet --trace " + path("old.json") +
                              " 2>&1 >/dev/null | cat >" + path("said");
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(read_file(path("old.json")), "old");
  EXPECT_NE(read_file(path("said")).find("cannot be written"), std::string::npos)
      << read_file(path("said"));
}

}  // namespace
}  // namespace rehearse
