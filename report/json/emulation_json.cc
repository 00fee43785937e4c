#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "report/emulation_report.h"

namespace rehearse {

std::string to_json(const std::vector<std::string>& varied, const std::vector<EmulatedRow>& rows) {
  using Json = nlohmann::ordered_json;
  Json result = {
      {"format", format_of(FileKind::emulation)}, {"varied", varied}, {"rows", Json::array()}};
  for (const EmulatedRow& row : rows) {
    Json values = Json::object();
    for (std::size_t i = 0; i < varied.size(); ++i) values[varied[i]] = row.values[i];
    result["rows"].push_back(
        {{"values", std::move(values)}, {"emulation", Json::parse(to_json(row.emulation))}});
  }
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
