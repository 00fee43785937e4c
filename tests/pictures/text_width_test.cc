#include "base/text_width.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

TEST(TextWidth, AddsTheWidthsOfCharacters) {
  EXPECT_DOUBLE_EQ(text_width("", 10), 0);
  EXPECT_DOUBLE_EQ(text_width("11", 10), 12.72);  // 2 * 0.636 * 10
  EXPECT_DOUBLE_EQ(text_width("Wi", 10), 12.67);  // (0.989 + 0.278) * 10
  EXPECT_DOUBLE_EQ(text_width("网络", 10), 20);
  // An e and a combining accent are as wide as the e.
  EXPECT_DOUBLE_EQ(text_width("e\xCC\x81", 10), text_width("e", 10));
}

TEST(TextWidth, ReadsUtf8) {
  const std::string words = "a\xC3\xA9\xE7\xBD\x91\xF0\x9F\x98\x80";  // a é 网 and a face
  std::size_t at = 0;
  EXPECT_EQ(next_character(words, at), U'a');
  EXPECT_EQ(next_character(words, at), U'\u00e9');
  EXPECT_EQ(next_character(words, at), U'\u7f51');
  EXPECT_EQ(next_character(words, at), U'\U0001F600');
  EXPECT_EQ(at, words.size());
  // Too long, a surrogate, cut off, no lead: one character for each byte.
  for (const std::string bad : {"\xC0\x80", "\xED\xA0\x80", "\xE7\xBD", "\xBD\xFF"}) {
    std::size_t characters = 0;
    for (at = 0; at < bad.size(); ++characters) EXPECT_EQ(next_character(bad, at), U'\uFFFD');
    EXPECT_EQ(characters, bad.size());
  }
}

TEST(TextWidth, FitsWordsIntoAWidth) {
  EXPECT_EQ(fitted("short", 10, 100), "short");
  const std::string name = "a_very_long_name_of_a_network_that_ends_in_17";
  const std::string cut = fitted(name, 10, 120);
  EXPECT_LE(text_width(cut, 10), 120);
  EXPECT_GT(text_width(cut, 10), 100);
  EXPECT_EQ(cut.substr(0, 6), "a_very");
  EXPECT_EQ(cut.substr(cut.size() - 5), "in_17");
  // 80 square characters of 10 pixels; 9 and the ellipsis fit into 100.
  std::string square;
  for (int i = 0; i < 80; ++i) square += "网";
  EXPECT_DOUBLE_EQ(text_width(fitted(square, 10, 100), 10), 100);
  EXPECT_EQ(fitted("abc", 10, 0), "a…");
}

TEST(TextWidth, BreaksLinesAtSpaces) {
  const std::vector<std::string> lines = wrapped("one two three four five six", 10, 60, 3);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "one two");
  EXPECT_EQ(lines[1], "three four");
  EXPECT_EQ(lines[2], "five six");
  for (const std::string& line : wrapped("one two three four five six seven eight", 10, 60, 2)) {
    EXPECT_LE(text_width(line, 10), 60) << line;
  }
  EXPECT_EQ(wrapped("", 10, 60, 2), std::vector<std::string>{""});
}

}  // namespace
}  // namespace rehearse
