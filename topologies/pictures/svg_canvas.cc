#include "topologies/pictures/svg_canvas.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

#include "base/text_width.h"

namespace rehearse {
namespace {

constexpr double kRow = 22;
constexpr std::string_view kFailedColour = "#9aa3aa";

struct Shade {
  double above;  // loads above this, of the busiest link's
  std::string_view colour;
  double width;
  const char* words;
};

// From pale to dark, so that it also shows without colours.
constexpr std::array<Shade, 6> kShades{{{-1, "#c3ccd3", 0.7, "none"},
                                        {0, "#f2b661", 1.0, "up to 20 %"},
                                        {0.2, "#ee8f3c", 1.3, "to 40 %"},
                                        {0.4, "#dd5f2c", 1.7, "to 60 %"},
                                        {0.6, "#b3301f", 2.2, "to 80 %"},
                                        {0.8, "#6b0d16", 2.8, "to 100 %"}}};

// A load from which on a link is the busiest, up to rounding.
constexpr double kAll = 1 - 1e-6;

const Shade& shade_of(double load) {
  // A load that only rounding lifts above a bound stays below it.
  constexpr double kRounding = 1e-9;
  const auto above = [&](const Shade& shade) { return load > shade.above + kRounding; };
  const auto last = std::find_if(kShades.rbegin(), kShades.rend(), above);
  return last == kShades.rend() ? kShades.front() : *last;
}

// "5.9 %"
std::string percent_of(double share) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), 100 * share,
                                 std::chars_format::fixed, 1);
  return std::string(buffer.data(), end.ptr) + " %";
}

}  // namespace

Point on_circle(Point centre, double radius, double turns) {
  const double angle = 2 * std::numbers::pi * turns;
  return {centre.x + radius * std::sin(angle), centre.y - radius * std::cos(angle)};
}

SvgCanvas::SvgCanvas(const Network& network, const PatternLoad* load)
    : SvgPage(kPictureWidth, 0),
      network_(network),
      load_(load),
      kinds_(network),
      hanging_(static_cast<std::size_t>(network.switches())) {
  std::vector<NodeId> last(hanging_.size(), -1);  // the node that was counted last
  for (NodeId node = 0; node < network.nodes(); ++node) {
    for (int nic = 0; nic < network.nics_per_node(); ++nic) {
      const auto leaf = static_cast<std::size_t>(network.leaf_of(node, nic));
      Hanging& on = hanging_[leaf];
      on.nodes += last[leaf] == node ? 0 : 1;
      last[leaf] = node;
      ++on.nics;
      on.link = busier(on.link, network.injection_link(node, nic));
    }
  }
  for (LinkId id = 0; id < network.links() && !has_failed_; ++id) has_failed_ = !network.works(id);
}

double SvgCanvas::load_of(LinkId link) const {
  if (load_ == nullptr || !(load_->traffic.bottleneck > Duration(0))) return 0;
  const auto of = [&](LinkId id) {
    const Bytes bytes(load_->traffic.bytes[static_cast<std::size_t>(id)]);
    return bytes / network_.link(id).bandwidth / load_->traffic.bottleneck;
  };
  return std::max(of(link), of(Network::reverse(link)));
}

std::string SvgCanvas::load_words(LinkId link) const { return percent_of(load_of(link)); }

LinkId SvgCanvas::busier(LinkId a, LinkId b) const {
  if (a < 0) return b;
  if (b < 0) return a;
  if (!network_.works(a) || !network_.works(b)) return network_.works(a) ? a : b;
  return load_of(b) > load_of(a) ? b : a;
}

