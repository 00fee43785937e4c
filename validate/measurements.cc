#include "validate/measurements.h"

#include <algorithm>

#include "predict/local_scenario.h"
#include "scenarios/override.h"

namespace rehearse {
namespace {

std::string sweep_over(std::vector<std::int64_t> workers) {
  std::sort(workers.begin(), workers.end());
  workers.erase(std::unique(workers.begin(), workers.end()), workers.end());
  std::string text = "sweep.workers=[";
  for (std::size_t i = 0; i < workers.size(); ++i) {
    text += (i > 0 ? "," : "") + std::to_string(workers[i]);
  }
  return text + "]";
}

}  // namespace

std::string to_text(Measurement::Quantity quantity) {
  switch (quantity) {
    case Measurement::Quantity::step_time:
      return "step_time";
    case Measurement::Quantity::throughput:
      return "throughput";
    case Measurement::Quantity::staleness:
      return "staleness";
    case Measurement::Quantity::memory:
      return "memory";
    case Measurement::Quantity::efficiency:
      break;
  }
  return "efficiency";
}

JsonDocument own_document(const Measurement& record) {
  JsonDocument document = record.inline_scenario
                              ? JsonDocument::parse_text(record.scenario, record.file)
                              : JsonDocument::parse_file(record.scenario);
  for (const std::string& assignment : record.overrides) override_key(document, assignment);
  return document;
}

JsonDocument document_of(const Measurement& record, const std::vector<std::int64_t>& workers,
                         const std::vector<std::string>& overrides) {
  JsonDocument document = own_document(record);
  for (const std::string& assignment : overrides) override_key(document, assignment);
  keep_batch(document);
  document.set(sweep_over(workers));
  return document;
}

Scenario scenario_of(const Measurement& record, const std::vector<std::int64_t>& workers,
                     ProfileLibrary& profiles, const std::vector<std::string>& overrides) {
  return read_scenario(document_of(record, workers, overrides), profiles);
}

std::vector<std::string> calibrating_ids(const std::vector<Measurement>& records) {
  std::vector<std::string> ids;
  for (const Measurement& record : records) {
    ids.insert(ids.end(), record.calibrated_from.begin(), record.calibrated_from.end());
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace rehearse
