#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "topologies/pictures/svg_canvas.h"
#include "topologies/shapes/dragonfly.h"

namespace rehearse {
namespace {

constexpr double kRadius = 390;  // of the circle of groups
constexpr double kNames = 40;    // room for the names of groups, above and below
constexpr std::int64_t kMostGroups = 24;
constexpr std::int64_t kMostGlobalEdges = 600;  // that are drawn from router to router
constexpr std::int64_t kMostAllToAll = 16;      // routers whose local links are drawn one by one

class DragonflyDrawing {
 public:
  DragonflyDrawing(const Network& network, const DragonflyShape& shape, SvgCanvas& canvas,
                   double top)
      : network_(network),
        shape_(shape),
        canvas_(canvas),
        groups_(std::min(shape_.groups(), kMostGroups)) {
    const double arc = groups_ > 1
                           ? 2 * kRadius * std::sin(std::numbers::pi / static_cast<double>(groups_))
                           : 2 * kRadius;
    extent_ = std::min(0.42 * arc, groups_ > 1 ? 100.0 : 220.0);
    if (groups_ == 1 && in_grid()) extent_ = 450;
    const double half = (groups_ > 1 ? kRadius : 0) + half_height() + kNames;
    middle_ = {canvas.width() / 2, top + half};
    canvas.grow_to(top + 2 * half);
  }

  void draw() {
    const std::int64_t edges = groups_ * (groups_ - 1) / 2 * shape_.links_per_pair();
    const bool each = routers_drawn() && edges <= kMostGlobalEdges;
    if (!each) draw_merged_global_links();  // they end behind the groups
    draw_outlines();
    if (each) draw_each_global_link();
    for (std::int64_t group = 0; group < groups_; ++group) draw_group(group);
    if (groups_ < shape_.groups()) {
      canvas_.note(std::to_string(groups_) + " of " + std::to_string(shape_.groups()) +
                   " groups drawn.");
    }
    if (!routers_drawn()) {
      canvas_.note("Circles are groups of up to " +
                   count_of(shape_.nodes_per_group(), "node", "nodes") + ".");
    } else if (in_grid()) {
      canvas_.note("All routers on a line inside a group are joined to each other.");
    } else if (shape_.routers_per_group() > kMostAllToAll) {
      canvas_.note("All routers of a group are joined to each other; these links are not drawn.");
    }
  }

 private:
  [[nodiscard]] bool in_grid() const { return shape_.chassis() > 1; }
  [[nodiscard]] bool routers_drawn() const {
    return in_grid() ? extent_ / static_cast<double>(shape_.slots()) > 2.5
                     : shape_.routers_per_group() <= 64 && extent_ > 30;
  }

  [[nodiscard]] double turns(std::int64_t group) const {
    return static_cast<double>(group) / static_cast<double>(groups_);
  }
  [[nodiscard]] Point centre(std::int64_t group) const {
    if (groups_ == 1) return middle_;
    return on_circle(middle_, kRadius, turns(group));
  }

  [[nodiscard]] double grid_step() const {
    return 2 * extent_ / static_cast<double>(shape_.slots() + 1);
  }

  // Slots from left to right and chassis from top to bottom, or a ring.
  [[nodiscard]] Point router(std::int64_t group, std::int64_t index) const {
    const Point at = centre(group);
    if (in_grid()) {
      const auto slot = static_cast<double>(index % shape_.slots());
      const auto chassis = static_cast<double>(index / shape_.slots());
      return {at.x + grid_step() * (slot - 0.5 * static_cast<double>(shape_.slots() - 1)),
              at.y + grid_step() * (chassis - 0.5 * static_cast<double>(shape_.chassis() - 1))};
    }
    return on_circle(at, 0.68 * extent_,
                     static_cast<double>(index) / static_cast<double>(shape_.routers_per_group()));
  }

  [[nodiscard]] double half_height() const {
    if (!in_grid() || !routers_drawn()) return extent_;
    return 0.5 * grid_step() * static_cast<double>(shape_.chassis() + 1);
  }

  void draw_outlines() {
    for (std::int64_t group = 0; group < groups_; ++group) {
      const Point at = centre(group);
      if (in_grid() && routers_drawn()) {
        canvas_.box({at.x - extent_, at.y - half_height()}, 2 * extent_, 2 * half_height(),
                    kGroupFill, kOutline);
      } else {
        canvas_.circle(at, extent_, kGroupFill, kOutline);
      }
    }
  }

  // REQUIRES: a < b.
  [[nodiscard]] LinkId global_link(std::int64_t a, std::int64_t b, std::int64_t which) const {
    return network_.edge_link(shape_.global_edge(a, b, which));
  }

  // From gateway to gateway; their ends lie on the routers.
  void draw_each_global_link() {
    std::vector<SvgCanvas::LinkLine> lines;
    for (std::int64_t a = 0; a < groups_; ++a) {
      for (std::int64_t b = a + 1; b < groups_; ++b) {
        for (std::int64_t which = 0; which < shape_.links_per_pair(); ++which) {
          lines.push_back({router(a, shape_.gateway(a, b, which)),
                           router(b, shape_.gateway(b, a, which)), global_link(a, b, which)});
        }
      }
    }
    canvas_.links(std::move(lines));
  }

