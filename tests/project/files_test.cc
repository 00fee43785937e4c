// Small files, and nothing that is true on one machine only.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "tests/project/source_files.h"

namespace rehearse {
namespace {

constexpr std::size_t kMostLines = 400;

TEST(Files, AreSmall) {
  for (const SourceFile& file : source_files(REHEARSE_SOURCE_DIR)) {
    if (is_cpp(file)) {
      EXPECT_LE(file.lines.size(), kMostLines) << file.path;
    }
  }
}

TEST(Files, HoldNoPathsOfOneMachine) {
  // Homes, temporary folders and the place of a checkout; spelt so that this file does not match.
  const std::regex own(R"re((^|[^\w.$}])/(home|root|work|Users)/[\w.])re");
  for (const SourceFile& file : source_files(REHEARSE_SOURCE_DIR)) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (file.lines[i].size() > 10000) continue;  // data
      EXPECT_FALSE(std::regex_search(file.lines[i], own))
          << file.path << ":" << i + 1 << ": " << file.lines[i];
    }
  }
}

TEST(Files, HeadersAreGuarded) {
  for (const SourceFile& file : source_files(REHEARSE_SOURCE_DIR)) {
    if (!file.path.ends_with(".h")) continue;
    EXPECT_TRUE(std::find(file.lines.begin(), file.lines.end(), "#pragma once") != file.lines.end())
        << file.path;
  }
}

}  // namespace
}  // namespace rehearse
