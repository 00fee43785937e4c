#include "topologies/shapes/global_links.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {

GlobalLinks::GlobalLinks(std::int64_t groups, std::int64_t holders, std::int64_t per_pair,
                         GlobalArrangement arrangement)
    : groups_(groups), holders_(holders), per_pair_(per_pair), arrangement_(arrangement) {
  EXPECTS(groups >= 1 && holders >= 1 && per_pair >= 0);
}

std::int64_t GlobalLinks::number(std::int64_t a, std::int64_t b, std::int64_t which) const {
  EXPECTS(0 <= which && which < per_pair_);
  return pair_index(a, b, groups_) * per_pair_ + which;
}

std::int64_t GlobalLinks::rank(std::int64_t group, std::int64_t peer) const {
  const std::int64_t ahead = (peer - group + groups_) % groups_;  // 1 … groups - 1
  switch (arrangement_) {
    case GlobalArrangement::relative:
      return ahead - 1;
    case GlobalArrangement::circulant:
      return 2 * ahead <= groups_ ? 2 * (ahead - 1) : 2 * (groups_ - ahead) - 1;
    default:
      return peer < group ? peer : peer - 1;
  }
}

std::int64_t GlobalLinks::holder(std::int64_t group, std::int64_t peer, std::int64_t which) const {
  const std::int64_t at = rank(group, peer);
  if (arrangement_ == GlobalArrangement::round_robin) return (at * per_pair_ + which) % holders_;
  const std::int64_t peers = groups_ - 1;
  return (which * peers + at) * holders_ / (peers * per_pair_);
}

std::int64_t third_group(std::int64_t a, std::int64_t b, std::int64_t groups,
                         std::uint64_t choice) {
  if (a == b || groups < 3) return a;
  auto group = static_cast<std::int64_t>(choice % static_cast<std::uint64_t>(groups - 2));
  if (group >= std::min(a, b)) ++group;
  if (group >= std::max(a, b)) ++group;
  return group;
}

}  // namespace rehearse
