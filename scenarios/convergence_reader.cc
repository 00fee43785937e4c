#include "scenarios/convergence_reader.h"

#include <charconv>
#include <filesystem>
#include <limits>

#include "base/error.h"
#include "base/file_format.h"
#include "base/numbers.h"
#include "scenarios/known_keys.h"

namespace rehearse {
namespace {

constexpr double kLargest = 1e18;  // samples

std::vector<std::string> words_of(const std::vector<Metric>& metrics) {
  std::vector<std::string> words;
  for (const Metric metric : metrics) words.emplace_back(kMetricNames.text(metric));
  return words;
}

// Why a value cannot be reached; empty if it can.
std::string impossible(const MetricTarget& target) {
  if (target.metric == Metric::test_accuracy) {
    return target.value > 0 && target.value <= 1 ? "" : "it must be above 0 and at most 1";
  }
  return target.value > 0 ? "" : "it must be above 0";
}

ConvergenceOptions read_object(ObjectReader reader) {
  expect_known(reader, {"target", "samples_at_small_batch", "critical_batch", "staleness_penalty",
                        "source"});
  ConvergenceOptions options;
  options.target =
      read_metric_target(reader.object("target"), {Metric::test_accuracy, Metric::loss});
  if (reader.has("samples_at_small_batch") || reader.has("critical_batch")) {
    options.samples_at_small_batch = reader.number("samples_at_small_batch", 1, kLargest);
    options.critical_batch = reader.number("critical_batch", 1e-3, kLargest);
  }
  options.staleness_penalty = reader.optional_number("staleness_penalty", 0, 1e6).value_or(0);
  options.source = reader.optional_string("source").value_or("");
  return options;
}

}  // namespace

std::string to_text(const MetricTarget& target) {
  return std::string(kMetricNames.text(target.metric)) + " " + exact(target.value);
}

MetricTarget read_metric_target(ObjectReader reader, const std::vector<Metric>& metrics) {
  const std::vector<std::string> words = words_of(metrics);
  expect_known(reader, {words.begin(), words.end()});
  std::optional<MetricTarget> target;
  for (const Metric metric : metrics) {
    const std::string key(kMetricNames.text(metric));
    const auto value = reader.optional_number(key, 0, std::numeric_limits<double>::max());
    if (!value) continue;
    if (target) throw reader.error_at(key, "two targets are given", "", "give one");
    target = MetricTarget{metric, *value};
    if (const std::string why = impossible(*target); !why.empty()) {
      throw reader.error_at(key, exact(*value) + " is out of range", why);
    }
  }
  if (!target) throw reader.error_at("", "the target is empty", "", "give " + list_of(words));
  return *target;
}

MetricTarget parse_metric_target(const std::string& text, const std::string& option) {
  const std::size_t equals = text.find('=');
  const std::string word = text.substr(0, equals);
  const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
  MetricTarget target;
  const auto [end, status] =
      std::from_chars(number.data(), number.data() + number.size(), target.value);
  bool known = status == std::errc() && end == number.data() + number.size();
  for (const Metric metric : kMetricNames.values()) {
    if (kMetricNames.text(metric) != word) continue;
    target.metric = metric;
    if (known && impossible(target).empty()) return target;
  }
  throw Error::input(option + " '" + text + "' is no target", "",
                     "write " + option + " test_accuracy=0.9, or " + option + " loss=0.3");
}

ConvergenceOptions read_convergence_file(const JsonDocument& file) {
  ObjectReader root = file.root();
  expect_format(root, FileKind::convergence);
  expect_known(root, {"format", "convergence", "curves"});
  ConvergenceOptions options = read_object(root.object("convergence"));
  if (!root.has("curves")) return options;
  constexpr double kAny = std::numeric_limits<double>::max();
  for (ObjectReader& curve : root.objects("curves")) {
    (void)curve.string("file");
    (void)curve.number("update_samples", 0, kAny);
    (void)curve.number("staleness", 0, kAny);
    (void)curve.number("samples_to_target", 0, kAny);
    (void)curve.number("fitted", 0, kAny);
    (void)curve.number("residual", -kAny, kAny);
    curve.finish();
  }
  return options;
}

JsonDocument open_convergence(const std::string& scenario, const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(scenario).parent_path();
  return JsonDocument::parse_file((folder / path).lexically_normal().string());
}

void read_convergence(ObjectReader& root, Scenario& scenario) {
  if (!root.has("convergence")) return;
  ConvergenceOptions options;
  if (is_text(root, "convergence")) {
    options = read_convergence_file(open_convergence(root.file(), root.string("convergence")));
    if (options.source.empty()) options.source = root.string("convergence");
  } else {
    options = read_object(root.object("convergence"));
  }
  if (!scenario.model) {
    scenario.remarks.emplace_back(
        "convergence is not used: collectives without a model train nothing");
    return;
  }
  scenario.convergence = std::move(options);
}

}  // namespace rehearse
