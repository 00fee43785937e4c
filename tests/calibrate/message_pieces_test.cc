#include "calibrate/machine/message_pieces.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/contract.h"

namespace rehearse {
namespace {

const std::vector<FittedPiece> kTwo{{Bytes(0), Duration(1e-6), Bandwidth(4e9)},
                                    {Bytes(8192), Duration(5e-6), Bandwidth(10e9)}};
const std::vector<FittedPiece> kThree{{Bytes(0), Duration(1e-6), Bandwidth(2e9)},
                                      {Bytes(4096), Duration(4e-6), Bandwidth(5e9)},
                                      {Bytes(262144), Duration(40e-6), Bandwidth(12e9)}};

// Powers of two from 4 B to 64 MiB; `noise` is the relative error of every other point, with
// alternating sign.
std::vector<MessagePoint> points_of(const std::vector<FittedPiece>& pieces, double noise) {
  std::vector<MessagePoint> points;
  for (int power = 2; power <= 26; ++power) {
    const Bytes size(std::exp2(power));
    const double sign = power % 4 == 1 ? 1 : power % 4 == 3 ? -1 : 0;
    points.push_back({size, message_time(pieces, size) * (1 + sign * noise)});
  }
  return points;
}

void expect_pieces(const MessageFit& fit, const std::vector<FittedPiece>& truth, double tolerance) {
  ASSERT_EQ(fit.pieces.size(), truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) {
    EXPECT_EQ(fit.pieces[i].from, truth[i].from);
    EXPECT_NEAR(fit.pieces[i].latency / truth[i].latency, 1, tolerance);
    EXPECT_NEAR(fit.pieces[i].bandwidth / truth[i].bandwidth, 1, tolerance);
  }
}

TEST(MessageTime, IsThatOfThePieceInWhichTheSizeLies) {
  // 1 us + 4000 B / 4 GB/s = 2 us; 5 us + 10,000 B / 10 GB/s = 6 us.
  EXPECT_DOUBLE_EQ(message_time(kTwo, Bytes(4000)).value(), 2e-6);
  EXPECT_DOUBLE_EQ(message_time(kTwo, Bytes(10000)).value(), 6e-6);
  EXPECT_DOUBLE_EQ(message_time(kTwo, Bytes(8192)).value(), 5e-6 + 0.8192e-6);
  EXPECT_DOUBLE_EQ(message_time(kTwo, Bytes(0)).value(), 1e-6);
  EXPECT_THROW(message_time({}, Bytes(1)), ContractViolation);
}

TEST(FitMessages, FindsTheBreakpointsOfExactData) {
  const std::vector<FittedPiece> one{{Bytes(0), Duration(3e-6), Bandwidth(7e9)}};
  for (const auto& truth : {one, kTwo, kThree}) {
    const MessageFit fit = fit_messages(points_of(truth, 0));
    expect_pieces(fit, truth, 1e-6);
    EXPECT_LT(fit.worst_error, 1e-9);
  }
}

TEST(FitMessages, FindsThemInNoise) {
  for (const auto& truth : {kTwo, kThree}) {
    const MessageFit fit = fit_messages(points_of(truth, 0.03));
    expect_pieces(fit, truth, 0.15);
    EXPECT_LT(fit.worst_error, 0.06);
    EXPECT_GT(fit.worst_error, 0.01);
    EXPECT_LE(fit.median_error, fit.worst_error);
  }
}

TEST(FitMessages, NeverUsesMoreThanFourPieces) {
  std::vector<MessagePoint> points;
  for (int power = 0; power < 30; ++power) {
    const double step = std::exp2(power / 3 * 3);  // NOLINT(bugprone-integer-division): ten steps
    points.push_back({Bytes(std::exp2(power)), Duration(1e-6 * step)});
  }
  EXPECT_LE(fit_messages(points).pieces.size(), 4u);
}

TEST(FitMessages, LatencyAndTimePerByteAreNeverNegative) {
  // Falling times: a flat line, whose bandwidth is finite all the same.
  const std::vector<MessagePoint> falling{
      {Bytes(1), Duration(3e-6)}, {Bytes(2), Duration(2e-6)}, {Bytes(3), Duration(1e-6)}};
  // Steeper than proportional: a line through the origin.
  const std::vector<MessagePoint> steep{
      {Bytes(10), Duration(1e-6)}, {Bytes(20), Duration(3e-6)}, {Bytes(30), Duration(6e-6)}};
  const FittedPiece flat = fit_messages(falling).pieces.at(0);
  EXPECT_GT(flat.latency, Duration(0));
  EXPECT_TRUE(std::isfinite(flat.bandwidth.value()) && flat.bandwidth > Bandwidth(0));
  EXPECT_EQ(fit_messages(steep).pieces.at(0).latency, Duration(0));
}

TEST(FitMessages, TwoPointsGiveOneLine) {
  // 2 us at 0 B, 3 us at 1000 B: 1 GB/s.
  const MessageFit fit = fit_messages(
      std::vector<MessagePoint>{{Bytes(0), Duration(2e-6)}, {Bytes(1000), Duration(3e-6)}});
  expect_pieces(fit, {{Bytes(0), Duration(2e-6), Bandwidth(1e9)}}, 1e-9);
}

TEST(FitMessages, RefusesWhatIsNoMeasurement) {
  using Points = std::vector<MessagePoint>;
  EXPECT_THROW(fit_messages(Points{{Bytes(1), Duration(1)}}), ContractViolation);
  EXPECT_THROW(fit_messages(Points{{Bytes(1), Duration(1)}, {Bytes(1), Duration(2)}}),
               ContractViolation);
  EXPECT_THROW(fit_messages(Points{{Bytes(1), Duration(0)}, {Bytes(2), Duration(2)}}),
               ContractViolation);
}

}  // namespace
}  // namespace rehearse
