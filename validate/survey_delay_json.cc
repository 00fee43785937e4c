#include <nlohmann/json.hpp>
#include <string>

#include "base/contract.h"
#include "base/scan.h"
#include "validate/survey_delay.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

// Where the staleness of equal workers comes from is their order alone: model, device and links
// only must not make the server the bottleneck.
std::string scenario_of_delays(std::int64_t workers) {
  // How far steps of equal cores differ. The records do not tell it; chosen among 0.1, 0.15 and 0.2
  // after a look at the quantiles of the six files of xuyangwu/Delay-data.
  constexpr double kComputeNoise = 0.2;
  const Json node = {{"device", "xeon-platinum-8480"},
                     {"devices", workers + 1},
                     {"device_bandwidth", "10 GB/s"},
                     {"device_latency", "1 us"}};
  const Json network = {{"topology", "single_switch"},
                        {"injection_bandwidth", "100 Gbit/s"},
                        {"injection_latency", "300 ns"},
                        {"stack", "ideal"}};
  const Json model = {{"name", "logistic-regression"},
                      {"input", {{"channels", 3}, {"height", 32}, {"width", 32}}},
                      {"layers", {{{"kind", "dense"}, {"features", 10}}}}};
  const Json scenario = {{"name", "delays of " + std::to_string(workers) + " workers"},
                         {"model", model},
                         {"precision", "fp32"},
                         {"data", {{"samples", 50000}}},
                         {"cluster", {{"nodes", 1}, {"node", node}, {"network", network}}},
                         {"training",
                          {{"strategy", "async_ps"},
                           {"servers", {{"count", 1}}},
                           {"batch", {{"per_worker", 1000}}},
                           {"optimizer", {{"name", "sgd"}}}}},
                         {"noise", {{"compute_cv", kComputeNoise}}},
                         {"sweep", {{"workers", {workers}}}},
                         {"fidelity", "flow"},
                         {"seed", 1}};
  return scenario.dump();
}

// "… p50 7, p90 9, …"; 0 if it is not told.
double told(const std::string& notes, const std::string& quantile) {
  TextScan scan(notes);
  if (!scan.find(quantile + " ") || !scan.digits(1, 6)) return 0;
  return std::stod(std::string(scan.taken()));
}

}  // namespace

bool is_delay(const SurveyRecord& record) { return record.metric == "mean_gradient_delay"; }

void map_delay(const SurveyItem& item, SurveyOutcome& outcome) {
  EXPECTS(is_delay(item.record));
  const SurveyRecord& record = item.record;
  if (!holds_text(record.algorithm, "block coordinate descent")) {
    outcome.why =
        "another delay is counted: that of the stored gradient of every worker at each update, not "
        "of the gradient that is applied";
    return;
  }
  const auto workers = static_cast<std::int64_t>(record.degree("workers", 0));
  if (workers < 1 || workers > kMostWorkers || !(record.value > 0)) {
    outcome.why = "the number of workers or the delay is not told";
    return;
  }
  Measurement mean;
  mean.id = record.id;
  mean.source = record.source;
  mean.family = record.family;
  mean.file = item.file;
  mean.inline_scenario = true;
  mean.scenario = scenario_of_delays(workers);
  mean.workers = workers;
  mean.quantity = Measurement::Quantity::staleness;
  mean.value = record.value;
  mean.unit = record.unit;
  mean.assumed = record.assumed;
  using Statistic = Measurement::Statistic;
  for (const auto& [word, statistic] :
       {std::pair{"p50", Statistic::p50}, {"p90", Statistic::p90}, {"p99", Statistic::p99}}) {
    const double value = told(record.notes, word);
    if (!(value > 0)) continue;
    Measurement& one = outcome.more.emplace_back(mean);
    one.id += std::string("/") + word;
    one.statistic = statistic;
    one.value = value;
  }
  outcome.measurement = std::move(mean);
}

}  // namespace rehearse
