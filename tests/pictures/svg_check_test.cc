#include "svg_check.h"

#include <gtest/gtest.h>

#include "base/svg_page.h"

namespace rehearse {
namespace {

// "words" of size 10 is some 32 wide: x from 100 to 132, y from 92.8 to 102.
SvgPage page_with_words() {
  SvgPage page(300, 200);
  page.text({100, 100}, "words", {10});
  return page;
}

std::size_t faults(const SvgPage& page) { return unreadable_words(page.document("t")).size(); }

TEST(SvgCheck, FindsWordsOnWords) {
  SvgPage page = page_with_words();
  page.text({100, 111}, "below", {10});
  EXPECT_EQ(faults(page), 0U);
  page.text({120, 105}, "over", {10});  // both
  EXPECT_EQ(faults(page), 2U);
}

TEST(SvgCheck, FindsWordsBeyondThePage) {
  SvgPage page(300, 200);
  page.text({290, 100}, "words", {10});
  page.text({150, 205}, "words", {10});
  EXPECT_EQ(faults(page), 2U);
}

TEST(SvgCheck, FindsLinesThroughWords) {
  SvgPage page = page_with_words();
  page.line({90, 103}, {200, 103}, {"black"});
  EXPECT_EQ(faults(page), 0U);
  page.line({90, 80}, {140, 110}, {"black"});
  page.polyline({{0, 0}, {110, 98}, {0, 98}}, {"black"});
  EXPECT_EQ(faults(page), 2U);
}

TEST(SvgCheck, FindsEdgesThroughWords) {
  SvgPage page = page_with_words();
  page.circle({116, 98}, 40, "none", "black");  // around them
  EXPECT_EQ(faults(page), 0U);
  page.circle({100, 98}, 10, "red", "black");
  page.box({110, 50}, 10, 100, "red", "black");
  EXPECT_EQ(faults(page), 2U);
}

TEST(SvgCheck, AFilledBoxHidesLines) {
  SvgPage page(300, 200);
  page.line({90, 80}, {140, 110}, {"black"});
  page.box({90, 80}, 60, 40, "white", "black");
  page.text({100, 100}, "words", {10});
  EXPECT_EQ(faults(page), 0U);
  page.line({90, 80}, {140, 110}, {"black"});  // above the box
  EXPECT_EQ(faults(page), 1U);
}

TEST(SvgCheck, ReadsEscapedWords) {
  SvgPage page(300, 200);
  page.text({100, 100}, "a < b & \"c\" \x01 \xff", {10});
  const std::vector<std::string> words = words_of(page.document("t"));
  ASSERT_EQ(words.size(), 1U);
  EXPECT_EQ(words[0], "a < b & \"c\"   \xEF\xBF\xBD");
}

}  // namespace
}  // namespace rehearse
