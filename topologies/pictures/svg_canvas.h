// A sheet on which a picture of a network is drawn.
//
// Links are drawn in the colour of their kind (topologies/graph/link_kinds.h), or of their load
// where there is one. Words about the picture as a whole are notes, which stand below it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/svg_page.h"
#include "topologies/graph/link_kinds.h"
#include "topologies/graph/network.h"
#include "topologies/routing/traffic_patterns.h"

namespace rehearse {

inline constexpr double kPictureWidth = 1200;
inline constexpr double kPictureMargin = 30;

// The point that many turns, clockwise, from the top of a circle.
Point on_circle(Point centre, double radius, double turns);

class SvgCanvas : public SvgPage {
 public:
  // What hangs on a switch.
  struct Hanging {
    std::int64_t nodes = 0;  // with a NIC on it
    std::int64_t nics = 0;
    LinkId link = -1;  // the busiest injection link; the first where no load is drawn
  };
  struct LinkLine {
    Point a, b;
    LinkId link;        // for which it stands: the busiest of several
    double weight = 1;  // of the width of its kind
    double opacity = 1;
  };

  // `load`: null, or what the colours of the links say; the sheet keeps both.
  SvgCanvas(const Network& network, const PatternLoad* load);

  [[nodiscard]] const Hanging& on_switch(std::int64_t index) const {
    return hanging_[static_cast<std::size_t>(index)];
  }

  // Whether links of a kind look different: by their load, or because some failed.
  [[nodiscard]] bool shows_load() const { return load_ != nullptr; }
  [[nodiscard]] bool shows_each_link() const { return load_ != nullptr || has_failed_; }

  // "85.6 %": the load of a link, of the busiest link's, in the busier direction.
  [[nodiscard]] std::string load_words(LinkId link) const;

  // The more loaded of two, or the one that works; -1 stands for none. The first where no load is
  // drawn.
  [[nodiscard]] LinkId busier(LinkId a, LinkId b) const;

  // Busy ones on top. Links that failed are drawn with gaps, in grey.
  void links(std::vector<LinkLine> lines);
  void link(Point a, Point b, LinkId link, double weight = 1) { links({{a, b, link, weight}}); }

  void note(std::string words) { notes_.push_back(std::move(words)); }

  // Words in a line that are shortened to `width`.
  void label(Point at, std::string_view words, double width, const Lettering& lettering);

  // Two lines beside a thing on a circle, on its outer side: `at` is the place of the thing's outer
  // edge, that many turns from the top.
  void label_outside(Point at, double turns, const std::string& first, const std::string& second);

  // Notes, kinds of links and the scale of the load from `y` on; the page grows to hold them.
  void finish(double y);

 private:
  // 0 to 1: of the busiest, of the busier direction.
  [[nodiscard]] double load_of(LinkId link) const;
  void load_scale(double& y);

  const Network& network_;
  const PatternLoad* load_;
  LinkKinds kinds_;
  std::vector<Hanging> hanging_;
  std::vector<std::string> notes_;
  std::set<const DrawnKind*> drawn_;  // of kinds_
  bool busiest_drawn_ = false;
  bool has_failed_ = false, failed_drawn_ = false;
};

inline constexpr std::string_view kSwitchFill = "#264653";
inline constexpr std::string_view kNodeFill = "#dfe5ea";
inline constexpr std::string_view kGroupFill = "#f6f8f9";
inline constexpr std::string_view kOutline = "#5c6770";

// "1 node", "4 nodes"
std::string count_of(std::int64_t count, std::string_view noun, std::string_view plural);

}  // namespace rehearse
