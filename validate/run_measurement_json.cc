#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_format.h"
#include "base/stats.h"
#include "scenarios/known_keys.h"
#include "validate/run_measurement.h"

namespace rehearse {
namespace {

using nlohmann::json;

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

Duration fixed_work_of(const std::vector<RecordedRank>& ranks) {
  std::vector<double> times;
  for (const RecordedRank& rank : ranks) {
    times.insert(times.end(), rank.fixed_work.begin(), rank.fixed_work.end());
  }
  return Duration(times.empty() ? 0 : mean_without_stalls(times));
}

std::vector<std::string_view> keys_of_a_step() {
  std::vector<std::string_view> keys{"begin_s", "step_s", "hidden_communication", "loss"};
  for (const StepPhase phase : kStepPhases) keys.push_back(to_text(phase));
  return keys;
}

// A misspelt key would be a number that is silently not there. What is missing, or of another type,
// is found where it is used.
void expect_known_keys(const JsonDocument& document) {
  ObjectReader run = document.root();
  expect_format(run, FileKind::run);
  expect_known(run,
               {"format", "run", "version", "scenario", "machine", "workers", "threads_per_rank",
                "global_batch", "first_step", "loss", "learning_rate", "evaluation", "evaluations",
                "ended_by", "update_samples", "diverged", "ranks", "profile"});
  const auto inside = [&](const char* key, std::initializer_list<std::string_view> known) {
    if (!run.has(key) || !run.raw(key).is_object()) return;
    ObjectReader part = run.object(key);
    expect_known(part, known);
  };
  inside("machine", {"cpu", "cores", "memory", "kernels", "transport"});
  inside("evaluation", {"samples", "accuracy", "loss"});
  inside("diverged", {"step", "rank", "learning_rate", "stopped"});
  if (!run.has("ranks") || !run.raw("ranks").is_array()) return;
  for (std::size_t i = 0; i < run.raw("ranks").size(); ++i) {
    if (!run.raw("ranks")[i].is_object()) continue;
    const std::string at = "/ranks/" + std::to_string(i);
    ObjectReader rank(run.raw("ranks")[i], document.name(), at);
    expect_known(rank, {"rank", "bytes_sent", "fixed_work_s", "steps"});
    if (!rank.has("steps") || !rank.raw("steps").is_array()) continue;
    for (std::size_t j = 0; j < rank.raw("steps").size(); ++j) {
      if (!rank.raw("steps")[j].is_object()) continue;
      ObjectReader step(rank.raw("steps")[j], document.name(), at + "/steps/" + std::to_string(j));
      expect_known(step, keys_of_a_step());
    }
  }
}

RunMeasurement read(const JsonDocument& document) {
  expect_known_keys(document);
  const json& run = document.value();
  const std::vector<RecordedRank> ranks = ranks_of(run);
  RunMeasurement result;
  result.file = document.name();
  result.scenario = run.at("scenario").dump(-1, ' ', false, json::error_handler_t::replace);
  result.workers = static_cast<std::int64_t>(ranks.size());
  result.id =
      run.at("scenario").value("name", std::string("run")) + " @ " + std::to_string(result.workers);
  result.machine.cpu = run.at("machine").at("cpu");
  result.machine.cores = run.at("machine").at("cores");
  if (run.contains("profile")) {
    result.profile = std::make_shared<const Profile>(
        read_profile(JsonDocument::adopt(run.at("profile"), document.name())));
  }
  result.typical = typical_step(ranks);
  result.fixed_work = fixed_work_of(ranks);
  return result;
}

}  // namespace

bool is_run(const JsonDocument& document) {
  if (const auto kind = stated_kind(document)) return *kind == FileKind::run;
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
