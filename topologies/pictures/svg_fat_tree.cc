// Fat-trees level by level, the top above and the nodes below.
#include <algorithm>

#include "base/text_width.h"
#include "topologies/pictures/svg_canvas.h"
#include "topologies/shapes/fat_tree.h"

namespace rehearse {
namespace {

constexpr double kRow = 150;
constexpr double kHalf = 22;                 // of a box that holds two lines of words
constexpr double kNames = 170;               // width of the column of level names on the left
constexpr std::int64_t kMostSwitches = 160;  // of a tree that is drawn switch by switch
constexpr std::int64_t kMostLeaves = 40;
constexpr std::int64_t kMostStrong = 200;  // links; of more those of the first leaf
constexpr std::int64_t kMostBoxes = 10;    // per row of a tree that is drawn by subtrees

std::string level_name(const FatTreeShape& tree, int level) {
  if (level == 0) return "leaf";
  return level + 1 == tree.levels() ? "top" : "level " + std::to_string(level);
}

class FatTreeDrawing {
 public:
  FatTreeDrawing(const Network& network, const FatTreeShape& tree, SvgCanvas& canvas, double top)
      : network_(network), tree_(tree), canvas_(canvas), top_(top) {}

  void draw() {
    const bool each = tree_.switches() <= kMostSwitches && tree_.subtrees(0) <= kMostLeaves;
    each ? draw_every_switch() : draw_by_subtrees();
    if (tree_.rails() > 1) {
      canvas_.note("NIC i of a node hangs on rail i mod " + std::to_string(tree_.rails()) +
                   "; the leaves of a group of nodes stand in the order of their rails.");
    }
  }

 private:
  [[nodiscard]] static double slot(std::int64_t count) {
    return (kPictureWidth - kNames - kPictureMargin) / static_cast<double>(count);
  }
  [[nodiscard]] static double spread(std::int64_t index, std::int64_t count) {
    return kNames + slot(count) * (static_cast<double>(index) + 0.5);
  }
  [[nodiscard]] double row_y(int level) const {
    return top_ + kRow * (tree_.levels() - 1 - level) + 30;
  }

  void name_row(double y, const std::string& words) {
    const auto lines = wrapped(words, 12, kNames - kPictureMargin - 10, 3);
    y += 4 - 7 * static_cast<double>(lines.size() - 1);
    for (const std::string& line : lines) {
      canvas_.text({kPictureMargin, y}, line, {.size = 12});
      y += 14;
    }
  }

  // The nodes on `count` leaves from `first` on, which are drawn at the same places of `slots`.
  void draw_nodes(std::int64_t first, std::int64_t count, std::int64_t slots, double leaf_bottom) {
    const double y = leaf_bottom + 42;
    const double width = 0.86 * slot(slots);
    const Point left{spread(first, slots) - width / 2, y};
    const double right = spread(first + count - 1, slots) + width / 2;
    std::int64_t nodes = 0;
    for (std::int64_t i = first; i < first + count; ++i) {
      const SvgCanvas::Hanging& on = canvas_.on_switch(tree_.switch_at(0, i, 0));
      nodes = std::max(nodes, on.nodes);
      if (on.nics == 0) continue;
      const double x = spread(i, slots);
      canvas_.link({x, leaf_bottom}, {x, y}, on.link, width > 12 ? 2 : 1);
    }
    canvas_.box(left, right - left.x, 26, kNodeFill, kOutline);
    const double room = right - left.x - 4;
    const std::string longer = count_of(nodes, "node", "nodes");
    const bool fits = text_width(longer, 11) <= room;
    const std::string words = fits ? longer : std::to_string(nodes);
    if (text_width(words, 11) > room) return;
    canvas_.text({(left.x + right) / 2, y + 17}, words, {11, Anchor::middle, "#1d2429"});
  }

  void draw_every_switch() {
    const auto row_of = [&](int level) { return tree_.subtrees(level) * tree_.columns(level); };
    const auto place = [&](std::int64_t index) {
      const FatTreeShape::TreePosition at = tree_.position_of(index);
      const std::int64_t within = at.subtree * tree_.columns(at.level) + at.column;
      return Point{spread(within, row_of(at.level)), row_y(at.level)};
    };
    std::vector<SvgCanvas::LinkLine> lines, first_leaf;
    std::int64_t edge = 0;
    const double weight = std::clamp(600.0 / static_cast<double>(tree_.edges() + 1), 0.4, 1.0);
    const bool faded = tree_.edges() > kMostStrong && !canvas_.shows_load();
    tree_.each_edge([&](const NetworkShape::Edge& ends) {
      const LinkId link = network_.edge_link(edge++);
      const bool is_first = std::min(ends.a, ends.b) == tree_.switch_at(0, 0, 0);
      if (faded && is_first) {
        first_leaf.push_back({place(ends.a), place(ends.b), link, 1.5});
      } else {
        lines.push_back({place(ends.a), place(ends.b), link, weight, faded ? 0.35 : 1});
      }
    });
    canvas_.links(std::move(lines));
    canvas_.links(std::move(first_leaf));
    if (faded) canvas_.note("The links of the first leaf are drawn strongly.");
    const std::int64_t leaves = row_of(0);
    for (std::int64_t first = 0; first < leaves; first += tree_.rails()) {
      draw_nodes(first, tree_.rails(), leaves, row_y(0) + 9);
    }
    for (int level = 0; level < tree_.levels(); ++level) {
      const std::int64_t row = row_of(level);
      const double width = std::min(40.0, 0.7 * slot(row));
      for (std::int64_t i = 0; i < row; ++i) {
        const Point at{spread(i, row), row_y(level)};
        canvas_.box({at.x - width / 2, at.y - 9}, width, 18, kSwitchFill, kSwitchFill);
        const std::string rail = std::to_string(i % tree_.rails());
        if (level > 0 || tree_.rails() == 1 || text_width(rail, 11) > width - 2) continue;
        canvas_.text({at.x, at.y + 4}, rail, {11, Anchor::middle, "white"});
      }
      name_row(row_y(level), level_name(tree_, level) +
                                 (level == 0 && tree_.rails() > 1 ? ", by rail" : "") + ": " +
                                 count_of(row, "switch", "switches"));
    }
    name_row(row_y(0) + 9 + 42 + 13, "nodes on the leaf");
  }

