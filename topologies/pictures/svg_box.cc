#include "topologies/pictures/svg_box.h"

#include <algorithm>
#include <cmath>

#include "topologies/shapes/hyperx.h"
#include "topologies/shapes/torus.h"

namespace rehearse {
namespace {

constexpr double kMargin = 40;
constexpr double kPlaneHead = 24;  // above a plane, for its name
constexpr double kBottom = 20;     // below all planes
constexpr std::int64_t kMostPlanes = 16;
constexpr std::int64_t kMostSwitches = 4096;
constexpr std::int64_t kMostSide = 32;  // switches of a plane drawn in a row or column

std::int64_t extent_of(const Grid& grid, int d) {
  return d < grid.dimensions() ? grid.extent(d) : 1;
}

// Where everything goes.
struct Layout {
  std::int64_t columns, rows;          // of switches drawn in a plane
  std::int64_t planes, drawn, across;  // all of them; drawn; drawn side by side
  double step;                         // between neighbours

  explicit Layout(const Grid& grid) {
    const std::int64_t side = extent_of(grid, 1);
    columns = std::min(grid.extent(0), kMostSide);
    rows = std::min(side, kMostSide);
    planes = grid.points() / (grid.extent(0) * side);
    drawn = std::min({planes, kMostPlanes, kMostSwitches / (columns * rows)});
    across = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(drawn))));
    step =
        std::min(60.0, (kPictureWidth - 2 * kMargin) / static_cast<double>(across * (columns + 1)));
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

class BoxDrawing {
 public:
  BoxDrawing(const Network& network, const BoxShape& shape, const BoxLines& lines,
             SvgCanvas& canvas, double top)
      : network_(network),
        lines_(lines),
        grid_(shape.grid()),
        canvas_(canvas),
        layout_(grid_),
        top_(top),
        left_((canvas.width() - layout_.plane_width() * static_cast<double>(layout_.across)) / 2) {}

  void draw() {
    for (std::int64_t plane = 0; plane < layout_.drawn; ++plane) draw_plane(plane);
    std::string words;
    if (layout_.drawn < layout_.planes) {
      words = std::to_string(layout_.drawn) + " of " + std::to_string(layout_.planes) +
              " planes drawn. ";
    }
    if (layout_.columns < grid_.extent(0) || layout_.rows < extent_of(grid_, 1)) {
      words += "Planes are cut off at " + std::to_string(kMostSide) + " switches. ";
    }
    if (lines_.all_to_all) {
      words += "All switches on a line are joined to each other. ";
    } else if (is_ring(0) || is_ring(1)) {
      words += "Lines that leave a plane come back on its other side. ";
    }
    if (layout_.planes > 1) {
      words += "Links between planes are not drawn" + load_between_planes() + ". ";
    }
    if (!words.empty()) canvas_.note(words);
  }

 private:
  // "; the busiest of them has 40.0 % of the load of the busiest link"; empty without a load.
  [[nodiscard]] std::string load_between_planes() const {
    if (!canvas_.shows_load()) return "";
    LinkId busiest = -1;
    for (int d = 2; d < grid_.dimensions(); ++d) {
      const std::int64_t extent = grid_.extent(d);
      for (std::int64_t line = 0; line < grid_.lines(d); ++line) {
        for (std::int64_t a = 0; a < extent; ++a) {
          for (std::int64_t b = a + 1; b < (lines_.all_to_all ? extent : std::min(a + 2, extent));
               ++b) {
            busiest = canvas_.busier(busiest, link(d, line, a, b));
          }
        }
        if (lines_.is_ring(d)) busiest = canvas_.busier(busiest, link(d, line, extent - 1, 0));
      }
    }
    return "; the busiest of them has " + canvas_.load_words(busiest) +
           " of the load of the busiest link";
  }

  [[nodiscard]] bool is_ring(int d) const { return d < grid_.dimensions() && lines_.is_ring(d); }

  [[nodiscard]] std::int64_t switch_at(std::int64_t plane, std::int64_t column,
                                       std::int64_t row) const {
    return (plane * extent_of(grid_, 1) + row) * extent_of(grid_, 0) + column;
  }

