#include "apps/size_list.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rehearse {
namespace {

using Sizes = std::vector<double>;

std::string complaint(const std::string& text) {
  try {
    parse_sizes(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SizeList, DoublesFromTheFirstToTheLast) {
  EXPECT_EQ(parse_sizes("8B..64B"), (Sizes{8, 16, 32, 64}));
  EXPECT_EQ(parse_sizes("8..100"), (Sizes{8, 16, 32, 64}));
  EXPECT_EQ(parse_sizes("1G..1GiB"), (Sizes{1073741824}));  // 2^30
  EXPECT_EQ(parse_sizes("8B..8GiB").size(), 31u);           // 2^3 to 2^33
  EXPECT_EQ(parse_sizes("8..8G"), parse_sizes("8B..8GiB"));
}

TEST(SizeList, SortsAListAndDropsRepetitions) {
  EXPECT_EQ(parse_sizes("1M,3000,1KiB, 1 MB,1024"), (Sizes{1024, 3000, 1000000, 1048576}));
}

TEST(SizeList, SaysWhatIsWrong) {
  const auto says = [](const std::string& text, const std::string& part) {
    EXPECT_NE(complaint(text).find(part), std::string::npos) << complaint(text);
  };
  says("1GiB..8B", "from large to small");
  says("8X", "'8X' is no size");
  says("", "a size is missing");
  says("8,,16", "a size is missing");
  says("8..", "a size is missing");
  says("0", "from 1 B to 1 TiB");
  says("0.5KB,0.5 B", "'0.5 B' is not a whole number of bytes");
  says("2TiB", "from 1 B to 1 TiB");
  says("-8", "'-8' is no size");
}

}  // namespace
}  // namespace rehearse
