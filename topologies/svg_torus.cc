// Tori and meshes as planes of their first two dimensions, side by side.
#include <algorithm>
#include <cmath>

#include "topologies/svg_canvas.h"
#include "topologies/torus.h"

namespace rehearse {
namespace {

constexpr double kMargin = 40;
constexpr double kPlaneHead = 24;  // above a plane, for its name
constexpr double kBottom = 50;     // below all planes, for words
constexpr std::int64_t kMostPlanes = 16;
constexpr std::int64_t kMostSwitches = 4096;
constexpr std::int64_t kMostSide = 32;  // switches of a plane drawn in a row or column

// Where everything goes.
struct Layout {
  std::int64_t columns, rows;          // of switches drawn in a plane
  std::int64_t planes, drawn, across;  // all of them; drawn; drawn side by side
  double step;                         // between neighbours

  explicit Layout(const Grid& grid, double width) {
    const std::int64_t side = grid.dimensions() > 1 ? grid.extent(1) : 1;
    columns = std::min(grid.extent(0), kMostSide);
    rows = std::min(side, kMostSide);
    planes = grid.points() / (grid.extent(0) * side);
    drawn = std::min({planes, kMostPlanes, kMostSwitches / (columns * rows)});
    across = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(drawn))));
    step = std::min(60.0, (width - 2 * kMargin) / static_cast<double>(across * (columns + 1)));
  }

  [[nodiscard]] double plane_width() const { return step * static_cast<double>(columns + 1); }
  [[nodiscard]] double plane_height() const {
    return step * static_cast<double>(rows + 1) + kPlaneHead;
  }
  [[nodiscard]] double height() const {
    return plane_height() * static_cast<double>((drawn + across - 1) / across) + kBottom;
  }
  [[nodiscard]] Point corner(std::int64_t plane, double left, double top) const {
    return {left + plane_width() * static_cast<double>(plane % across),
            top + plane_height() * static_cast<double>(plane / across)};
  }
};

class TorusDrawing {
 public:
  TorusDrawing(const TorusShape& torus, SvgCanvas& canvas, double top)
      : torus_(torus),
        grid_(torus.grid()),
        canvas_(canvas),
        layout_(grid_, canvas.width()),
        top_(top),
        left_((canvas.width() - layout_.plane_width() * static_cast<double>(layout_.across)) / 2) {}

  void draw() {
    for (std::int64_t plane = 0; plane < layout_.drawn; ++plane) draw_plane(plane);
    std::string words;
    if (layout_.drawn < layout_.planes) {
      words = std::to_string(layout_.drawn) + " of " + std::to_string(layout_.planes) +
              " planes drawn. ";
    }
    if (layout_.columns < grid_.extent(0) || layout_.rows < extent(1)) {
      words += "Planes are cut off at " + std::to_string(kMostSide) + " switches. ";
    }
    if (torus_.is_ring(0) || (grid_.dimensions() > 1 && torus_.is_ring(1))) {
      words += "Lines that leave a plane come back on its other side. ";
    }
    if (layout_.planes > 1) words += "Links between planes are not drawn.";
    canvas_.text({30, top_ + layout_.height() - 16}, words, 13, "start");
  }

 private:
  [[nodiscard]] std::int64_t extent(int d) const {
    return d < grid_.dimensions() ? grid_.extent(d) : 1;
  }

  // The first switch of a plane and the others, which follow it.
  [[nodiscard]] std::int64_t first_of(std::int64_t plane) const {
    return plane * extent(0) * extent(1);
  }

  void draw_plane(std::int64_t plane) {
    const Point corner = layout_.corner(plane, left_, top_);
    if (layout_.planes > 1) {
      const std::string name = grid_.name(first_of(plane));  // "(0, 0, 3)"
      canvas_.text({corner.x + layout_.plane_width() / 2, corner.y + 14},
                   "plane (x, y, " + name.substr(std::string("(0, 0, ").size()), 13);
    }
    for (std::int64_t row = 0; row < layout_.rows; ++row) {
      draw_line(0, at(corner, 0, row), at(corner, layout_.columns - 1, row));
    }
    for (std::int64_t column = 0; column < layout_.columns && extent(1) > 1; ++column) {
      draw_line(1, at(corner, column, 0), at(corner, column, layout_.rows - 1));
    }
    for (std::int64_t row = 0; row < layout_.rows; ++row) {
      for (std::int64_t column = 0; column < layout_.columns; ++column) {
        canvas_.circle(at(corner, column, row), std::min(9.0, 0.28 * layout_.step), kSwitchFill,
                       "white");
      }
    }
  }

  [[nodiscard]] Point at(Point corner, std::int64_t column, std::int64_t row) const {
    return {corner.x + layout_.step * static_cast<double>(column + 1),
            corner.y + kPlaneHead + layout_.step * (static_cast<double>(row) + 0.5)};
  }

  // All links of a line; a ring goes on half a step at both ends, and what is cut off at its end.
  void draw_line(int d, Point a, Point b) {
    const double beyond = 0.45 * layout_.step;
    if (torus_.is_ring(d)) (d == 0 ? a.x : a.y) -= beyond;
    if (torus_.is_ring(d) || extent(d) > kMostSide) (d == 0 ? b.x : b.y) += beyond;
    canvas_.line(a, b, colour_of(LinkClass::dimension), 1.5);
  }

  const TorusShape& torus_;
  const Grid& grid_;
  SvgCanvas& canvas_;
  Layout layout_;
  double top_, left_;
};

}  // namespace

double TorusShape::drawing_height() const { return Layout(grid(), kPictureWidth).height(); }

void TorusShape::draw(const Network&, SvgCanvas& canvas, double top) const {
  TorusDrawing(*this, canvas, top).draw();
}

}  // namespace rehearse
