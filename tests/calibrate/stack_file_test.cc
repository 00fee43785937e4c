#include "calibrate/machine/stack_file.h"

#include <gtest/gtest.h>

#include "base/json_reader.h"

namespace rehearse {
namespace {

TEST(FabricFile, IsReadBack) {
  StackProfile profile;
  profile.name = "some";
  profile.stream_bandwidth = Bandwidth(4.4e9);
  profile.stream_rate_spread = 0.2;
  profile.step_latency = Duration(30e-6);
  profile.uncertainties = {{"step_latency", 0.71}};
  profile.max_ranks = 32;
  profile.local_pieces = {{Bytes(0), Duration(1e-6), Bandwidth(5e9)},
                          {Bytes(4096), Duration(2.5e-6), std::nullopt}};
  profile.reduce_bandwidth = Bandwidth(3e9);
  profile.provenance = {{"all", "a test", Provenance::Kind::derived}};
  const JsonDocument document = JsonDocument::parse_text(stack_file(profile), "some.json");
  const StackProfile back = read_stack_profile(document.root());
  EXPECT_EQ(back.name, "some");
  EXPECT_DOUBLE_EQ(back.stream_bandwidth->value(), 4.4e9);
  EXPECT_DOUBLE_EQ(back.stream_rate_spread, 0.2);
  EXPECT_DOUBLE_EQ(back.step_latency.value(), 30e-6);
  EXPECT_EQ(back.message_latency, Duration(0));
  EXPECT_DOUBLE_EQ(back.relative_error("step_latency"), 0.71);
  EXPECT_EQ(back.relative_error("stream_bandwidth"), 0);
  EXPECT_EQ(back.max_ranks, 32);
  EXPECT_TRUE(back.pieces.empty());
  ASSERT_EQ(back.local_pieces.size(), 2u);
  EXPECT_EQ(back.local_pieces[0].bandwidth, Bandwidth(5e9));
  EXPECT_EQ(back.local_pieces[1].from, Bytes(4096));
  EXPECT_DOUBLE_EQ(back.local_pieces[1].latency.value(), 2.5e-6);
  EXPECT_FALSE(back.local_pieces[1].bandwidth.has_value());
  EXPECT_EQ(back.reduce_bandwidth, Bandwidth(3e9));
  ASSERT_EQ(back.provenance.size(), 1u);
  EXPECT_EQ(back.provenance[0].kind, Provenance::Kind::derived);
}

}  // namespace
}  // namespace rehearse
