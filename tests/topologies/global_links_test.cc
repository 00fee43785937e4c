#include "topologies/shapes/global_links.h"

#include <gtest/gtest.h>

#include <map>

#include "networks.h"

namespace rehearse {
namespace {

using enum GlobalArrangement;

// The groups to which each switch of a group leads: 9 groups of 4 switches with 2 links each.
std::vector<std::vector<std::int64_t>> peers_of(std::int64_t group, GlobalArrangement arrangement) {
  const GlobalLinks links(9, 4, 1, arrangement);
  std::vector<std::vector<std::int64_t>> peers(4);
  for (std::int64_t peer = 0; peer < 9; ++peer) {
    if (peer == group) continue;
    peers[static_cast<std::size_t>(links.holder(group, peer, 0))].push_back(peer);
  }
  return peers;
}

using Peers = std::vector<std::vector<std::int64_t>>;

TEST(GlobalLinks, AreArrangedAsInTheTextbook) {
  EXPECT_EQ(peers_of(0, absolute), (Peers{{1, 2}, {3, 4}, {5, 6}, {7, 8}}));
  EXPECT_EQ(peers_of(5, absolute), (Peers{{0, 1}, {2, 3}, {4, 6}, {7, 8}}));
  EXPECT_EQ(peers_of(0, relative), (Peers{{1, 2}, {3, 4}, {5, 6}, {7, 8}}));
  EXPECT_EQ(peers_of(5, relative), (Peers{{6, 7}, {0, 8}, {1, 2}, {3, 4}}));
  // + 1 and - 1, + 2 and - 2, …
  EXPECT_EQ(peers_of(0, circulant), (Peers{{1, 8}, {2, 7}, {3, 6}, {4, 5}}));
  EXPECT_EQ(peers_of(5, circulant), (Peers{{4, 6}, {3, 7}, {2, 8}, {0, 1}}));
  EXPECT_EQ(peers_of(0, round_robin), (Peers{{1, 5}, {2, 6}, {3, 7}, {4, 8}}));
}

TEST(GlobalLinks, AreSharedEvenlyWhateverTheirNumber) {
  for (const auto arrangement : {round_robin, absolute, relative, circulant}) {
    for (const std::int64_t groups : {2, 3, 4, 7, 8, 15}) {
      for (const std::int64_t holders : {1, 3, 4, 96}) {
        for (const std::int64_t per_pair : {1, 2, 5, 68}) {
          const GlobalLinks links(groups, holders, per_pair, arrangement);
          const std::int64_t least = (groups - 1) * per_pair / holders;
          for (std::int64_t group = 0; group < groups; ++group) {
            std::map<std::int64_t, std::int64_t> load;
            for (std::int64_t peer = 0; peer < groups; ++peer) {
              for (std::int64_t which = 0; peer != group && which < per_pair; ++which) {
                ++load[links.holder(group, peer, which)];
              }
            }
            for (std::int64_t i = 0; i < holders; ++i) {
              EXPECT_GE(load[i], least);
              EXPECT_LE(load[i], least + 1);
            }
            EXPECT_EQ(static_cast<std::int64_t>(load.size()), holders);
          }
        }
      }
    }
  }
}

TEST(GlobalLinks, AThirdGroupIsNeitherOfTheTwo) {
  for (std::int64_t a = 0; a < 5; ++a) {
    for (std::int64_t b = 0; b < 5; ++b) {
      std::map<std::int64_t, int> seen;
      for (std::uint64_t choice = 0; choice < 30; ++choice) {
        ++seen[third_group(a, b, 5, choice)];
      }
      if (a == b) {
        EXPECT_EQ(seen, (std::map<std::int64_t, int>{{a, 30}}));
      } else {
        EXPECT_EQ(seen.size(), 3U);
        EXPECT_FALSE(seen.contains(a) || seen.contains(b));
      }
    }
  }
  EXPECT_EQ(third_group(1, 0, 2, 7), 1);
}

TEST(GlobalLinks, OfADragonflyMayBeArranged) {
  for (const auto arrangement : {round_robin, absolute, relative, circulant}) {
    NetworkSpec spec = dragonfly(4, 2, 2);
    edit<DragonflySpec>(spec, [&](DragonflySpec& fly) { fly.arrangement = arrangement; });
    const Network network = build_network(spec, 72, one_device());
    const auto& shape = dynamic_cast<const DragonflyShape&>(network.shape());
    const GlobalLinks links(9, 4, 1, arrangement);
    for (std::int64_t a = 0; a < 9; ++a) {
      for (std::int64_t b = a + 1; b < 9; ++b) {
        const Link link = network.link(network.edge_link(shape.global_edge(a, b, 0)));
        EXPECT_EQ(link.from, network.switch_vertex(shape.switch_at(a, links.holder(a, b, 0))));
        EXPECT_EQ(link.to, network.switch_vertex(shape.switch_at(b, links.holder(b, a, 0))));
      }
    }
  }
}

}  // namespace
}  // namespace rehearse
