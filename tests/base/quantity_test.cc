#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

TEST(Units, DivideAndMultiplyMeaningfully) {
  // 1 GB over 25 GB/s takes 0.04 s; 2e12 FLOP at 4 TFLOP/s take 0.5 s.
  EXPECT_DOUBLE_EQ((Bytes(1e9) / Bandwidth(25e9)).value(), 0.04);
  EXPECT_DOUBLE_EQ((Flops(2e12) / FlopRate(4e12)).value(), 0.5);
  EXPECT_DOUBLE_EQ((Bandwidth(10) * Duration(3)).value(), 30);
  EXPECT_DOUBLE_EQ(Bytes(6) / Bytes(4), 1.5);
}

TEST(QuantityText, ParsesDecimalAndBinaryUnits) {
  EXPECT_DOUBLE_EQ(parse_bytes("64 MiB").value(), 64.0 * 1024 * 1024);
  EXPECT_DOUBLE_EQ(parse_bytes("110 kB").value(), 110e3);
  EXPECT_DOUBLE_EQ(parse_bytes("0B").value(), 0);
  EXPECT_DOUBLE_EQ(parse_bandwidth("25 GB/s").value(), 25e9);
  EXPECT_DOUBLE_EQ(parse_bandwidth("100 Gbit/s").value(), 12.5e9);
  EXPECT_DOUBLE_EQ(parse_duration("1.3 us").value(), 1.3e-6);
  EXPECT_DOUBLE_EQ(parse_duration("2 h").value(), 7200);
  EXPECT_DOUBLE_EQ(parse_flop_rate("9.3 TFLOP/s").value(), 9.3e12);
}

TEST(QuantityText, RefusesWhatIsNoQuantity) {
  for (const char* text : {"", "GB", "5", "5 gb", "-1 GB", "nan GB", "inf GB", "5 GB/s", "1e400 GB",
                           "5  GB", "0x10 B", "5 GB "}) {
    EXPECT_THROW(parse_bytes(text), Error) << text;
  }
  try {
    parse_duration("5");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "'5' is not a time (the unit is missing): write for example \"5 ms\"");
    EXPECT_EQ(error.kind(), Error::Kind::input);
  }
}

TEST(QuantityText, PrintsThreeDigits) {
  EXPECT_EQ(to_text(Duration(0.0425)), "42.5 ms");
  EXPECT_EQ(to_text(Duration(0.99999)), "1.00 s");
  EXPECT_EQ(to_text(Bytes(553.4e6)), "553 MB");
  EXPECT_EQ(to_text(Bandwidth(9.7e9)), "9.70 GB/s");
  EXPECT_EQ(to_text(Flops(4.1e9)), "4.10 GFLOP");
  EXPECT_EQ(significant(0.0012345), "0.00123");
  EXPECT_EQ(significant(12345), "12300");
}

}  // namespace
}  // namespace rehearse
