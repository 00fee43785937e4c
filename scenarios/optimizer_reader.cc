#include "scenarios/optimizer_reader.h"

#include "base/error.h"
#include "scenarios/known_keys.h"

namespace rehearse {
namespace {

constexpr double kLargestRate = 1e6;
constexpr double kMostEpochs = 1e6;

LearningRateOptions read_rate(ObjectReader& reader, const std::string& rule) {
  LearningRateOptions rate;
  rate.lr = reader.optional_number("lr", 0, kLargestRate).value_or(rule == "adam" ? 0.001 : 0.1);
  if (const auto scaling = reader.optional_choice("lr_scaling", {"none", "linear", "sqrt"})) {
    rate.scaling = static_cast<LearningRateOptions::Scaling>(*scaling);
  }
  rate.warmup_epochs = reader.optional_number("warmup_epochs", 0, kMostEpochs).value_or(0);
  if (reader.has("decay_epochs")) {
    rate.decay_epochs = reader.numbers("decay_epochs", 0, kMostEpochs);
  }
  rate.decay = reader.optional_number("decay", 0, 1).value_or(rate.decay);
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
    (void)make_optimizer(optimizer.rule, {});
    (void)LearningRate(optimizer.rate, 1, 1);
  } catch (const Error& error) {
    throw error.at(reader.file(), reader.path());
  }
}

}  // namespace

OptimizerChoice read_optimizer(ObjectReader reader, std::vector<std::string>& remarks) {
  expect_known(reader, {"name", "lr", "momentum", "weight_decay", "trust", "lr_scaling",
                        "warmup_epochs", "decay_epochs", "decay"});
  OptimizerChoice optimizer;
  OptimizerOptions& rule = optimizer.rule;
  if (const auto name = reader.optional_choice("name", optimizer_names())) {
    rule.name = optimizer_names()[*name];
  }
  rule.momentum = reader.optional_number("momentum", 0, 1).value_or(0);
  rule.weight_decay = reader.optional_number("weight_decay", 0, 1e3).value_or(0);
  rule.trust = reader.optional_number("trust", 0, 1e3).value_or(rule.trust);
  if (rule.name == "adam" && rule.momentum > 0) {
    set_aside(reader, "momentum", "adam keeps two moments of its own", remarks);
    rule.momentum = 0;
  }
  if (rule.name != "lars" && rule.name != "larc") {
    set_aside(reader, "trust", rule.name + " does not scale by layer", remarks);
  }
  optimizer.rate = read_rate(reader, rule.name);
  optimizer.slots = optimizer_slots(rule);
  expect_runnable(optimizer, reader);
  return optimizer;
}

}  // namespace rehearse
