#include <nlohmann/json.hpp>

#include "apps/output_files.h"
#include "base/error.h"
#include "base/json_reader.h"

namespace rehearse {
namespace {

// Names of files are short; a longer text is none.
constexpr std::size_t kLongestName = 4096;

void collect(const nlohmann::json& value, std::vector<std::string>& texts) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() <= kLongestName) texts.push_back(text);
  } else if (value.is_structured()) {
    for (const nlohmann::json& member : value) collect(member, texts);
  }
}

}  // namespace

std::vector<std::string> texts_in(const std::string& file) {
  std::vector<std::string> texts;
  try {
    const JsonDocument document = file.starts_with('{') ? JsonDocument::parse_text(file, "JSON")
                                                        : JsonDocument::parse_file(file);
    collect(document.value(), texts);
  } catch (const Error&) {
    // Who reads the file in earnest says what is wrong with it.
  }
  return texts;
}

}  // namespace rehearse
