#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "train/run_record.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

// A diverged loss is not a number; JSON knows only null for that.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double number(const Json& value) { return value.is_null() ? NAN : value.get<double>(); }

// Phases that every record has; those that came later are zero in records that lack them.
bool is_of_first_records(StepPhase phase) {
  return phase != StepPhase::recompute && phase != StepPhase::pipeline_bubble &&
         phase != StepPhase::server_wait && phase != StepPhase::offload;
}

Duration seconds(const Json& step, std::string_view key, bool required) {
  const auto entry = step.find(key);
  if (entry == step.end() && !required) return Duration(0);
  return Duration(step.at(std::string(key)).get<double>());
}

Json to_value(const RecordedStep& step) {
  Json result = {{"begin_s", step.begin}, {"step_s", step.time}};
  for (const StepPhase phase : kStepPhases) {
    result[std::string(to_text(phase))] = step.parts[phase].value();
  }
  result["hidden_communication"] = step.hidden_communication.value();
  result["loss"] = number(step.loss);
  return result;
}

RecordedStep step_of(const Json& value) {
  RecordedStep step;
  step.begin = value.at("begin_s");
  step.time = value.at("step_s");
  for (const StepPhase phase : kStepPhases) {
    step.parts[phase] = seconds(value, to_text(phase), is_of_first_records(phase));
  }
  step.hidden_communication = seconds(value, "hidden_communication", true);
  step.loss = number(value.at("loss"));
  return step;
}

Json to_value(const RecordedRank& rank) {
  Json steps = Json::array();
  for (const RecordedStep& step : rank.steps) steps.push_back(to_value(step));
  return {{"rank", rank.rank},
          {"bytes_sent", rank.bytes_sent},
          {"fixed_work_s", rank.fixed_work},
          {"steps", std::move(steps)}};
}

Json to_value(const RunEvaluation& evaluation) {
  const auto of_test_set = [](const std::optional<double>& value) {
    return value ? number(*value) : Json(nullptr);
  };
  return {{"step", evaluation.step},
          {"seconds", evaluation.seconds},
          {"samples", evaluation.samples},
          {"loss", number(evaluation.loss)},
          {"test_loss", of_test_set(evaluation.test_loss)},
          {"test_accuracy", of_test_set(evaluation.test_accuracy)},
          {"learning_rate", evaluation.learning_rate}};
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

void add_servers(const RunRecord& record, Json& result) {
  result["staleness"] = nullptr;
  if (const auto summary = summary_of(record.staleness)) {
    Json histogram = Json::array();
    for (std::int64_t i = 0; i <= summary->max; ++i) {
      const auto found = record.staleness.find(i);
      histogram.push_back(found == record.staleness.end() ? 0 : found->second);
    }
    result["staleness"] = {{"mean", summary->mean},
                           {"p50", summary->p50},
                           {"p90", summary->p90},
                           {"max", summary->max},
                           {"histogram", std::move(histogram)}};
  }
  result["servers"] = Json::array();
  for (const RunRecord::Server& server : record.servers) {
    result["servers"].push_back(
        {{"rank", server.rank}, {"busy_share", server.busy_share}, {"dropped", server.dropped}});
  }
  result["lost_ranks"] = record.lost_ranks;
}

}  // namespace

std::string to_text(const RecordedRank& rank) {
  return to_value(rank).dump(-1, ' ', false, Json::error_handler_t::replace);
}

RecordedRank recorded_rank_from_text(const std::string& text) {
  const Json value = Json::parse(text);
  RecordedRank rank;
  rank.rank = value.at("rank");
  rank.bytes_sent = value.at("bytes_sent");
  if (value.contains("fixed_work_s"))
    rank.fixed_work = value.at("fixed_work_s").get<std::vector<double>>();
  for (const Json& step : value.at("steps")) rank.steps.push_back(step_of(step));
  return rank;
}

std::string to_json(const RunRecord& record) {
  Json result = {
      {"format", format_of(FileKind::run)}, {"run", "train"}, {"version", record.version}};
  result["scenario"] = Json::parse(record.scenario);
  result["machine"] = {
      {"cpu", record.machine.cpu},
      {"cores", record.machine.cores},
      {"memory", std::to_string(std::llround(record.machine.memory.value())) + " B"},
      {"kernels", record.machine.kernels},
      {"transport", record.machine.transport}};
  result["workers"] = record.ranks.size() + record.lost_ranks.size();
  result["threads_per_rank"] = record.threads;
  result["global_batch"] = record.global_batch;
  result["update_samples"] = record.update_samples;
  result["first_step"] = record.first_step;
  result["ended_by"] = std::string(kEndedByNames.text(record.ended_by));
  result["loss"] = numbers(record.losses);
  result["learning_rate"] = numbers(record.rates);
  if (record.evaluation) {
    result["evaluation"] = {{"samples", record.evaluation->samples},
                            {"accuracy", record.evaluation->accuracy},
                            {"loss", number(record.evaluation->loss)}};
  }
  if (!record.evaluations.empty()) {
    result["evaluations"] = Json::array();
    for (const RunEvaluation& e : record.evaluations) result["evaluations"].push_back(to_value(e));
  }
  if (record.divergence) {
    result["diverged"] = {{"step", record.divergence->step},
                          {"rank", record.divergence->rank},
                          {"learning_rate", record.divergence->rate},
                          {"stopped", record.divergence->stopped}};
  }
  if (!record.servers.empty()) add_servers(record, result);
  result["ranks"] = Json::array();
  for (const RecordedRank& rank : record.ranks) result["ranks"].push_back(to_value(rank));
  if (!record.profile.empty()) result["profile"] = Json::parse(record.profile);
  return result.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
