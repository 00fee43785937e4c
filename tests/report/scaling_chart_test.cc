#include "report/svg/scaling_chart.h"

#include <gtest/gtest.h>

#include "report/svg/chart_panel.h"
#include "tests/report/sample.h"

namespace rehearse {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(ScalingChart, DrawsEveryPointTwice) {
  Prediction prediction = sample_prediction({1, 2, 4, 8});
  prediction.scenario = "a < b & \"c\"";
  const std::string svg = scaling_chart_svg(prediction);
  EXPECT_EQ(count(svg, "<circle"), 8u + 1u);  // with the legend's
  EXPECT_EQ(count(svg, "<polygon"), 2u);
  EXPECT_NE(svg.find("a &lt; b &amp; &quot;c&quot;"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(ScalingChart, DrawsASinglePoint) {
  const std::string svg = scaling_chart_svg(sample_prediction({1}));
  EXPECT_EQ(count(svg, "<circle"), 2u + 1u);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(ChartPanel, MapsValuesLogarithmically) {
  // Base 2 from 1 to 16 over 400 pixels: 4 is half way, at x = 100 + 200. The y axis points up.
  SvgPage page(600, 100);
  const ChartPanel panel(page, {100, 0, 400, 50}, {1, 16, true}, {0, 1, false});
  EXPECT_DOUBLE_EQ(panel.pixel_x(4), 300);
  EXPECT_DOUBLE_EQ(panel.pixel_y(0), 50);
}

TEST(ChartPanel, LeavesOutLabelsThatWouldTouch) {
  SvgPage page(200, 100);
  ChartPanel panel(page, {0, 0, 100, 50}, {0, 1000, false}, {0, 1, false});
  panel.tick_x(900, "first");
  panel.tick_x(890, "second");
  panel.tick_x(0, "third");
  const std::string svg = page.document("ticks");
  EXPECT_NE(svg.find("first"), std::string::npos);
  EXPECT_EQ(svg.find("second"), std::string::npos);
  EXPECT_NE(svg.find("third"), std::string::npos);
}

}  // namespace
}  // namespace rehearse
