#include "base/error.h"
#include "validate/flops_convention.h"
#include "validate/survey.h"

namespace rehearse {
namespace {

constexpr double kTera = 1e12;
constexpr double kGiga = 1e9;

// FLOP of a sample by the record's convention; 0 where it is not known.
double counted_flops(const SurveyRecord& record) {
  const auto convention = kFlopsConventionNames.value(record.flops_convention);
  if (!convention) return 0;
  try {
    return flops_of_sample(transformer_of(record), record.sequence, *convention);
  } catch (const Error&) {
    return 0;  // extents that do not fit
  }
}

SurveyQuantity throughput(double value, const char* unit, double samples_per_s) {
  return {.quantity = Measurement::Quantity::throughput,
          .value = value,
          .unit = unit,
          .unit_value = samples_per_s};
}

}  // namespace

std::optional<SurveyQuantity> language_quantity(const SurveyRecord& record) {
  const double value = record.uniform_value;
  if (!(value > 0)) return std::nullopt;
  if (record.quantity == "memory") {
    return SurveyQuantity{.quantity = Measurement::Quantity::memory,
                          .value = value / kGiga,
                          .unit = "GB",
                          .unit_value = kGiga,
                          .allocated = holds_text(record.metric, "allocated")};
  }
  if (record.sequence == 0 || record.workers == 0) return std::nullopt;
  const auto tokens = static_cast<double>(record.sequence);
  const auto devices = static_cast<double>(record.workers);
  if (record.quantity == "tokens_per_s") return throughput(value, "tokens/s", 1 / tokens);
  if (record.quantity == "tokens_per_s_per_device") {
    return throughput(value, "tokens/s per device", devices / tokens);
  }
  const bool of_peak = record.quantity == "mfu";
  if (!of_peak && record.quantity != "flops_per_device") return std::nullopt;
  const double flops = counted_flops(record);
  if (!(flops > 0)) return std::nullopt;
  if (!of_peak) {
    return throughput(value / kTera, "TFLOP/s per device", kTera * devices / flops);
  }
  if (!(record.peak > 0)) return std::nullopt;
  return throughput(value, "of the peak", record.peak * devices / flops);
}

}  // namespace rehearse
