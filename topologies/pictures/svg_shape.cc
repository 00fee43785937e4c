// The picture of a topology that has none of its own: switches in columns where they have levels,
// else on a circle.
#include <algorithm>
#include <cmath>
#include <utility>

#include "topologies/pictures/svg_tree.h"

namespace rehearse {
namespace {

constexpr double kRadius = 350;
constexpr double kColumn = 420;              // of names, from the middle
constexpr double kLine = 15;                 // from one name to the next
constexpr std::int64_t kMostSwitches = 300;  // drawn one by one
constexpr std::int64_t kMostNamed = 100;

class CircleDrawing {
 public:
  CircleDrawing(const Network& network, SvgCanvas& canvas, double top)
      : network_(network), canvas_(canvas), drawn_(std::min(network.switches(), kMostSwitches)) {
    double half = kRadius;
    for (const bool right : {true, false}) {
      for (const auto& [i, height] : names_of_side(right)) half = std::max(half, std::abs(height));
    }
    half += 20;
    centre_ = {canvas.width() / 2, top + half};
    canvas.grow_to(top + 2 * half);
  }

  void draw(const std::vector<SwitchPair>& pairs) {
    std::vector<SvgCanvas::LinkLine> lines;
    const double weight = std::clamp(300.0 / static_cast<double>(pairs.size() + 1), 0.3, 1.0);
    for (const SwitchPair& pair : pairs) {
      if (std::max(pair.a, pair.b) >= drawn_) continue;
      const auto wider = static_cast<double>(std::min<std::int64_t>(pair.connections, 4));
      lines.push_back({place(pair.a), place(pair.b), pair.link, weight * (0.6 + 0.4 * wider)});
    }
    canvas_.links(std::move(lines));
    const double size = std::clamp(700.0 / static_cast<double>(drawn_), 3.0, 10.0);
    for (std::int64_t i = 0; i < drawn_; ++i) {
      canvas_.circle(place(i), size, kSwitchFill, "white");
    }
    if (drawn_ <= kMostNamed) {
      for (const bool right : {true, false}) {
        for (const auto& [i, height] : names_of_side(right)) {
          name(i, centre_.y + height, right, size);
        }
      }
    } else {
      canvas_.note(std::to_string(drawn_) + " of " + std::to_string(network_.switches()) +
                   " switches drawn, without their names.");
    }
  }

 private:
  [[nodiscard]] double turns(std::int64_t i) const {
    return static_cast<double>(i) / static_cast<double>(drawn_);
  }
  [[nodiscard]] Point place(std::int64_t i) const { return on_circle(centre_, kRadius, turns(i)); }

  // Names stand in a column beside the circle, each as high as its switch or further from the
  // middle, so that leaders do not cross: switches from above to below, and how far below the
  // middle their names are.
  [[nodiscard]] std::vector<std::pair<std::int64_t, double>> names_of_side(bool right) const {
    std::vector<std::pair<std::int64_t, double>> side;
    if (drawn_ > kMostNamed) return side;
    for (std::int64_t i = 0; i < drawn_; ++i) {
      if ((2 * i < drawn_) == right) side.emplace_back(i, on_circle({0, 0}, kRadius, turns(i)).y);
    }
    if (!right) std::ranges::reverse(side);
    const auto below = static_cast<std::size_t>(
        std::ranges::find_if(side, [](const auto& at) { return at.second >= 0; }) - side.begin());
    for (std::size_t n = below + 1; n < side.size(); ++n) {
      side[n].second = std::max(side[n].second, side[n - 1].second + kLine);
    }
    for (std::size_t n = below; n-- > 0;) {
      if (n + 1 == side.size()) continue;
      side[n].second = std::min(side[n].second, side[n + 1].second - kLine);
    }
    return side;
  }

  void name(std::int64_t i, double y, bool right, double size) {
    const double way = right ? 1 : -1;
    const double x = centre_.x + way * kColumn;
    const Point at = place(i);
    canvas_.line({at.x + way * (size + 2), at.y}, {x - way * 4, y}, {"#b6bec4", 0.8});
    const std::int64_t nodes = canvas_.on_switch(i).nodes;
    std::string words = network_.shape().switch_name(i);
    if (nodes > 0) words += ": " + count_of(nodes, "node", "nodes");
    canvas_.label({x, y + 4}, words, canvas_.width() / 2 - kColumn - 6,
                  {12, right ? Anchor::start : Anchor::end});
  }

  const Network& network_;
  SvgCanvas& canvas_;
  Point centre_;
  std::int64_t drawn_;
};

}  // namespace

// draw() lets the page grow.
double NetworkShape::drawing_height() const { return 0; }

void NetworkShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  const std::vector<SwitchPair> pairs = joined_pairs(network, canvas);
  if (const auto levels = switch_levels(network, canvas, pairs)) {
    return draw_levels(network, *levels, pairs, canvas, top);
  }
  CircleDrawing(network, canvas, top).draw(pairs);
}

}  // namespace rehearse
