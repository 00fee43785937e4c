#include "runtime/parallel/process_grid.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

constexpr std::array<std::string_view, 5> kWords{"tp", "cp", "ep", "dp", "pp"};

Error order_error(const std::string& order) {
  return Error::input("'" + order + "' is no order of ranks",
                      "it names each of tp, cp, ep, dp and pp once, the fastest first",
                      "write for example \"tp-cp-ep-dp-pp\"");
}

std::vector<std::string_view> words_of(const std::string& order) {
  std::vector<std::string_view> words;
  std::string_view rest = order;
  while (!rest.empty()) {
    const std::size_t dash = std::min(rest.find('-'), rest.size());
    words.push_back(rest.substr(0, dash));
    rest.remove_prefix(std::min(dash + 1, rest.size()));
  }
  for (const std::string_view word : kWords) {
    if (std::ranges::count(words, word) != 1 || words.size() != kWords.size()) {
      throw order_error(order);
    }
  }
  return words;
}

// For each rank its place on each of the axes of a grid, whose extents are by word; a word that is
// missing has one place.
std::map<std::string_view, std::vector<int>> places_of(
    int ranks, const std::vector<std::string_view>& order,
    const std::map<std::string_view, int>& extents) {
  std::map<std::string_view, std::vector<int>> places;
  int stride = 1;
  for (const std::string_view word : order) {
    const auto found = extents.find(word);
    const int extent = found == extents.end() ? 1 : found->second;
    std::vector<int>& of = places[word];
    of.reserve(static_cast<std::size_t>(ranks));
    for (int rank = 0; rank < ranks; ++rank) of.push_back(rank / stride % extent);
    stride *= extent;
  }
  EXPECTS(stride == ranks);
  return places;
}

// One number for several places.
std::vector<int> joined(const std::vector<std::pair<const std::vector<int>*, int>>& places) {
  std::vector<int> keys(places.front().first->size(), 0);
  for (const auto& [of, extent] : places) {
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = keys[i] * extent + (*of)[i];
  }
  return keys;
}

// Whether experts have a grid of their own; else the ranks that share one are those of the tensor
// axis, and its copies are the replicas.
bool folds_experts(const Layout& layout) {
  return layout.expert > 1 || layout.expert_tensor != layout.tensor;
}

// The ranks of the expert grid with the same stage are those of the other grid only if so many
// ranks lie between two stages in both.
void expect_same_stages(const Layout& layout, const std::vector<std::string_view>& order) {
  const auto stride = [&](const std::map<std::string_view, std::int64_t>& extents) {
    std::int64_t ranks = 1;
    for (const std::string_view word : order) {
      if (word == "pp") break;
      const auto found = extents.find(word);
      ranks *= found == extents.end() ? 1 : found->second;
    }
    return ranks;
  };
  const std::int64_t x = layout.expert_tensor, e = layout.expert;
  const std::int64_t replicas = std::int64_t{layout.sharers()} * layout.data;
  const std::int64_t copies = layout.tensor * replicas / (x * e);
  if (layout.pipeline == 1 || !folds_experts(layout) ||
      stride({{"tp", layout.tensor}, {"cp", layout.sharers()}, {"dp", layout.data}}) ==
          stride({{"tp", x}, {"ep", e}, {"dp", copies}})) {
    return;
  }
  throw Error::input("with the order '" + layout.order + "' experts do not fold onto the ranks",
                     "the stages of their grid would be other ranks than those of the model",
                     "let training.parallelism.order end with pp");
}

}  // namespace

void expect_grid(const Layout& layout) {
  const std::vector<std::string_view> order = words_of(layout.order);
  const std::int64_t replicas = std::int64_t{layout.sharers()} * layout.data;
  const std::int64_t ranks = layout.tensor * replicas;
  const int x = layout.expert_tensor, e = layout.expert;
  if (ranks % (std::int64_t{x} * e) != 0) {
    throw Error::input(
        "experts over " + std::to_string(e) + " x " + std::to_string(x) +
            " ranks do not fold onto tensor " + std::to_string(layout.tensor) + " x context " +
            std::to_string(layout.context) + " x data " + std::to_string(layout.data),
        "they are ranks of one pipeline stage", "let training.parallelism.expert divide them");
  }
  expect_same_stages(layout, order);
  const int shards = layout.zero > 0 ? layout.shard_group : 1;
  if (shards >= 1 && replicas % shards == 0) return;
  throw Error::input("a shard group of " + std::to_string(shards) + " does not divide " +
                         std::to_string(replicas) + " replicas",
                     "each group holds one copy of what is sharded",
                     "let training.parallelism.shard_group divide them");
}

GridAxis grid_axis(Exchange::Axis axis) {
  switch (axis) {
    case Exchange::Axis::tensor:
      return GridAxis::tensor;
    case Exchange::Axis::context:
      return GridAxis::context;
    case Exchange::Axis::expert:
      return GridAxis::expert;
    case Exchange::Axis::expert_tensor:
      return GridAxis::expert_tensor;
    case Exchange::Axis::tiles:
      return GridAxis::tiles;
    case Exchange::Axis::rows:
      return GridAxis::tile_rows;
    case Exchange::Axis::columns:
      return GridAxis::tile_columns;
    case Exchange::Axis::replicas:
      break;
  }
  return GridAxis::replicas;
}

