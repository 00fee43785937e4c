#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_format.h"
#include "base/suggestion.h"

namespace rehearse {
namespace {

constexpr const char* kKey = "format";

std::vector<std::string> all_formats() {
  std::vector<std::string> formats;
  for (const FileKind kind : kFileKindNames.values()) formats.push_back(format_of(kind));
  return formats;
}

FileKind kind_of(const ObjectReader& file, const std::string& format) {
  for (const FileKind kind : kFileKindNames.values()) {
    if (format_of(kind) == format) return kind;
  }
  throw file.error_at(kKey, "'" + format + "' is no format that this program knows", "",
                      suggestion(format, all_formats(), "docs/formats.md lists them"));
}

}  // namespace

std::string format_of(FileKind kind) {
  return "rehearse-" + std::string(kFileKindNames.text(kind)) + "-1";
}

std::optional<FileKind> stated_kind(const JsonDocument& file) {
  if (!file.value().is_object()) return std::nullopt;
  ObjectReader root = file.root();
  const auto format = root.optional_string(kKey);
  return format ? std::optional(kind_of(root, *format)) : std::nullopt;
}

void expect_format(ObjectReader& file, FileKind kind) {
  if (!file.value().contains(kKey)) return;  // nor is it a key to suggest
  const std::string format = file.string(kKey);
  if (kind_of(file, format) == kind) return;
  throw file.error_at(kKey, "this file is a '" + format + "'",
                      "a '" + format_of(kind) + "' is expected here", "give another file");
}

}  // namespace rehearse