  // The busiest link from a subtree upwards.
  [[nodiscard]] LinkId link_up(int level, std::int64_t subtree) const {
    LinkId busiest = -1;
    for (std::int64_t column = 0; column < tree_.columns(level); ++column) {
      for (std::int64_t port = 0; port < tree_.up(level); ++port) {
        busiest = canvas_.busier(busiest,
                                 network_.edge_link(tree_.edge_up(level, subtree, column, port)));
      }
    }
    return busiest;
  }

  // A zoom: each row shows the parts of the first box of the row above.
  void draw_by_subtrees() {
    Point parent;
    for (int level = tree_.levels() - 1; level >= 0; --level) {
      const bool is_top = level + 1 == tree_.levels();
      const std::int64_t parts = is_top ? 1 : tree_.down(level + 1);
      const std::int64_t drawn = std::min(parts, kMostBoxes);
      const std::int64_t slots = drawn + (drawn < parts ? 1 : 0);
      const double y = row_y(level);
      const double width = std::min(170.0, 0.92 * slot(slots));
      std::vector<SvgCanvas::LinkLine> lines;
      for (std::int64_t i = 0; i < drawn && !is_top; ++i) {
        lines.push_back(
            {{parent.x, parent.y + kHalf}, {spread(i, slots), y - kHalf}, link_up(level, i), 2});
      }
      canvas_.links(std::move(lines));
      for (std::int64_t i = 0; i < drawn; ++i) draw_part(level, i, {spread(i, slots), y}, width);
      if (drawn < parts) {
        canvas_.label({spread(drawn, slots), y + 5}, std::to_string(parts - drawn) + " more",
                      slot(slots), {.anchor = Anchor::middle});
      }
      std::string name = level_name(tree_, level);
      if (!is_top) {
        name += ", " + std::to_string(tree_.columns(level) * tree_.up(level)) +
                " links up from each box";
      }
      name_row(y, name);
      parent = {spread(0, slots), y};
      if (level > 0) continue;
      for (std::int64_t first = 0; first < drawn; first += tree_.rails()) {
        draw_nodes(first, std::min(tree_.rails(), drawn - first), slots, y + kHalf);
      }
    }
    canvas_.note("Each row shows the parts of the first box of the row above.");
  }

  void draw_part(int level, std::int64_t subtree, Point at, double width) {
    canvas_.box({at.x - width / 2, at.y - kHalf}, width, 2 * kHalf,
                subtree == 0 && level > 0 ? "#b9ccd3" : "#e4ecef", kOutline);
    const Lettering words{11, Anchor::middle, "#1d2429"};
    canvas_.label({at.x, at.y - 3}, count_of(tree_.columns(level), "switch", "switches"), width - 4,
                  words);
    if (level == 0 && tree_.rails() > 1) {
      canvas_.label({at.x, at.y + 14}, "rail " + std::to_string(subtree % tree_.rails()), width - 4,
                    words);
      return;
    }
    canvas_.label({at.x, at.y + 14}, count_of(nodes_below(level, subtree), "node", "nodes"),
                  width - 4, words);
  }

  // Nodes with a NIC on one of the leaves of a subtree.
  [[nodiscard]] std::int64_t nodes_below(int level, std::int64_t subtree) const {
    const std::int64_t leaves = tree_.nodes_below(level) / tree_.down(0);
    const std::int64_t first = subtree * leaves;
    const std::int64_t begin = first / tree_.rails() * tree_.down(0);
    const std::int64_t end = ((first + leaves - 1) / tree_.rails() + 1) * tree_.down(0);
    return std::clamp<std::int64_t>(network_.nodes() - begin, 0, end - begin);
  }

  const Network& network_;
  const FatTreeShape& tree_;
  SvgCanvas& canvas_;
  double top_;
};

}  // namespace

double FatTreeShape::drawing_height() const { return kRow * (levels() - 1) + 130; }

void FatTreeShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  FatTreeDrawing(network, *this, canvas, top).draw();
}

}  // namespace rehearse
