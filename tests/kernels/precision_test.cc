#include "kernels/models/precision.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rehearse {
namespace {

TEST(Precision, TextRoundTrip) {
  for (const std::string& name : kPrecisionNames.words())
    EXPECT_EQ(to_text(parse_precision(name)), name);
  EXPECT_EQ(kPrecisionNames.words().size(), kPrecisions);
}

TEST(Precision, Sizes) {
  EXPECT_EQ(element_size(Precision::fp32), Bytes(4));
  EXPECT_EQ(element_size(Precision::tf32), Bytes(4));
  EXPECT_EQ(element_size(Precision::bf16), Bytes(2));
  EXPECT_EQ(element_size(Precision::fp16), Bytes(2));
  EXPECT_EQ(element_size(Precision::fp8), Bytes(1));
  EXPECT_EQ(element_size(Precision::mxfp8), Bytes(1.03125));
  EXPECT_EQ(element_size(Precision::nvfp4), Bytes(0.5625));
}

TEST(Precision, SuggestsTheNearest) {
  try {
    (void)parse_precision("fp23");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'fp"), std::string::npos);
  }
}

}  // namespace
}  // namespace rehearse
