#include "topologies/pictures/svg_tree.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>

#include "base/text_width.h"

namespace rehearse {
namespace {

constexpr double kPitch = 27;  // from one row to the next
constexpr double kBox = 20;    // height of a switch
constexpr std::int64_t kMostRows = 60;

using Neighbours = std::vector<std::vector<std::int64_t>>;

Neighbours neighbours_of(std::int64_t switches, const std::vector<SwitchPair>& pairs) {
  Neighbours neighbours(static_cast<std::size_t>(switches));
  for (const SwitchPair& pair : pairs) {
    neighbours[static_cast<std::size_t>(pair.a)].push_back(pair.b);
    neighbours[static_cast<std::size_t>(pair.b)].push_back(pair.a);
  }
  return neighbours;
}

// Steps from the nearest of `starts`; -1 where no way leads.
std::vector<int> distances(const Neighbours& neighbours, const std::vector<std::int64_t>& starts) {
  std::vector<int> distance(neighbours.size(), -1);
  std::queue<std::int64_t> next;
  for (const std::int64_t start : starts) {
    distance[static_cast<std::size_t>(start)] = 0;
    next.push(start);
  }
  for (; !next.empty(); next.pop()) {
    const auto at = static_cast<std::size_t>(next.front());
    for (const std::int64_t to : neighbours[at]) {
      if (distance[static_cast<std::size_t>(to)] >= 0) continue;
      distance[static_cast<std::size_t>(to)] = distance[at] + 1;
      next.push(to);
    }
  }
  return distance;
}

// The switch of a tree that is farthest from its ends; of two, one that holds no nodes.
std::int64_t middle_of(const Neighbours& tree, const SvgCanvas& canvas) {
  std::vector<std::size_t> degree;
  std::vector<std::int64_t> ends;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    degree.push_back(tree[i].size());
    if (degree[i] <= 1) ends.push_back(static_cast<std::int64_t>(i));
  }
  std::size_t left = tree.size();
  while (left > 2) {
    left -= ends.size();
    std::vector<std::int64_t> inner;
    for (const std::int64_t end : ends) {
      for (const std::int64_t to : tree[static_cast<std::size_t>(end)]) {
        if (--degree[static_cast<std::size_t>(to)] == 1) inner.push_back(to);
      }
    }
    ends = std::move(inner);
  }
  const auto holds_none = [&](std::int64_t end) { return canvas.on_switch(end).nodes == 0; };
  const auto best = std::find_if(ends.begin(), ends.end(), holds_none);
  return best == ends.end() ? ends.front() : *best;
}

class LevelDrawing {
 public:
  LevelDrawing(const Network& network, const std::vector<int>& levels,
               const std::vector<SwitchPair>& pairs, SvgCanvas& canvas, double top)
      : network_(network),
        levels_(levels),
        pairs_(pairs),
        canvas_(canvas),
        top_(top),
        columns_(1 + *std::max_element(levels.begin(), levels.end())),
        width_((kPictureWidth - 2 * kPictureMargin - 40) / static_cast<double>(columns_)),
        box_(std::min(300.0, 0.66 * width_)),
        below_(levels.size()),
        above_(levels.size()),
        row_(levels.size(), -1) {
    for (const SwitchPair& pair : pairs_) {
      const bool down = level(pair.a) < level(pair.b);
      below_[static_cast<std::size_t>(down ? pair.a : pair.b)].push_back(down ? pair.b : pair.a);
      above_[static_cast<std::size_t>(down ? pair.b : pair.a)].push_back(down ? pair.a : pair.b);
    }
  }

  void draw() {
    const bool is_tree = std::ranges::all_of(above_, [](const auto& up) { return up.size() <= 1; });
    is_tree ? place_tree() : place_columns();
    draw_links();
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      if (row_[i] >= 0) draw_switch(static_cast<std::int64_t>(i));
    }
    for (const auto& [at, words] : more_) canvas_.label(at, words, box_, {.size = 12});
    canvas_.grow_to(top_ + kPitch * rows_ + 10);
  }

 private:
  [[nodiscard]] int level(std::int64_t i) const { return levels_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] double left(int column) const {
    return kPictureMargin + width_ * static_cast<double>(column);
  }
  [[nodiscard]] double y_of(double row) const { return top_ + kPitch * (row + 0.5); }

  // Rows that the part of a tree below a switch takes if of each switch at most `most` are drawn.
  [[nodiscard]] std::int64_t rows_below(std::int64_t at, std::int64_t most) const {
    const auto& children = below_[static_cast<std::size_t>(at)];
    const auto all = static_cast<std::int64_t>(children.size());
    std::int64_t rows = all > most ? 1 : 0;
    for (std::int64_t i = 0; i < std::min(all, most); ++i) {
      rows += rows_below(children[static_cast<std::size_t>(i)], most);
    }
    return std::max<std::int64_t>(rows, 1);
  }