  void draw_plane(std::int64_t plane) {
    const Point corner = layout_.corner(plane, left_, top_);
    if (layout_.planes > 1) {
      const std::string name = grid_.name(switch_at(plane, 0, 0));  // "(0, 0, 3)"
      canvas_.label({corner.x + layout_.plane_width() / 2, corner.y + 14},
                    "plane (x, y, " + name.substr(std::string("(0, 0, ").size()),
                    layout_.plane_width() - 8, {.anchor = Anchor::middle});
    }
    std::vector<SvgCanvas::LinkLine> drawn;
    for (std::int64_t row = 0; row < layout_.rows && extent_of(grid_, 0) > 1; ++row) {
      add_line(0, switch_at(plane, 0, row), at(corner, 0, row), drawn);
    }
    for (std::int64_t column = 0; column < layout_.columns && extent_of(grid_, 1) > 1; ++column) {
      add_line(1, switch_at(plane, column, 0), at(corner, column, 0), drawn);
    }
    canvas_.links(std::move(drawn));
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

  [[nodiscard]] LinkId link(int d, std::int64_t line, std::int64_t a, std::int64_t b) const {
    return network_.edge_link(lines_.edge(d, line, a, b));
  }

  // The links of the line of `first`, which is drawn at `begin`. A ring goes on half a step at both
  // ends, and what is cut off at its end.
  void add_line(int d, std::int64_t first, Point begin, std::vector<SvgCanvas::LinkLine>& drawn) {
    const std::int64_t line = grid_.line_of(first, d);
    const std::int64_t shown = d == 0 ? layout_.columns : layout_.rows;
    const std::int64_t extent = grid_.extent(d);
    const auto place = [&](double steps) {
      Point point = begin;
      (d == 0 ? point.x : point.y) += layout_.step * steps;
      return point;
    };
    const double before = is_ring(d) ? -0.45 : 0;
    const double end = static_cast<double>(shown) - 1;
    const double behind = is_ring(d) || extent > shown ? end + 0.45 : end;
    if (lines_.all_to_all) {
      LinkId busiest = -1;
      for (std::int64_t a = 0; a < extent; ++a) {
        for (std::int64_t b = a + 1; b < extent; ++b) {
          busiest = canvas_.busier(busiest, link(d, line, a, b));
        }
      }
      drawn.push_back({place(0), place(behind), busiest, 1.5});
      return;
    }
    if (!canvas_.shows_each_link()) {
      drawn.push_back({place(before), place(behind), link(d, line, 0, 1), 1.5});
      return;
    }
    for (std::int64_t a = 0; a < shown; ++a) {
      const bool is_last = a + 1 == extent;
      if (is_last && !is_ring(d)) break;
      const auto from = static_cast<double>(a);
      const LinkId next = link(d, line, a, is_last ? 0 : a + 1);
      drawn.push_back({place(from), place(a + 1 == shown ? behind : from + 1), next, 1.5});
      if (is_last) drawn.push_back({place(before), place(0), next, 1.5});
    }
  }

  const Network& network_;
  const BoxLines& lines_;
  const Grid& grid_;
  SvgCanvas& canvas_;
  Layout layout_;
  double top_, left_;
};

}  // namespace

double box_drawing_height(const Grid& grid) { return Layout(grid).height(); }

void draw_box(const Network& network, const BoxShape& shape, const BoxLines& lines,
              SvgCanvas& canvas, double top) {
  BoxDrawing(network, shape, lines, canvas, top).draw();
}

double TorusShape::drawing_height() const { return box_drawing_height(grid()); }

void TorusShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  const BoxLines lines{
      false, [this](int d) { return is_ring(d); },
      [this](int d, std::int64_t line, std::int64_t a, std::int64_t) { return edge(d, line, a); }};
  draw_box(network, *this, lines, canvas, top);
}

// One dimension, a full mesh, is a circle.
double HyperXShape::drawing_height() const {
  return grid().dimensions() > 1 ? box_drawing_height(grid()) : NetworkShape::drawing_height();
}

void HyperXShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  if (grid().dimensions() == 1) return NetworkShape::draw(network, canvas, top);
  const BoxLines lines{true, [](int) { return false; },
                       [this](int d, std::int64_t line, std::int64_t a, std::int64_t b) {
                         return edge(d, line, a, b);
                       }};
  draw_box(network, *this, lines, canvas, top);
}

}  // namespace rehearse
