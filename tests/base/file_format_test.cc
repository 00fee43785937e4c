#include "base/file_format.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"

namespace rehearse {
namespace {

JsonDocument file_of(const std::string& text) { return JsonDocument::parse_text(text, "f.json"); }

std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

std::string as_device(const std::string& text) {
  return complaint([&] {
    const JsonDocument file = file_of(text);
    ObjectReader root = file.root();
    expect_format(root, FileKind::device);
    root.finish();
  });
}

TEST(FileFormat, IsOptional) {
  EXPECT_EQ(as_device("{}"), "accepted");
  EXPECT_EQ(as_device(R"({"format": "rehearse-device-1"})"), "accepted");
  EXPECT_EQ(stated_kind(file_of("{}")), std::nullopt);
  EXPECT_EQ(stated_kind(file_of("[]")), std::nullopt);
}

TEST(FileFormat, TellsTheKind) {
  for (const FileKind kind : kFileKindNames.values()) {
    EXPECT_EQ(stated_kind(file_of(R"({"format": ")" + format_of(kind) + "\"}")), kind);
  }
  EXPECT_EQ(format_of(FileKind::stack), "rehearse-stack-1");
}

TEST(FileFormat, OfAnotherKindIsRefused) {
  EXPECT_EQ(as_device(R"({"format": "rehearse-stack-1"})"),
            "f.json: /format: this file is a 'rehearse-stack-1' (a 'rehearse-device-1' is expected "
            "here): give another file");
  EXPECT_EQ(as_device(R"({"format": "rehearse-devise-1"})"),
            "f.json: /format: 'rehearse-devise-1' is no format that this program knows: did you "
            "mean 'rehearse-device-1'?");
  EXPECT_NE(as_device(R"({"format": 1})"), "accepted");
  EXPECT_EQ(complaint([] { (void)stated_kind(file_of(R"({"format": "zip"})")); }),
            "f.json: /format: 'zip' is no format that this program knows: docs/formats.md lists "
            "them");
}

}  // namespace
}  // namespace rehearse
