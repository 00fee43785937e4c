// Slim Fly as two rows of circles, the lines of its two subgraphs.
#include <algorithm>

#include "topologies/pictures/svg_canvas.h"
#include "topologies/shapes/slim_fly.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostLines = 25;   // of a subgraph
constexpr std::int64_t kMostChords = 13;  // switches of a line whose links are drawn one by one
constexpr double kBetween = 400;          // from one row to the other
constexpr double kRadius = 70;            // of a circle, at most
constexpr double kName = 24;              // room for the name of a circle

class SlimFlyDrawing {
 public:
  SlimFlyDrawing(const Network& network, const SlimFlyShape& shape, SvgCanvas& canvas, double top)
      : network_(network),
        shape_(shape),
        canvas_(canvas),
        drawn_(std::min(shape.q(), kMostLines)),
        slot_((kPictureWidth - 2 * kPictureMargin) / static_cast<double>(drawn_)),
        radius_(std::min(kRadius, 0.44 * slot_)),
        upper_(top + kName + radius_) {}

  void draw() {
    collect();
    canvas_.links(between_);
    for (std::int64_t subgraph : {0, 1}) {
      for (std::int64_t line = 0; line < drawn_; ++line) draw_outline(subgraph, line);
    }
    canvas_.links(inside_);
    for (std::int64_t subgraph : {0, 1}) {
      for (std::int64_t line = 0; line < drawn_; ++line) draw_switches(subgraph, line);
    }
    const std::string q = std::to_string(shape_.q());
    canvas_.note("Circles above: the lines x of subgraph 0; below: the lines m of subgraph 1; " +
                 q + " switches each. Every line between two circles stands for the " + q +
                 " links between their switches" +
                 (canvas_.shows_load() ? ", with the load of the busiest."
                                       : "; those of x = 0 are drawn strongly."));
    std::string words;
    if (drawn_ < shape_.q()) {
      words = std::to_string(drawn_) + " of " + q + " lines of each subgraph are drawn. ";
    }
    if (shape_.q() > kMostChords) words += "The links inside a circle are not drawn.";
    if (!words.empty()) canvas_.note(words);
  }

 private:
  [[nodiscard]] Point centre(std::int64_t subgraph, std::int64_t line) const {
    return {kPictureMargin + slot_ * (static_cast<double>(line) + 0.5),
            subgraph == 0 ? upper_ : upper_ + kBetween};
  }

  [[nodiscard]] Point place(const SlimFlyShape::SwitchLabel& at) const {
    return on_circle(centre(at.subgraph, at.line), 0.72 * radius_,
                     static_cast<double>(at.point) / static_cast<double>(shape_.q()));
  }

  // Links inside lines as they are; those between two lines as one.
  void collect() {
    std::vector<LinkId> busiest(static_cast<std::size_t>(drawn_ * drawn_), -1);
    std::int64_t edge = 0;
    shape_.each_edge([&](const NetworkShape::Edge& ends) {
      const LinkId link = network_.edge_link(edge++);
      const SlimFlyShape::SwitchLabel a = shape_.label_of(ends.a);
      const SlimFlyShape::SwitchLabel b = shape_.label_of(ends.b);
      if (std::max(a.line, b.line) >= drawn_) return;
      if (a.subgraph == b.subgraph) {
        if (shape_.q() <= kMostChords) inside_.push_back({place(a), place(b), link, 0.7});
        return;
      }
      const std::int64_t x = a.subgraph == 0 ? a.line : b.line;
      const std::int64_t m = a.subgraph == 0 ? b.line : a.line;
      LinkId& of_pair = busiest[static_cast<std::size_t>(x * drawn_ + m)];
      of_pair = canvas_.busier(of_pair, link);
    });
    // The first line comes last, on top.
    for (std::int64_t x = drawn_ - 1; x >= 0; --x) {
      for (std::int64_t m = 0; m < drawn_; ++m) {
        Point from = centre(0, x);
        Point to = centre(1, m);
        from.y += radius_;
        to.y -= radius_;
        between_.push_back({from, to, busiest[static_cast<std::size_t>(x * drawn_ + m)],
                            x == 0 && !canvas_.shows_load() ? 1.8 : 0.8, x == 0 ? 1 : 0.35});
      }
    }
  }

  void draw_outline(std::int64_t subgraph, std::int64_t line) {
    const Point at = centre(subgraph, line);
    canvas_.circle(at, radius_, kGroupFill, kOutline);
    const std::string name = (subgraph == 0 ? "x = " : "m = ") + std::to_string(line);
    const double y = subgraph == 0 ? at.y - radius_ - 8 : at.y + radius_ + 18;
    canvas_.label({at.x, y}, slot_ > 50 ? name : std::to_string(line), slot_, {12, Anchor::middle});
  }

  void draw_switches(std::int64_t subgraph, std::int64_t line) {
    const double size = std::clamp(1.6 * radius_ / static_cast<double>(shape_.q()), 1.2, 6.0);
    for (std::int64_t point = 0; point < shape_.q(); ++point) {
      canvas_.circle(place({subgraph, line, point}), size, kSwitchFill, "white");
    }
  }

  const Network& network_;
  const SlimFlyShape& shape_;
  SvgCanvas& canvas_;
  std::int64_t drawn_;
  double slot_, radius_, upper_;
  std::vector<SvgCanvas::LinkLine> inside_, between_;
};

}  // namespace

double SlimFlyShape::drawing_height() const { return kBetween + 2 * (kRadius + kName); }

void SlimFlyShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  SlimFlyDrawing(network, *this, canvas, top).draw();
}

}  // namespace rehearse