ProcessGrid::ProcessGrid(const Layout& layout) : ranks_(layout.ranks()) {
  expect_grid(layout);
  const std::vector<std::string_view> order = words_of(layout.order);
  const int t = layout.tensor, c = layout.sharers(), d = layout.data, p = layout.pipeline;
  const int x = layout.expert_tensor, e = layout.expert;
  const int copies = t * c * d / (x * e);
  const auto dense = places_of(ranks_, order, {{"tp", t}, {"cp", c}, {"dp", d}, {"pp", p}});
  const auto sparse = places_of(ranks_, order, {{"tp", x}, {"ep", e}, {"dp", copies}, {"pp", p}});
  const auto &tp = dense.at("tp"), &cp = dense.at("cp"), &dp = dense.at("dp"), &pp = dense.at("pp");
  add(GridAxis::tensor, t, joined({{&cp, c}, {&dp, d}, {&pp, p}}), tp);
  add_sharers(layout, joined({{&tp, t}, {&dp, d}, {&pp, p}}), cp);
  add(GridAxis::data, d, joined({{&tp, t}, {&cp, c}, {&pp, p}}), dp);
  add(GridAxis::pipeline, p, joined({{&tp, t}, {&cp, c}, {&dp, d}}), pp);
  const int replicas = c * d;
  const std::vector<int> replica = joined({{&dp, d}, {&cp, c}});
  const std::vector<int> same = joined({{&tp, t}, {&pp, p}});
  add(GridAxis::replicas, replicas, same, replica);
  const int shards = layout.zero > 0 ? layout.shard_group : 1;
  std::vector<int> shard(replica), copy(replica);
  for (int& r : shard) r %= shards;
  for (int& r : copy) r /= shards;
  add(GridAxis::shards, shards, joined({{&same, t * p}, {&copy, replicas / shards}}), shard);
  add(GridAxis::shard_copies, replicas / shards, joined({{&same, t * p}, {&shard, shards}}), copy);
  if (folds_experts(layout)) {
    const auto &etp = sparse.at("tp"), &ep = sparse.at("ep"), &edp = sparse.at("dp"),
               &epp = sparse.at("pp");
    add(GridAxis::expert, e, joined({{&etp, x}, {&edp, copies}, {&epp, p}}), ep);
    add(GridAxis::expert_tensor, x, joined({{&ep, e}, {&edp, copies}, {&epp, p}}), etp);
    add(GridAxis::expert_copies, copies, joined({{&etp, x}, {&ep, e}, {&epp, p}}), edp);
  } else {
    add(GridAxis::expert_tensor, t, joined({{&cp, c}, {&dp, d}, {&pp, p}}), tp);
    add(GridAxis::expert_copies, replicas, same, replica);
  }
  if (p < 2) return;
  std::vector<int> key = joined({{&tp, t}, {&cp, c}, {&dp, d}}), end(pp);
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool inner = pp[i] > 0 && pp[i] < p - 1;
    if (inner) key[i] = -1;
    end[i] = pp[i] == 0 ? 0 : 1;
  }
  add(GridAxis::ends, 2, key, end);
}

// `key`: of the replica's ranks that share a sample, `place`: of each among them.
void ProcessGrid::add_sharers(const Layout& layout, const std::vector<int>& key,
                              const std::vector<int>& place) {
  const int rows = layout.tiles.rows, columns = layout.tiles.columns;
  if (layout.tiles.count() == 1) return add(GridAxis::context, layout.context, key, place);
  EXPECTS(layout.context == 1);
  std::vector<int> row(place), column(place);
  for (int& r : row) r /= columns;
  for (int& c : column) c %= columns;
  add(GridAxis::tiles, rows * columns, key, place);
  add(GridAxis::tile_rows, rows, joined({{&key, ranks_}, {&column, columns}}), row);
  add(GridAxis::tile_columns, columns, joined({{&key, ranks_}, {&row, rows}}), column);
}

void ProcessGrid::add(GridAxis axis, int size, const std::vector<int>& key,
                      const std::vector<int>& place) {
  Family& family = families_[static_cast<std::size_t>(axis)];
  family.size = size;
  family.place = place;
  family.of_rank.assign(key.size(), -1);
  if (size == 1) return;
  std::vector<int> index(1 + static_cast<std::size_t>(std::ranges::max(key)), -1);
  std::vector<std::vector<int>> members;
  for (std::size_t rank = 0; rank < key.size(); ++rank) {
    if (key[rank] < 0) continue;
    int& group = index[static_cast<std::size_t>(key[rank])];
    if (group < 0) {
      group = static_cast<int>(members.size());
      members.emplace_back(static_cast<std::size_t>(size), -1);
    }
    family.of_rank[rank] = group;
    members[static_cast<std::size_t>(group)][static_cast<std::size_t>(place[rank])] =
        static_cast<int>(rank);
  }
  for (std::vector<int>& group : members) {
    family.groups.push_back(std::make_shared<const Group>(next_id_++, std::move(group)));
  }
}

int ProcessGrid::size(GridAxis axis) const { return family(axis).size; }

int ProcessGrid::place(int rank, GridAxis axis) const {
  const Family& of = family(axis);
  return of.place.empty() ? 0 : of.place[static_cast<std::size_t>(rank)];
}

const std::vector<std::shared_ptr<const Group>>& ProcessGrid::groups(GridAxis axis) const {
  return family(axis).groups;
}

const std::shared_ptr<const Group>& ProcessGrid::group_of(int rank, GridAxis axis) const {
  static const std::shared_ptr<const Group> kNone;
  const Family& of = family(axis);
  if (of.groups.empty()) return kNone;
  const int group = of.of_rank[static_cast<std::size_t>(rank)];
  return group < 0 ? kNone : of.groups[static_cast<std::size_t>(group)];
}

int ProcessGrid::on_stage(int rank, int stage) const {
  const std::shared_ptr<const Group>& stages = group_of(rank, GridAxis::pipeline);
  return stages == nullptr ? rank : stages->world_rank(stage);
}

}  // namespace rehearse
