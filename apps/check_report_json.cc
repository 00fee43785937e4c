#include <nlohmann/json.hpp>

#include "apps/check_report.h"

namespace rehearse {

using Json = nlohmann::ordered_json;

std::string check_table(const std::vector<CheckedFile>& files) {
  std::string text;
  for (const CheckedFile& file : files) {
    text += file.file + ": " + (file.trouble.empty() ? "valid " + file.kind : "INVALID") + "\n";
  }
  return text;
}

std::string to_json(const std::vector<CheckedFile>& files) {
  Json result = {{"files", Json::array()}};
  for (const CheckedFile& file : files) {
    const bool valid = file.trouble.empty();
    result["files"].push_back({{"file", file.file},
                               {"kind", valid ? Json(file.kind) : Json(nullptr)},
                               {"valid", valid},
                               {"trouble", valid ? Json(nullptr) : Json(file.trouble)}});
  }
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
