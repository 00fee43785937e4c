#include "report/svg/series_style.h"

#include <array>

namespace rehearse {
namespace {

// Okabe and Ito's colours, which colour-blind people tell apart, without the yellow, and three dark
// ones of Paul Tol's.
constexpr std::array<std::string_view, kSeriesStyles> kColours{
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9",
    "#e69f00", "#4d4d4d", "#332288", "#882255", "#66a61e"};
constexpr std::array<std::string_view, kSeriesStyles> kDashes{
    "", "8 4", "2 3", "10 3 2 3", "14 6", "4 2", "12 3 2 3 2 3", "1 4", "8 2", "3 7"};
constexpr std::array<Marker, 5> kMarkers{Marker::disc, Marker::square, Marker::triangle,
                                         Marker::diamond, Marker::turned_triangle};

}  // namespace

SeriesStyle series_style(std::size_t nth) {
  return {kColours[nth % kSeriesStyles], kDashes[nth % kSeriesStyles],
          kMarkers[nth % kMarkers.size()]};
}

void draw_sample(SvgPage& page, Point at, const SeriesStyle& style) {
  page.line(at, {at.x + 34, at.y}, {style.colour, 2, style.dashes});
  draw_marker(page, {at.x + 17, at.y}, style.marker, style.colour);
}

}  // namespace rehearse
