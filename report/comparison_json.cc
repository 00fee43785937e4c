#include <nlohmann/json.hpp>

#include "report/comparison.h"
#include "report/prediction_report.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

Json value_of(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json(text) : value;
}

}  // namespace

std::string to_json(const Comparison& comparison) {
  Json result = {
      {"varied", comparison.varied}, {"rows", Json::array()}, {"warnings", Json::array()}};
  for (const ComparedRow& row : comparison.rows) {
    Json values = Json::object();
    for (std::size_t i = 0; i < comparison.varied.size(); ++i) {
      values[comparison.varied[i]] = value_of(row.values[i]);
    }
    result["rows"].push_back(
        {{"values", values}, {"prediction", Json::parse(to_json(row.prediction))}});
  }
  for (const Warning& warning : comparison.warnings) {
    result["warnings"].push_back(
        {{"code", warning.code}, {"what", warning.what}, {"points", warning.points}});
  }
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