  [[nodiscard]] std::int64_t nodes_below(std::int64_t at) const {
    std::int64_t nodes = canvas_.on_switch(at).nodes;
    for (const std::int64_t child : below_[static_cast<std::size_t>(at)]) {
      nodes += nodes_below(child);
    }
    return nodes;
  }

  void place_tree() {
    std::int64_t root = 0;
    while (level(root) > 0) ++root;
    std::int64_t most = static_cast<std::int64_t>(levels_.size());
    while (most > 1 && rows_below(root, most) > kMostRows)
      most = std::max<std::int64_t>(1, most * 3 / 4);
    place_below(root, most);
  }

  // A switch stands in the middle of those below it.
  void place_below(std::int64_t at, std::int64_t most) {
    const auto& children = below_[static_cast<std::size_t>(at)];
    double& row = row_[static_cast<std::size_t>(at)];
    if (children.empty()) {
      row = rows_++;
      return;
    }
    const auto all = static_cast<std::int64_t>(children.size());
    const std::int64_t drawn = std::min(all, most);
    for (std::int64_t i = 0; i < drawn; ++i) {
      place_below(children[static_cast<std::size_t>(i)], most);
    }
    const double first = row_[static_cast<std::size_t>(children.front())];
    const double last =
        row_[static_cast<std::size_t>(children[static_cast<std::size_t>(drawn - 1)])];
    row = (first + last) / 2;
    if (drawn == all) return;
    std::int64_t nodes = 0;
    for (std::int64_t i = drawn; i < all; ++i) {
      nodes += nodes_below(children[static_cast<std::size_t>(i)]);
    }
    add_more(level(at) + 1, rows_++, all - drawn, nodes);
  }

  void add_more(int column, double row, std::int64_t switches, std::int64_t nodes) {
    std::string words = "and " + std::to_string(switches) + " more";
    if (nodes > 0) words += ", " + count_of(nodes, "node", "nodes");
    more_.emplace_back(Point{left(column) + 4, y_of(row) + 4}, std::move(words));
  }

  // Switches of a level are ordered by the mean row of those below them, and spread.
  void place_columns() {
    std::vector<std::vector<std::int64_t>> columns(static_cast<std::size_t>(columns_));
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      columns[static_cast<std::size_t>(levels_[i])].push_back(static_cast<std::int64_t>(i));
    }
    for (const auto& column : columns) {
      const auto size = static_cast<std::int64_t>(column.size());
      rows_ = std::max(rows_, static_cast<double>(size > kMostRows ? kMostRows + 1 : size));
    }
    for (int level = columns_ - 1; level >= 0; --level) {
      auto& column = columns[static_cast<std::size_t>(level)];
      std::ranges::stable_sort(column, {}, [&](std::int64_t i) { return mean_row_below(i); });
      const auto all = static_cast<std::int64_t>(column.size());
      const std::int64_t drawn = std::min(all, kMostRows);
      const double pitch = rows_ / static_cast<double>(all > drawn ? drawn + 1 : drawn);
      for (std::int64_t i = 0; i < drawn; ++i) {
        row_[static_cast<std::size_t>(column[static_cast<std::size_t>(i)])] =
            (static_cast<double>(i) + 0.5) * pitch - 0.5;
      }
      if (drawn == all) continue;
      std::int64_t nodes = 0;
      for (std::int64_t i = drawn; i < all; ++i) {
        nodes += canvas_.on_switch(column[static_cast<std::size_t>(i)]).nodes;
      }
      add_more(level, rows_ - 1, all - drawn, nodes);
    }
  }

  [[nodiscard]] double mean_row_below(std::int64_t at) const {
    double sum = 0, count = 0;
    for (const std::int64_t child : below_[static_cast<std::size_t>(at)]) {
      const double row = row_[static_cast<std::size_t>(child)];
      if (row < 0) continue;
      sum += row;
      ++count;
    }
    return count > 0 ? sum / count : 0;
  }

  void draw_links() {
    std::vector<SvgCanvas::LinkLine> lines;
    bool several = false;
    const double weight = std::clamp(800.0 / static_cast<double>(pairs_.size() + 1), 0.4, 1.0);
    for (const SwitchPair& pair : pairs_) {
      const bool down = level(pair.a) < level(pair.b);
      const std::int64_t upper = down ? pair.a : pair.b;
      const std::int64_t lower = down ? pair.b : pair.a;
      const double from = row_[static_cast<std::size_t>(upper)];
      const double to = row_[static_cast<std::size_t>(lower)];
      if (from < 0 || to < 0) continue;
      const auto wider = static_cast<double>(std::min<std::int64_t>(pair.connections, 4));
      lines.push_back({{left(level(upper)) + box_, y_of(from)},
                       {left(level(lower)), y_of(to)},
                       pair.link,
                       weight * (0.6 + 0.4 * wider)});
      several = several || pair.connections > 1;
    }
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const SvgCanvas::Hanging& on = canvas_.on_switch(static_cast<std::int64_t>(i));
      if (row_[i] < 0 || on.nics == 0 || !below_[i].empty()) continue;
      const double x = left(levels_[i]) + box_;
      lines.push_back({{x, y_of(row_[i])}, {x + 22, y_of(row_[i])}, on.link, 1.5});
    }
    canvas_.links(std::move(lines));
    if (several) canvas_.note("A wider line stands for several connections.");
  }

  void draw_switch(std::int64_t i) {
    const double y = y_of(row_[static_cast<std::size_t>(i)]);
    const double x = left(level(i));
    const SvgCanvas::Hanging& on = canvas_.on_switch(i);
    canvas_.box({x, y - kBox / 2}, box_, kBox, on.nodes > 0 ? kNodeFill : "#b9ccd3", kOutline);
    const std::string nodes = on.nodes > 0 ? ": " + count_of(on.nodes, "node", "nodes") : "";
    const double room = box_ - 10 - text_width(nodes, 12);
    canvas_.label({x + 5, y + 4}, fitted(network_.shape().switch_name(i), 12, room) + nodes,
                  box_ - 8, {12, Anchor::start, "#1d2429"});
    if (on.nics > 0 && below_[static_cast<std::size_t>(i)].empty()) {
      canvas_.circle({x + box_ + 26, y}, 4, kNodeFill, kOutline);
    }
  }

  const Network& network_;
  const std::vector<int>& levels_;
  const std::vector<SwitchPair>& pairs_;
  SvgCanvas& canvas_;
  double top_;
  int columns_;
  double width_, box_;  // of a column, of a switch
  Neighbours below_, above_;
  std::vector<double> row_;  // of each switch; -1: not drawn
  double rows_ = 0;
  std::vector<std::pair<Point, std::string>> more_;
};

}  // namespace

