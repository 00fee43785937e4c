#include <algorithm>
#include <cmath>
#include <numbers>

#include "topologies/dragonfly.h"
#include "topologies/svg_canvas.h"

namespace rehearse {
namespace {

constexpr double kRadius = 450;  // of the circle of groups
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
        middle_{canvas.width() / 2, top + shape.drawing_height() / 2},
        groups_(std::min(shape_.groups(), kMostGroups)) {
    const double arc = groups_ > 1
                           ? 2 * kRadius * std::sin(std::numbers::pi / static_cast<double>(groups_))
                           : 2 * kRadius;
    extent_ = std::min(0.42 * arc, groups_ > 1 ? 110.0 : 220.0);
    if (groups_ == 1 && in_grid()) extent_ = 450;
  }

  void draw() {
    const std::int64_t edges = groups_ * (groups_ - 1) / 2 * shape_.links_per_pair();
    const bool each = routers_drawn() && edges <= kMostGlobalEdges;
    if (!each) draw_merged_global_links();  // they end behind the groups
    draw_outlines();
    if (each) draw_each_global_link();
    for (std::int64_t group = 0; group < groups_; ++group) draw_group(group);
    if (groups_ < shape_.groups()) {
      canvas_.text(
          middle_,
          std::to_string(groups_) + " of " + std::to_string(shape_.groups()) + " groups drawn", 18);
    }
  }

 private:
  [[nodiscard]] bool in_grid() const { return shape_.chassis() > 1; }
  [[nodiscard]] bool routers_drawn() const {
    return in_grid() ? extent_ / static_cast<double>(shape_.slots()) > 2.5
                     : shape_.routers_per_group() <= 64 && extent_ > 30;
  }

  [[nodiscard]] Point centre(std::int64_t group) const {
    if (groups_ == 1) return middle_;
    const double angle =
        2 * std::numbers::pi * static_cast<double>(group) / static_cast<double>(groups_);
    return {middle_.x + kRadius * std::sin(angle), middle_.y - kRadius * std::cos(angle)};
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
    const double angle = 2 * std::numbers::pi * static_cast<double>(index) /
                         static_cast<double>(shape_.routers_per_group());
    return {at.x + 0.68 * extent_ * std::sin(angle), at.y - 0.68 * extent_ * std::cos(angle)};
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

  // From gateway to gateway; their ends lie on the routers.
  void draw_each_global_link() {
    for (std::int64_t a = 0; a < groups_; ++a) {
      for (std::int64_t b = a + 1; b < groups_; ++b) {
        for (std::int64_t which = 0; which < shape_.links_per_pair(); ++which) {
          canvas_.line(router(a, shape_.gateway(a, b, which)),
                       router(b, shape_.gateway(b, a, which)), colour_of(LinkClass::global));
        }
      }
    }
  }

  void draw_merged_global_links() {
    for (std::int64_t a = 0; a < groups_; ++a) {
      for (std::int64_t b = a + 1; b < groups_; ++b) {
        canvas_.line(centre(a), centre(b), colour_of(LinkClass::global));
      }
    }
    if (groups_ < 2) return;
    canvas_.text({30, middle_.y + 545},
                 "each line between groups stands for " +
                     count_of(shape_.links_per_pair(), "global link", "global links"),
                 13, "start");
  }

  void draw_group(std::int64_t group) {
    const Point at = centre(group);
    if (!routers_drawn()) {
      canvas_.text({at.x, at.y + 4}, std::to_string(group), 12);
      return;
    }
    in_grid() ? draw_grid(group) : draw_ring(group);
    const std::int64_t nodes = std::clamp<std::int64_t>(
        network_.nodes() - group * shape_.nodes_per_group(), 0, shape_.nodes_per_group());
    canvas_.text({at.x, at.y + half_height() + 15},
                 "group " + std::to_string(group) + ": " + count_of(nodes, "node", "nodes"), 12);
  }

  // Lines stand for all-to-all: along a row rank 1, along a column rank 2.
  void draw_grid(std::int64_t group) {
    for (std::int64_t c = 0; c < shape_.chassis(); ++c) {
      canvas_.line(router(group, c * shape_.slots()), router(group, (c + 1) * shape_.slots() - 1),
                   colour_of(LinkClass::local), 1.5);
    }
    for (std::int64_t s = 0; s < shape_.slots(); ++s) {
      canvas_.line(router(group, s), router(group, (shape_.chassis() - 1) * shape_.slots() + s),
                   colour_of(LinkClass::local2), 1.5);
    }
    draw_routers(group, std::min(8.0, 0.32 * grid_step()));
  }

  void draw_ring(std::int64_t group) {
    const std::int64_t routers = shape_.routers_per_group();
    for (std::int64_t a = 0; a < routers && routers <= kMostAllToAll; ++a) {
      for (std::int64_t b = a + 1; b < routers; ++b) {
        canvas_.line(router(group, a), router(group, b), colour_of(LinkClass::local));
      }
    }
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