void SvgCanvas::links(std::vector<LinkLine> lines) {
  if (load_ != nullptr) {
    std::ranges::stable_sort(lines, {}, [&](const LinkLine& line) { return load_of(line.link); });
  }
  for (const LinkLine& drawn : lines) {
    const DrawnKind& kind = kinds_.of(network_.link(drawn.link));
    drawn_.insert(&kind);
    // A line of several links stands for the busiest of them.
    busiest_drawn_ = busiest_drawn_ || (load_ != nullptr && load_of(drawn.link) >= kAll);
    if (!network_.works(drawn.link)) {
      line(drawn.a, drawn.b, {kFailedColour, std::min(1.0, drawn.weight), "3 4"});
      failed_drawn_ = true;
    } else if (load_ != nullptr) {
      const Shade& shade = shade_of(load_of(drawn.link));
      line(drawn.a, drawn.b, {shade.colour, shade.width * std::max(drawn.weight, 0.5)});
    } else {
      line(drawn.a, drawn.b, {kind.colour, kind.width * drawn.weight, {}, drawn.opacity});
    }
  }
}

void SvgCanvas::label(Point at, std::string_view words, double width, const Lettering& lettering) {
  text(at, fitted(words, lettering.size, width), lettering);
}

void SvgCanvas::label_outside(Point at, double turns, const std::string& first,
                              const std::string& second) {
  constexpr double kSize = 12, kLine = 14;
  const Point away = on_circle({0, 0}, 1, turns);
  const bool is_above = std::abs(away.x) < 0.3;
  const Anchor anchor = is_above ? Anchor::middle : away.x > 0 ? Anchor::start : Anchor::end;
  const double to_edge = std::min(at.x, width() - at.x);
  const double room = is_above ? 2 * to_edge : away.x > 0 ? width() - at.x : at.x;
  const double y = at.y - 3 + 13 * away.y;  // the page's y points down
  label({at.x, y}, first, room - 8, {kSize, anchor});
  label({at.x, y + kLine}, second, room - 8, {kSize, anchor});
}

void SvgCanvas::load_scale(double& y) {
  y += kRow;
  const double room = kPictureWidth - 2 * kPictureMargin;
  label({kPictureMargin, y},
        "Load of a link in its busier direction, as a share of the busiest link's, when all nodes "
        "send (" +
            load_->pattern + (load_->exact ? "" : ", a sample") + "):",
        room, {});
  y += kRow;
  double x = kPictureMargin;
  for (const Shade& shade : kShades) {
    line({x, y - 4}, {x + 36, y - 4}, {shade.colour, 2 * shade.width});
    text({x + 44, y}, shade.words, {});
    x += 150;
  }
  if (load_->traffic.busiest < 0) return;
  y += kRow;
  label({kPictureMargin, y},
        std::string("Busiest link") + (busiest_drawn_ ? ": " : " (not drawn): ") +
            network_.link_name(load_->traffic.busiest),
        room, {});
  y += kRow;
  text({kPictureMargin, y},
       "With that link at its full rate " + percent_of(load_->share) +
           " of what the NICs of all nodes can send arrives.",
       {});
}

void SvgCanvas::finish(double y) {
  const double room = kPictureWidth - 2 * kPictureMargin;
  for (const std::string& note : notes_) {
    for (const std::string& words : wrapped(note, 13, room, 3)) {
      y += kRow;
      text({kPictureMargin, y}, words, {});
    }
  }
  if (load_ != nullptr) load_scale(y);
  for (const DrawnKind& kind : kinds_.all()) {
    y += kRow;
    const double x = load_ == nullptr ? kPictureMargin + 50 : kPictureMargin;
    const bool is_drawn = drawn_.contains(&kind);
    if (load_ == nullptr && is_drawn) {
      line({kPictureMargin, y - 4}, {kPictureMargin + 40, y - 4}, {kind.colour, kind.width + 2});
    }
    label({x, y}, LinkKinds::words(kind) + (is_drawn ? "" : "; not drawn"), room - 50, {});
  }
  if (failed_drawn_) {
    y += kRow;
    line({kPictureMargin, y - 4}, {kPictureMargin + 40, y - 4}, {kFailedColour, 1, "3 4"});
    text({kPictureMargin + 50, y}, "failed", {});
  }
  grow_to(y + 20);
}

std::string count_of(std::int64_t count, std::string_view noun, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? noun : plural);
}

}  // namespace rehearse
