#include <nlohmann/json.hpp>

#include "apps/check_report.h"
#include "base/printable.h"

namespace rehearse {

using Json = nlohmann::ordered_json;

namespace {

// Without the name of the file, which stands before it.
std::string reason(const CheckedFile& file) {
  for (const std::string& name : {file.path, file.file}) {
    const std::string prefix = printable(name) + ": ";
    if (file.trouble.starts_with(prefix)) return file.trouble.substr(prefix.size());
  }
  return file.trouble;
}

}  // namespace

std::string check_table(const std::vector<CheckedFile>& files) {
  std::string text;
  for (const CheckedFile& file : files) {
    text += printable(file.file) + ": " +
            (file.trouble.empty() ? "valid " + file.kind : "INVALID: " + reason(file)) + "\n";
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
