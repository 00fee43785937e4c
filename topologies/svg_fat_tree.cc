#include <algorithm>

#include "topologies/fat_tree.h"
#include "topologies/svg_canvas.h"

namespace rehearse {
namespace {

constexpr double kRow = 150;
constexpr double kMargin = 30;
constexpr std::int64_t kMostSwitches = 160;  // of a tree that is drawn switch by switch
constexpr std::int64_t kMostLeaves = 40;
constexpr std::int64_t kMostBoxes = 12;  // per row of a tree that is drawn by subtrees

double spread(double width, std::int64_t index, std::int64_t count) {
  return kMargin +
         (width - 2 * kMargin) * (static_cast<double>(index) + 0.5) / static_cast<double>(count);
}

std::string level_name(const FatTreeShape& tree, int level) {
  if (level == 0) return "leaf";
  return level + 1 == tree.levels() ? "top" : "level " + std::to_string(level);
}

// Nodes with a NIC on one of `count` leaves.
std::int64_t nodes_on_leaves(const Network& network, const FatTreeShape& tree, std::int64_t first,
                             std::int64_t count) {
  const std::int64_t begin = first / tree.rails() * tree.down(0);
  const std::int64_t end = ((first + count - 1) / tree.rails() + 1) * tree.down(0);
  return std::clamp<std::int64_t>(network.nodes() - begin, 0, end - begin);
}

void draw_every_switch(const Network& network, const FatTreeShape& tree, SvgCanvas& canvas,
                       double top) {
  const auto place = [&](int level, std::int64_t within) {
    const std::int64_t row = tree.subtrees(level) * tree.columns(level);
    return Point{spread(canvas.width(), within, row),
                 top + kRow * (tree.levels() - 1 - level) + 30};
  };
  for (auto id = static_cast<LinkId>(network.first_edge_link()); id < network.links(); id += 2) {
    const Link link = network.link(id);
    const auto ends = [&](VertexId vertex) {
      const FatTreeShape::Place at = tree.place_of(vertex - network.first_switch());
      return place(at.level, at.subtree * tree.columns(at.level) + at.column);
    };
    canvas.line(ends(link.from), ends(link.to), colour_of(link.cls));
  }
  for (int level = 0; level < tree.levels(); ++level) {
    const std::int64_t row = tree.subtrees(level) * tree.columns(level);
    const double width =
        std::min(40.0, 0.7 * (canvas.width() - 2 * kMargin) / static_cast<double>(row));
    for (std::int64_t i = 0; i < row; ++i) {
      const Point at = place(level, i);
      canvas.box({at.x - width / 2, at.y - 9}, width, 18, kSwitchFill, kSwitchFill);
      if (level > 0) continue;
      const std::int64_t nodes = nodes_on_leaves(network, tree, i, 1);
      canvas.line({at.x, at.y + 9}, {at.x, at.y + 40}, colour_of(LinkClass::injection), 2);
      canvas.circle({at.x, at.y + 50}, 13, kNodeFill, kOutline);
      canvas.text({at.x, at.y + 55}, std::to_string(nodes));
    }
    canvas.text({30, place(level, 0).y - 20}, level_name(tree, level), 13, "start");
  }
  canvas.text({30, place(0, 0).y + 88}, "circles: nodes on the leaf", 13, "start");
}

// A zoom: each row shows the parts of the first box of the row above.
void draw_by_subtrees(const Network& network, const FatTreeShape& tree, SvgCanvas& canvas,
                      double top) {
  Point parent{canvas.width() / 2, 0};
  for (int level = tree.levels() - 1; level >= 0; --level) {
    const bool is_top = level + 1 == tree.levels();
    const std::int64_t parts = is_top ? 1 : tree.down(level + 1);
    const std::int64_t drawn = std::min(parts, kMostBoxes);
    const std::int64_t slots = drawn + (drawn < parts ? 1 : 0);
    const double y = top + kRow * (tree.levels() - 1 - level) + 30;
    const double width =
        std::min(170.0, 0.86 * (canvas.width() - 2 * kMargin) / static_cast<double>(slots));
    for (std::int64_t i = 0; i < drawn; ++i) {
      const Point at{spread(canvas.width(), i, slots), y};
      if (!is_top)
        canvas.line({parent.x, parent.y + 22}, {at.x, y - 22}, colour_of(LinkClass::up), 2);
      canvas.box({at.x - width / 2, y - 22}, width, 44, i == 0 ? "#b9ccd3" : "#e4ecef", kOutline);
      canvas.text({at.x, y - 3}, count_of(tree.columns(level), "switch", "switches"), 12);
      const std::int64_t leaves = tree.nodes_below(level) / tree.down(0);
      const std::int64_t nodes = nodes_on_leaves(network, tree, i * leaves, leaves);
      canvas.text({at.x, y + 14}, count_of(nodes, "node", "nodes"), 12);
    }
    if (drawn < parts) {
      canvas.text({spread(canvas.width(), drawn, slots), y + 5},
                  std::to_string(parts - drawn) + " more");
    }
    std::string name = level_name(tree, level);
    if (!is_top)
      name +=
          ", " + std::to_string(tree.columns(level) * tree.up(level)) + " links up from each box";
    canvas.text({30, y - 30}, name, 13, "start");
    parent = {spread(canvas.width(), 0, slots), y};
  }
  canvas.text({30, parent.y + 60}, "Each row shows the parts of the first box of the row above.",
              13, "start");
}

}  // namespace

void FatTreeShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  const FatTreeShape& tree = *this;
  if (tree.switches() <= kMostSwitches && tree.subtrees(0) <= kMostLeaves) {
    draw_every_switch(network, tree, canvas, top);
  } else {
    draw_by_subtrees(network, tree, canvas, top);
  }
}

}  // namespace rehearse
