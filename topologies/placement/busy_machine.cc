#include "topologies/placement/busy_machine.h"

#include <algorithm>
#include <bit>

#include "base/contract.h"
#include "base/random.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kBusyStream = 0x62757379;  // "busy": no other stream of the seed
constexpr std::int64_t kLargestShare = 8;          // the largest job takes an eighth of the machine

// Nodes of jobs that add up to `busy`.
std::vector<std::int64_t> jobs(std::int64_t nodes, std::int64_t busy, RandomStream& random) {
  const auto largest = static_cast<std::uint64_t>(std::max<std::int64_t>(1, nodes / kLargestShare));
  const auto sizes = static_cast<std::uint64_t>(std::bit_width(largest));
  std::vector<std::int64_t> result;
  while (busy > 0) {
    result.push_back(std::min(busy, std::int64_t{1} << random.below(sizes)));
    busy -= result.back();
  }
  return result;
}

}  // namespace

std::vector<NodeId> free_nodes(std::int64_t nodes, std::int64_t free, std::uint64_t seed) {
  EXPECTS(1 <= free && free <= nodes);
  RandomStream random(seed, {kBusyStream});
  std::vector<std::int64_t> parts = jobs(nodes, nodes - free, random);
  parts.insert(parts.end(), static_cast<std::size_t>(free), 0);  // 0: a free node
  for (std::size_t i = parts.size(); i > 1; --i) std::swap(parts[i - 1], parts[random.below(i)]);
  std::vector<NodeId> result;
  std::int64_t node = 0;
  for (const std::int64_t part : parts) {
    if (part == 0) result.push_back(static_cast<NodeId>(node));
    node += std::max<std::int64_t>(1, part);
  }
  ENSURES(node == nodes);
  return result;
}

}  // namespace rehearse
