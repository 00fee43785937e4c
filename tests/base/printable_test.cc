#include "base/printable.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rehearse {
namespace {

TEST(Printable, KeepsWhatATerminalCanShow) {
  for (const char* text : {"", "plain", "µs – Größe", "模型", "😀"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, EscapesControlsAndLineEnds) {
  EXPECT_EQ(printable("a\nb\tc"), R"(a\x0Ab\x09c)");
  EXPECT_EQ(printable("\x1b[31m"), R"(\x1B[31m)");
  EXPECT_EQ(printable("\x7f"), R"(\x7F)");
  EXPECT_EQ(printable("\xC2\x85"), R"(\xC2\x85)");          // U+0085, next line
  EXPECT_EQ(printable("\xE2\x80\xAE"), R"(\xE2\x80\xAE)");  // U+202E, turns the direction
}

TEST(Printable, EscapesWhatIsNoUtf8) {
  EXPECT_EQ(printable("a\xff"), R"(a\xFF)");
  EXPECT_EQ(printable("\xC0\xAF"), R"(\xC0\xAF)");                  // overlong '/'
  EXPECT_EQ(printable("\xED\xA0\x80"), R"(\xED\xA0\x80)");          // a surrogate
  EXPECT_EQ(printable("\xE2\x82"), R"(\xE2\x82)");                  // cut off
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), R"(\xF4\x90\x80\x80)");  // above U+10FFFF
}

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable("µµ", 4), "µµ");
  EXPECT_EQ(printable("µµµ", 5), "µµ…");
  EXPECT_EQ(printable("\n\n", 7), R"(\x0A…)");
}

TEST(Printable, ErrorsAreOneLine) {
  const Error error = Error::input("'a\nb\xff' is bad").at("s\x1b.json", "");
  EXPECT_STREQ(error.what(), R"(s\x1B.json: 'a\x0Ab\xFF' is bad)");
}

TEST(ShortNumber, HasBearableDigits) {
  EXPECT_EQ(short_number(0.001), "0.001");
  EXPECT_EQ(short_number(1e-9), "1e-09");
  EXPECT_EQ(short_number(-1.5e300), "-1.5e+300");
}

}  // namespace
}  // namespace rehearse
