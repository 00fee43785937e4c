// A folder with a scenario that trains in a moment, and profiles of this machine that nobody
// measured: training only repeats them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/apps/run_program.h"
#include "tests/scenarios/made_up_profile.h"

namespace rehearse {

class TrainProgram : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    put("one.json", made_up_profile(1));
    put("two.json", made_up_profile(2));
    put("s.json", R"({
      "name": "tiny", "model": {"zoo": "mlp"},
      "data": {"samples": 640, "classes": 10, "test_samples": 64},
      "cluster": {"nodes": 1, "node": {"device": "local"}},
      "training": {"batch": {"per_worker": 16},
                   "optimizer": {"name": "sgd", "lr": 0.01, "momentum": 0.9}, "steps": 6}
    })");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  void put(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }

  // The words of a run with so many ranks into the folder `out`.
  [[nodiscard]] std::string words(int ranks, const std::string& out,
                                  const std::string& more = "") const {
    return "train " + path("s.json") + " --profile " + path(ranks == 1 ? "one.json" : "two.json") +
           " --ranks " + std::to_string(ranks) + " --out " + path(out) + " " + more;
  }
  [[nodiscard]] ProgramRun train(int ranks, const std::string& out,
                                 const std::string& more = "") const {
    return run_program(words(ranks, out, more));
  }
  [[nodiscard]] nlohmann::json record(const std::string& out) const {
    return nlohmann::json::parse(read_file(path(out) + "/run.json"));
  }
  [[nodiscard]] std::vector<std::string> names_in(const std::string& out) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path(out))) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path folder_ =
      testing::TempDir() + ("rehearse_train_" + std::to_string(getpid()) + "_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name());
};

}  // namespace rehearse
