// Every shipped scenario but those of the machine it runs on, predicted at the points of its sweep
// up to 64 workers, against the numbers of tests/golden/expected.json. A change of a model that
// moves a prediction shows here and belongs into CHANGELOG.md under "Predictions changed". To
// accept new numbers:
//
//   REHEARSE_REGENERATE=1 ctest --test-dir build -R golden
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "predict/local_scenario.h"
#include "predict/predict.h"

namespace rehearse {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostWorkers = 64;
constexpr double kTolerance = 0.002;  // seeds are fixed; libraries may round differently

const std::string kExpected = std::string(REHEARSE_SOURCE_DIR) + "/tests/golden/expected.json";

std::vector<std::string> shipped_scenarios() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(REHEARSE_SOURCE_DIR) + "/scenarios")) {
    const std::filesystem::path& file = entry.path();
    if (file.extension() != ".json" || is_local(JsonDocument::parse_file(file.string()))) continue;
    names.push_back(file.stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

json predicted(const std::string& name) {
  const std::string path = std::string(REHEARSE_SOURCE_DIR) + "/scenarios/" + name + ".json";
  Scenario scenario = load_scenario(path);
  std::erase_if(scenario.workers, [](std::int64_t w) { return w > kMostWorkers; });
  const Prediction prediction = predict(scenario, {});
  json points = json::object();
  for (const PredictedPoint& p : prediction.points) {
    points[std::to_string(p.workers)] = {{"p10", p.step_time.p10},
                                         {"p50", p.step_time.p50},
                                         {"p90", p.step_time.p90},
                                         {"compute", p.breakdown[StepPhase::compute].value()},
                                         {"memory", p.memory.total().value()}};
  }
  return points;
}

json read_expected() {
  std::ifstream in(kExpected);
  return in ? json::parse(in) : json::object();
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, PredictsWhatItDid) {
  const json now = predicted(GetParam());
  if (std::getenv("REHEARSE_REGENERATE") != nullptr) {
    json all = read_expected();
    all[GetParam()] = now;
    std::ofstream(kExpected) << all.dump(1) << "\n";
    return;
  }
  const json expected = read_expected();
  ASSERT_TRUE(expected.contains(GetParam())) << "regenerate tests/golden/expected.json";
  ASSERT_EQ(now.size(), expected[GetParam()].size());
  for (const auto& [workers, numbers] : expected[GetParam()].items()) {
    ASSERT_TRUE(now.contains(workers));
    for (const auto& [key, value] : numbers.items()) {
      const double reference = value;
      EXPECT_NEAR(now[workers][key].get<double>(), reference, kTolerance * std::abs(reference))
          << workers << " workers, " << key;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, Golden, testing::ValuesIn(shipped_scenarios()),
                         [](const auto& param_info) { return param_info.param; });

}  // namespace
}  // namespace rehearse
