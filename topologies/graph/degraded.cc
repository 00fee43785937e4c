#include "topologies/graph/degraded.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

constexpr int kMostDetours = 16;

std::vector<ShortestRoutes::Ends> surviving(const NetworkShape& shape,
                                            const std::vector<bool>& failed) {
  EXPECTS(static_cast<std::int64_t>(failed.size()) == shape.edges());
  std::vector<ShortestRoutes::Ends> ends;
  ends.reserve(failed.size());
  shape.each_edge([&](const NetworkShape::Edge& edge) {
    const bool works = !failed[ends.size()];
    ends.push_back({works ? edge.a : -1, edge.b});
  });
  return ends;
}

}  // namespace

DegradedShape::DegradedShape(std::shared_ptr<const NetworkShape> whole, std::vector<bool> failed,
                             std::vector<std::int64_t> leaves)
    : whole_(std::move(whole)),
      failed_(std::move(failed)),
      leaves_(std::move(leaves)),
      routes_(whole_->switches(), surviving(*whole_, failed_)) {}

template <class Append>
bool DegradedShape::keeps(std::vector<Hop>& out, Append append) const {
  const std::size_t before = out.size();
  append();
  const auto broken = [&](Hop hop) { return failed_[static_cast<std::size_t>(hop / 2)]; };
  if (std::none_of(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), broken)) {
    return true;
  }
  out.resize(before);
  return false;
}

void DegradedShape::minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
                            std::vector<Hop>& out) const {
  const auto own = [&](std::uint64_t of) {
    return keeps(out, [&] { whole_->minimal(from, to, of, out); });
  };
  if (own(turn)) return;
  const std::int64_t routes = whole_->minimal_routes(from, to);
  const std::uint64_t other = mixed(turn);
  for (std::int64_t i = 0; i < std::min(routes, kMostTried); ++i) {
    if (own((other + static_cast<std::uint64_t>(i)) % static_cast<std::uint64_t>(routes))) return;
  }
  routes_.append(from, to, other, out);
}

std::int64_t DegradedShape::minimal_routes(std::int64_t from, std::int64_t to) const {
  const std::int64_t routes = whole_->minimal_routes(from, to);
  std::vector<Hop> scratch;
  for (std::int64_t i = 0; i < std::min(routes, kMostTried); ++i) {
    scratch.clear();
    if (keeps(scratch,
              [&] { whole_->minimal(from, to, static_cast<std::uint64_t>(i), scratch); })) {
      return routes;
    }
  }
  return routes_.count(from, to);
}

void DegradedShape::detour(std::int64_t from, std::int64_t to, std::uint64_t choice,
                           std::vector<Hop>& out) const {
  for (int i = 0; i < kMostDetours; ++i) {
    if (keeps(out, [&] { whole_->detour(from, to, choice, out); })) return;
    choice = mixed(choice);
  }
  const std::int64_t middle = leaves_[choice % leaves_.size()];
  minimal(from, middle, mixed(choice), out);
  minimal(middle, to, mixed(choice + 1), out);
}

}  // namespace rehearse
