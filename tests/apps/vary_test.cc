#include "apps/vary.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rehearse {
namespace {

using Words = std::vector<std::string>;

TEST(Vary, SplitsOutsideBracketsAndQuotes) {
  const Variation plain = parse_variation("training.strategy=sync,hybrid");
  EXPECT_EQ(plain.key, "training.strategy");
  EXPECT_EQ(plain.values, (Words{"sync", "hybrid"}));
  EXPECT_EQ(parse_variation("a=[1,2],[3]").values, (Words{"[1,2]", "[3]"}));
  EXPECT_EQ(parse_variation(R"(a={"b":1,"c":[2,3]},4)").values,
            (Words{R"({"b":1,"c":[2,3]})", "4"}));
  EXPECT_EQ(parse_variation(R"(a="x,y","\",[",z)").values, (Words{R"("x,y")", R"("\",[")", "z"}));
  EXPECT_EQ(parse_variation("a=64 MiB").values, (Words{"64 MiB"}));
  EXPECT_EQ(parse_variation("a=x=1,2").values, (Words{"x=1", "2"}));
}

TEST(Vary, RefusesWhatCannotBeSplit) {
  for (const char* text : {"a", "=1", "a=", "a=1,,2", "a=1,", "a=[1,2", "a=1]", "a=\"x"}) {
    EXPECT_THROW(parse_variation(text), Error) << text;
  }
}

TEST(Vary, CrossesEveryValueWithEvery) {
  const auto rows = cross_product({{"a", {"1", "2"}}, {"b", {"x", "y"}}});
  EXPECT_EQ(rows, (std::vector<Words>{{"1", "x"}, {"1", "y"}, {"2", "x"}, {"2", "y"}}));
  EXPECT_THROW(cross_product({{"a", {"1"}}, {"a", {"2"}}}), Error);
  EXPECT_THROW(cross_product({{"a", Words(40, "1")}, {"b", Words(40, "1")}}), Error);
}

TEST(Vary, BlanksAroundWordsDoNotMatter) {
  const Variation variation = parse_variation(" key = torus,  dragonfly , [1, 2] ");
  EXPECT_EQ(variation.key, "key");
  EXPECT_EQ(variation.values, (std::vector<std::string>{"torus", "dragonfly", "[1, 2]"}));
}

}  // namespace
}  // namespace rehearse