std::vector<SwitchPair> joined_pairs(const Network& network, const SvgCanvas& canvas) {
  std::map<std::pair<std::int64_t, std::int64_t>, SwitchPair> found;
  std::int64_t edge = 0;
  network.shape().each_edge([&](const NetworkShape::Edge& ends) {
    const LinkId link = network.edge_link(edge++);
    const auto [a, b] = std::minmax(ends.a, ends.b);
    if (a == b) return;
    SwitchPair& pair = found.try_emplace({a, b}, SwitchPair{a, b, -1, 0}).first->second;
    pair.link = canvas.busier(pair.link, link);
    ++pair.connections;
  });
  std::vector<SwitchPair> pairs;
  pairs.reserve(found.size());
  for (const auto& [ends, pair] : found) pairs.push_back(pair);
  return pairs;
}

std::optional<std::vector<int>> switch_levels(const Network& network, const SvgCanvas& canvas,
                                              const std::vector<SwitchPair>& pairs) {
  const std::int64_t switches = network.switches();
  const Neighbours neighbours = neighbours_of(switches, pairs);
  std::vector<std::int64_t> starts;
  const bool is_tree = static_cast<std::int64_t>(pairs.size()) == switches - 1;
  if (switches < 2) return {};
  if (is_tree) {
    const std::vector<int> reached = distances(neighbours, {0});
    if (std::ranges::find(reached, -1) != reached.end()) return {};
    starts.push_back(middle_of(neighbours, canvas));
  } else {
    for (std::int64_t i = 0; i < switches; ++i) {
      if (canvas.on_switch(i).nodes > 0) starts.push_back(i);
    }
  }
  std::vector<int> levels = distances(neighbours, starts);
  if (std::ranges::find(levels, -1) != levels.end()) return {};
  const int deepest = *std::ranges::max_element(levels);
  if (deepest >= kMostLevels) return {};
  if (is_tree) return levels;
  for (const SwitchPair& pair : pairs) {
    if (levels[static_cast<std::size_t>(pair.a)] == levels[static_cast<std::size_t>(pair.b)]) {
      return {};
    }
  }
  for (int& level : levels) level = deepest - level;
  return levels;
}

void draw_levels(const Network& network, const std::vector<int>& levels,
                 const std::vector<SwitchPair>& pairs, SvgCanvas& canvas, double top) {
  LevelDrawing(network, levels, pairs, canvas, top).draw();
}

}  // namespace rehearse
