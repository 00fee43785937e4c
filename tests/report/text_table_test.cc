#include "report/text/text_table.h"

#include <gtest/gtest.h>

#include "base/contract.h"
#include "base/numbers.h"

namespace rehearse {
namespace {

TEST(TextTable, AlignsByCharacters) {
  TextTable table({{"name", Align::left}, {"time"}});
  table.add({"a", "3 µs"});
  table.add({"bcdef", "12 µs"});
  EXPECT_EQ(table.text(),
            "name    time\n"
            "------------\n"
            "a       3 µs\n"
            "bcdef  12 µs\n");
}

TEST(TextTable, RefusesRowsOfAnotherLength) {
  TextTable table({{"name", Align::left}, {"time"}});
  EXPECT_THROW(table.add({"a"}), ContractViolation);
}

TEST(Numbers, AreReadable) {
  EXPECT_EQ(grouped(1281167), "1,281,167");
  EXPECT_EQ(grouped(-1000), "-1,000");
  EXPECT_EQ(grouped(999.6), "1,000");
  EXPECT_EQ(percent(0.9344), "93.4 %");
  EXPECT_EQ(signed_percent(0.05), "+5.0 %");
  EXPECT_EQ(signed_percent(-0.05), "-5.0 %");
  EXPECT_EQ(fixed(-0.001, 1), "0.0");
  EXPECT_EQ(milliseconds(0.3124), "312.4");
  EXPECT_EQ(milliseconds(0.0012345), "1.234");
  EXPECT_EQ(milliseconds(0), "0.0");
}

}  // namespace
}  // namespace rehearse
