#include "scenarios/optimizer_reader.h"

#include <limits>
#include <optional>

#include "base/error.h"
#include "base/printable.h"
#include "scenarios/known_keys.h"

namespace rehearse {
namespace {

constexpr double kLargestRate = 1e6;
constexpr double kMostEpochs = 1e6;

// Ranges without one of their ends.
std::optional<double> read_in(ObjectReader& reader, const char* key, bool (*good)(double),
                              const char* range) {
  if (!reader.has(key)) return std::nullopt;
  constexpr double kLargest = std::numeric_limits<double>::max();
  const double value = reader.number(key, -kLargest, kLargest);
  if (good(value)) return value;
  throw reader.error_at(key, short_number(value) + " is out of range", range);
}

bool has_two_moments(const OptimizerOptions& rule) { return optimizer_slots(rule) == 2; }

// 0.001 is the default of Kingma and Ba for Adam, of PyTorch for AdamW, and of TensorFlow Addons
// and NVIDIA Apex for LAMB.
LearningRateOptions read_rate(ObjectReader& reader, const OptimizerOptions& rule) {
  LearningRateOptions rate;
  const auto is_rate = [](double value) { return value > 0 && value <= kLargestRate; };
  rate.lr = read_in(reader, "lr", is_rate, "it must be above 0 and at most 1000000")
                .value_or(has_two_moments(rule) ? 0.001 : 0.1);
  rate.scaling =
      kLearningRateScalingNames.read_optional(reader, "lr_scaling").value_or(rate.scaling);
  rate.warmup_epochs = reader.optional_number("warmup_epochs", 0, kMostEpochs).value_or(0);
  if (reader.has("decay_epochs")) {
    rate.decay_epochs = reader.numbers("decay_epochs", 0, kMostEpochs);
  }
  const auto is_factor = [](double value) { return value > 0 && value <= 1; };
  rate.decay =
      read_in(reader, "decay", is_factor, "it must be above 0 and at most 1").value_or(rate.decay);
  return rate;
}

// A key that the chosen rule does not look at.
void set_aside(ObjectReader& reader, const char* key, const std::string& why,
               std::vector<std::string>& remarks) {
  if (!reader.has(key)) return;
  remarks.push_back("training.optimizer." + std::string(key) + " is not used: " + why);
}

// What a real run would refuse is no prediction either.
void expect_runnable(const OptimizerChoice& optimizer, const ObjectReader& reader) {
  try {
    expect_optimizer(optimizer.rule);
    (void)LearningRate(optimizer.rate, 1, 1);
  } catch (const Error& error) {
    throw error.at(reader.file(), reader.path());
  }
}

}  // namespace

OptimizerChoice read_optimizer(ObjectReader reader, std::vector<std::string>& remarks) {
  expect_known(reader, {"name", "lr", "momentum", "weight_decay", "trust", "lr_scaling",
                        "warmup_epochs", "decay_epochs", "decay", "plateau"});
  OptimizerChoice optimizer;
  OptimizerOptions& rule = optimizer.rule;
  if (const auto name = reader.optional_choice("name", optimizer_names())) {
    rule.name = optimizer_names()[*name];
  }
  const auto is_share = [](double value) { return value >= 0 && value < 1; };
  rule.momentum =
      read_in(reader, "momentum", is_share, "it must be at least 0 and below 1").value_or(0);
  rule.weight_decay = reader.optional_number("weight_decay", 0, 1e3).value_or(0);
  const auto is_trust = [](double value) { return value > 0 && value <= 1e3; };
  rule.trust = read_in(reader, "trust", is_trust, "it must be above 0 and at most 1000")
                   .value_or(rule.trust);
  if (rule.name == "lamb") rule.epsilon = 1e-6;  // TensorFlow Addons, NVIDIA Apex
  if (has_two_moments(rule) && rule.momentum > 0) {
    set_aside(reader, "momentum", rule.name + " keeps two moments of its own", remarks);
    rule.momentum = 0;
  }
  if (rule.name != "lars" && rule.name != "larc") {
    const std::string why =
        is_layerwise(rule) ? " has a ratio without a coefficient" : " does not scale by layer";
    set_aside(reader, "trust", rule.name + why, remarks);
  }
  optimizer.rate = read_rate(reader, rule);
  optimizer.slots = optimizer_slots(rule);
  expect_runnable(optimizer, reader);
  return optimizer;
}

}  // namespace rehearse
