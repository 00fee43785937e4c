#include "tests/fuzz/result_check.h"

#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace rehearse {
namespace {

using nlohmann::json;

constexpr double kMostEfficiency = 1.05;  // without a warning

double number(const json& object, const char* key) {
  return object.contains(key) && object.at(key).is_number() ? object.at(key).get<double>() : 0;
}

// Errors are signed, and a gain may be a loss.
bool may_be_negative(const std::string& key) {
  static const std::set<std::string> kSigned{
      "error", "signed_error", "mean_error", "median_error", "worst_error", "root", "padding"};
  return kSigned.contains(key);
}

// Null where a number is due: what is not finite is printed so.
bool must_be_known(const std::string& key) {
  static const std::set<std::string> kKnown{"p10",        "p50",
                                            "p90",        "busiest_link_utilization",
                                            "mean_hops",  "total",
                                            "hidden",     "flops_per_device",
                                            "compute",    "exposed_communication",
                                            "optimizer",  "algbw_GBps",
                                            "busbw_GBps", "bytes"};
  return kKnown.contains(key);
}

std::string fault_of_value(const json& value, const std::string& key);

std::string fault_of_object(const json& object) {
  if (object.contains("p10") && object.contains("p50") && object.contains("p90")) {
    const bool rises = number(object, "p10") <= number(object, "p50") &&
                       number(object, "p50") <= number(object, "p90");
    if (!rises) return "quantiles out of order: " + object.dump();
  }
  for (const auto& [key, value] : object.items()) {
    std::string fault = fault_of_value(value, key);
    if (!fault.empty()) return fault;
  }
  return "";
}

std::string fault_of_value(const json& value, const std::string& key) {
  if (value.is_object()) return fault_of_object(value);
  if (value.is_array()) {
    for (const json& one : value) {
      std::string fault = fault_of_value(one, key);
      if (!fault.empty()) return fault;
    }
  }
  if (value.is_null() && must_be_known(key)) return key + " is null";
  if (value.is_number() && !may_be_negative(key) && value.get<double>() < 0) {
    return key + " is negative: " + value.dump();
  }
  return "";
}

bool warns(const json& result, const std::string& code) {
  if (!result.contains("warnings")) return false;
  for (const json& warning : result.at("warnings")) {
    if (warning.is_object() && warning.value("code", "") == code) return true;
  }
  return false;
}

std::string fault_of_point(const json& point, bool superlinear) {
  const json& step = point.at("step_time_s");
  const double median = number(step, "p50");
  if (number(step, "p10") <= 0) return "a step takes no time";
  double sum = 0;
  for (const auto& [phase, time] : point.at("breakdown_s").items()) {
    sum += time.is_number() ? time.get<double>() : 0;
  }
  if (std::abs(sum - median) > 1e-6 * median) return "the breakdown does not add up";
  const json& communication = point.at("communication_s");
  const double parts =
      number(communication, "hidden") + number(point.at("breakdown_s"), "exposed_communication");
  if (std::abs(number(communication, "total") - parts) > 1e-6 * (median + parts)) {
    return "hidden and exposed communication are not the total";
  }
  if (number(point, "efficiency") > kMostEfficiency && !superlinear) {
    return "efficiency " + point.at("efficiency").dump() + " without a warning";
  }
  return "";
}

std::string fault_of_prediction(const json& prediction) {
  const bool superlinear = warns(prediction, "superlinear");
  for (const json& point : prediction.at("points")) {
    if (!point.contains("step_time_s")) continue;  // of a plan
    std::string fault = fault_of_point(point, superlinear);
    if (!fault.empty()) return fault;
  }
  return "";
}

std::string fault_of_predictions(const json& result) {
  std::string fault;
  if (result.contains("points") && result.contains("fidelity")) {
    fault = fault_of_prediction(result);
  }
  if (result.contains("varied")) {
    for (const json& row : result.at("rows")) {
      if (fault.empty()) fault = fault_of_prediction(row.at("prediction"));
    }
  }
  return fault;
}

}  // namespace

std::string fault_of_json(const std::string& text) {
  const json result = json::parse(text, nullptr, false);
  if (result.is_discarded()) return "stdout is not one JSON document";
  std::string fault = fault_of_value(result, "");
  if (!fault.empty() || !result.is_object()) return fault;
  try {
    return fault_of_predictions(result);
  } catch (const json::exception& missing) {
    return missing.what();
  }
}
std::string fault_of_table(const std::string& text) {
  const auto is_letter = [&](std::size_t at) {
    return at < text.size() && std::isalpha(static_cast<unsigned char>(text[at])) != 0;
  };
  for (const std::string word : {"nan", "inf", "-nan", "-inf"}) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) {
        return "the table holds " + word;
      }
    }
  }
  return "";
}

}  // namespace rehearse
