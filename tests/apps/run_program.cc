#include "tests/apps/run_program.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace rehearse {
namespace {

std::string unique_path(const std::string& suffix) {
  static std::atomic<int> count = 0;
  return testing::TempDir() + "rehearse_" + std::to_string(getpid()) + "_" +
         std::to_string(count++) + suffix;
}

}  // namespace

TemporaryFile::TemporaryFile(const std::string& content, const std::string& suffix)
    : path_(unique_path(suffix)) {
  std::ofstream(path_, std::ios::binary) << content;
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

ProgramRun run_program(const std::string& arguments) {
  const TemporaryFile out("", ".out");
  const TemporaryFile err("", ".err");
  const std::string command = std::string("'") + REHEARSE_BINARY + "' " + arguments + " > '" +
                              out.path() + "' 2> '" + err.path() + "' < /dev/null";
  const int status = std::system(command.c_str());
  ProgramRun run;
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.out = read_file(out.path());
  run.err = read_file(err.path());
  return run;
}

std::string small_scenario() {
  return R"({
    "name": "small",
    "model": { "zoo": "lenet5" },
    "data": { "samples": 60000, "bytes_per_sample": "784 B", "classes": 10 },
    "cluster": {
      "nodes": 4,
      "node": { "device": "p100-pcie-16gb", "devices": 1 },
      "network": { "topology": "single_switch", "injection_bandwidth": "10 GB/s",
                   "injection_latency": "1 us", "stack": "ideal" }
    },
    "training": { "strategy": "sync", "batch": { "per_worker": 64 } },
    "sweep": { "workers": [1, 2, 4] }
  })";
}

}  // namespace rehearse
