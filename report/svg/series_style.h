// How the series of a chart are told apart.
#pragma once

#include <string_view>

#include "base/svg_page.h"
#include "report/svg/chart_panel.h"

namespace rehearse {

struct SeriesStyle {
  std::string_view colour, dashes;
  Marker marker = Marker::disc;
};

inline constexpr std::size_t kSeriesStyles = 10;

// No two of the first kSeriesStyles have the same colour or the same dashes, so that they are told
// apart in print without colours, and where one lies on another; then they begin again.
SeriesStyle series_style(std::size_t nth);

// A line of 34 pixels with its marker, as a legend has it; `at`: its left end.
void draw_sample(SvgPage& page, Point at, const SeriesStyle& style);

}  // namespace rehearse
