#include "scenarios/stopping_reader.h"

#include "base/error.h"
#include "base/printable.h"
#include "scenarios/convergence_reader.h"
#include "scenarios/known_keys.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostSteps = 1'000'000'000'000;

Patience read_patience(ObjectReader& reader, const Scenario& scenario) {
  const bool test_set = !scenario.source.test.empty() || scenario.source.test_samples > 0;
  constexpr std::int64_t kMostEvaluations = 1'000'000'000;
  Patience watch;
  watch.metric = kMetricNames.read_optional(reader, "metric")
                     .value_or(test_set ? Metric::test_loss : Metric::loss);
  watch.patience =
      reader.optional_integer("patience", 1, kMostEvaluations).value_or(watch.patience);
  watch.min_delta = reader.optional_number("min_delta", 0, 1e9).value_or(0);
  return watch;
}

PlateauOptions read_plateau(ObjectReader reader, const Scenario& scenario) {
  expect_known(reader, {"metric", "patience", "min_delta", "factor", "min_lr"});
  PlateauOptions plateau;
  plateau.watch = read_patience(reader, scenario);
  plateau.factor = reader.optional_number("factor", 0, 1).value_or(plateau.factor);
  if (plateau.factor == 0 || plateau.factor == 1) {
    throw reader.error_at("factor", short_number(plateau.factor) + " is out of range",
                          "it must be above 0 and below 1");
  }
  plateau.min_lr = reader.optional_number("min_lr", 0, 1e6).value_or(0);
  return plateau;
}

}  // namespace

StoppingOptions read_stopping(ObjectReader& training, const Scenario& scenario) {
  StoppingOptions options;
  options.evaluate_every = training.optional_integer("evaluate_every", 1, kMostSteps).value_or(0);
  expect_object(training, "early_stopping", {.of_text = {"metric"}, .of_number = {"patience"}});
  if (auto reader = training.optional_object("early_stopping")) {
    expect_known(*reader, {"metric", "patience", "min_delta"});
    options.early_stopping = read_patience(*reader, scenario);
  }
  expect_object(training, "stop_at", {.of_text = {}, .of_number = {"test_accuracy", "loss"}});
  if (const auto reader = training.optional_object("stop_at")) {
    options.stop_at =
        read_metric_target(*reader, {Metric::test_accuracy, Metric::test_loss, Metric::loss});
  }
  if (auto optimizer = training.optional_object("optimizer")) {
    expect_object(*optimizer, "plateau", {.of_text = {"metric"}, .of_number = {"factor"}});
    if (const auto reader = optimizer->optional_object("plateau")) {
      options.plateau = read_plateau(*reader, scenario);
    }
  }
  return options;
}

}  // namespace rehearse
