// A scenario that simulates in milliseconds, and files for the tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace rehearse {

// Two dense layers, 8 nodes of one device on one switch, ideal stack.
inline std::string tiny_scenario() {
  return R"({
    "name": "tiny",
    "model": {"input": {"channels": 512}, "layers": [{"kind": "dense", "features": 4096},
                                                     {"kind": "dense", "features": 1000}]},
    "data": {"samples": 10000, "bytes_per_sample": "1 kB", "classes": 1000},
    "cluster": {
      "nodes": 8,
      "node": {"device": "p100-pcie-16gb", "devices": 1},
      "network": {"topology": "single_switch", "injection_bandwidth": "10 GB/s",
                  "injection_latency": "1 us", "stack": "ideal"}
    },
    "training": {"batch": {"per_worker": 32}, "allreduce": {"algorithm": "ring"}},
    "sweep": {"workers": [1, 2, 4]}
  })";
}

// A folder of this test, with the tiny scenario as tiny.json in it.
class TinyFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("rehearse_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
    write("tiny.json", tiny_scenario());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace rehearse
