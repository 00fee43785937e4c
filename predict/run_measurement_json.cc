#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "predict/run_measurement.h"
#include "predict/run_record.h"

namespace rehearse {
namespace {

using nlohmann::json;

// A step of all ranks together: means.
struct MeanStep {
  double time = 0;
  double hidden = 0;
  Breakdown parts;
};

void add(MeanStep& sum, double time, const Breakdown& parts, double hidden, double share) {
  sum.time += share * time;
  sum.hidden += share * hidden;
  sum.parts.compute += share * parts.compute;
  sum.parts.exposed_communication += share * parts.exposed_communication;
  sum.parts.straggler_wait += share * parts.straggler_wait;
  sum.parts.input_wait += share * parts.input_wait;
  sum.parts.optimizer += share * parts.optimizer;
  sum.parts.other += share * parts.other;
}

std::vector<MeanStep> mean_steps(const std::vector<RecordedRank>& ranks) {
  std::vector<MeanStep> steps(ranks.front().steps.size());
  const double share = 1.0 / static_cast<double>(ranks.size());
  for (const RecordedRank& rank : ranks) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const RecordedStep& step = rank.steps.at(i);
      add(steps[i], step.time, step.parts, step.hidden_communication, share);
    }
  }
  return steps;
}

// The mean over the middle half by duration.
MeanStep typical(std::vector<MeanStep> steps) {
  const std::size_t warm_up = steps.size() >= 5 ? 2 : steps.size() > 1 ? 1 : 0;
  steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(warm_up));
  std::sort(steps.begin(), steps.end(),
            [](const MeanStep& a, const MeanStep& b) { return a.time < b.time; });
  const std::size_t cut = steps.size() / 4;
  const double share = 1.0 / static_cast<double>(steps.size() - 2 * cut);
  MeanStep mean;
  for (std::size_t i = cut; i < steps.size() - cut; ++i) {
    add(mean, steps[i].time, steps[i].parts, steps[i].hidden, share);
  }
  return mean;
}

std::vector<RecordedRank> ranks_of(const json& run) {
  std::vector<RecordedRank> ranks;
  for (const json& rank : run.at("ranks")) ranks.push_back(recorded_rank_from_text(rank.dump()));
  const bool even = !ranks.empty() && std::all_of(ranks.begin(), ranks.end(), [&](const auto& r) {
    return r.steps.size() == ranks.front().steps.size();
  });
  if (!even || ranks.front().steps.empty()) {
    throw Error::input("the run has no steps of all ranks", "it was cut off", "run it again");
  }
  return ranks;
}

RunMeasurement read(const JsonDocument& document) {
  const json& run = document.value();
  const std::vector<RecordedRank> ranks = ranks_of(run);
  RunMeasurement result;
  result.file = document.name();
  result.scenario = run.at("scenario").dump();
  result.workers = static_cast<std::int64_t>(ranks.size());
  result.id =
      run.at("scenario").value("name", std::string("run")) + " @ " + std::to_string(result.workers);
  if (run.contains("profile")) {
    result.profile = std::make_shared<const Profile>(
        read_profile(JsonDocument::adopt(run.at("profile"), document.name())));
  }
  const MeanStep step = typical(mean_steps(ranks));
  result.step = step.time;
  result.parts = step.parts;
  result.hidden_communication = step.hidden;
  return result;
}

}  // namespace

bool is_run(const JsonDocument& document) {
  const json& value = document.value();
  return value.is_object() && value.contains("run") && value.contains("ranks");
}

RunMeasurement read_run(const JsonDocument& document) {
  try {
    return read(document);
  } catch (const json::exception& error) {
    throw Error::input("this run record is damaged", error.what(), "run it again")
        .at(document.name(), "/");
  } catch (const Error& error) {
    throw error.at(document.name(), "/");
  }
}

}  // namespace rehearse