  // The lines of the first group come last and are the strongest, so that one can be followed.
  void draw_merged_global_links() {
    if (groups_ < 2 || shape_.links_per_pair() == 0) return;
    std::vector<SvgCanvas::LinkLine> lines;
    for (std::int64_t a = groups_ - 1; a >= 0; --a) {
      for (std::int64_t b = a + 1; b < groups_; ++b) {
        LinkId busiest = -1;
        for (std::int64_t which = 0; which < shape_.links_per_pair(); ++which) {
          busiest = canvas_.busier(busiest, global_link(a, b, which));
        }
        lines.push_back({centre(a), centre(b), busiest, a == 0 && !canvas_.shows_load() ? 2.0 : 1.0,
                         a == 0 ? 1 : 0.4});
      }
    }
    canvas_.links(std::move(lines));
    canvas_.note("Each line between groups stands for " +
                 count_of(shape_.links_per_pair(), "global link", "global links") +
                 (canvas_.shows_load() ? ", with the load of the busiest."
                                       : "; those of group 0 are drawn strongly."));
  }

  void draw_group(std::int64_t group) {
    const Point at = centre(group);
    if (!routers_drawn()) {
      canvas_.label({at.x, at.y + 4}, std::to_string(group), 2 * extent_ - 4,
                    {12, Anchor::middle, "#1d2429"});
      return;
    }
    in_grid() ? draw_grid(group) : draw_ring(group);
    const std::int64_t nodes = std::clamp<std::int64_t>(
        network_.nodes() - group * shape_.nodes_per_group(), 0, shape_.nodes_per_group());
    // Beside a box, or where the way outwards leaves a circle.
    const double way = groups_ == 1 ? 0.5 : turns(group);
    const Point out = on_circle({0, 0}, extent_ + 10, way);
    Point beside{at.x + out.x, at.y + out.y};
    if (in_grid()) {
      const bool is_above = std::abs(out.x) < 0.3 * (extent_ + 10);
      beside = is_above ? Point{at.x, at.y + std::copysign(half_height() + 10, out.y)}
                        : Point{at.x + std::copysign(extent_ + 10, out.x), at.y};
    }
    canvas_.label_outside(beside, way, "group " + std::to_string(group),
                          count_of(nodes, "node", "nodes"));
  }

  // Lines stand for all-to-all: along a row rank 1, along a column rank 2.
  void draw_grid(std::int64_t group) {
    std::vector<SvgCanvas::LinkLine> lines;
    for (std::int64_t c = 0; c < shape_.chassis() && shape_.slots() > 1; ++c) {
      LinkId busiest = -1;
      for (std::int64_t b = 1; b < shape_.slots(); ++b) {
        for (std::int64_t a = 0; a < b; ++a) {
          busiest = canvas_.busier(busiest, network_.edge_link(shape_.rank1_edge(group, c, a, b)));
        }
      }
      lines.push_back({router(group, c * shape_.slots()),
                       router(group, (c + 1) * shape_.slots() - 1), busiest, 1.5});
    }
    for (std::int64_t s = 0; s < shape_.slots(); ++s) {
      LinkId busiest = -1;
      for (std::int64_t b = 1; b < shape_.chassis(); ++b) {
        for (std::int64_t a = 0; a < b; ++a) {
          busiest = canvas_.busier(busiest, network_.edge_link(shape_.rank2_edge(group, s, a, b)));
        }
      }
      lines.push_back({router(group, s), router(group, (shape_.chassis() - 1) * shape_.slots() + s),
                       busiest, 1.5});
    }
    canvas_.links(std::move(lines));
    draw_routers(group, std::min(8.0, 0.32 * grid_step()));
  }

  void draw_ring(std::int64_t group) {
    const std::int64_t routers = shape_.routers_per_group();
    std::vector<SvgCanvas::LinkLine> lines;
    for (std::int64_t a = 0; a < routers && routers <= kMostAllToAll; ++a) {
      for (std::int64_t b = a + 1; b < routers; ++b) {
        lines.push_back({router(group, a), router(group, b),
                         network_.edge_link(shape_.rank1_edge(group, 0, a, b))});
      }
    }
    canvas_.links(std::move(lines));
    draw_routers(group, std::min(7.0, 1.6 * extent_ / static_cast<double>(routers)));
  }

  void draw_routers(std::int64_t group, double radius) {
    for (std::int64_t i = 0; i < shape_.routers_per_group(); ++i) {
      canvas_.circle(router(group, i), radius, kSwitchFill, "white");
    }
  }

  const Network& network_;
  const DragonflyShape& shape_;
  SvgCanvas& canvas_;
  Point middle_;
  std::int64_t groups_;
  double extent_ = 0;  // half the width of a group
};

}  // namespace

void DragonflyShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  DragonflyDrawing(network, *this, canvas, top).draw();
}

}  // namespace rehearse
