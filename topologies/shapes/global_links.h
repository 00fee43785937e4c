// The links between the groups of a dragonfly: which switch of a group holds which of them.
//
// Every pair of groups is joined by the same number of links. A group's ends of its links are
// counted in an order that the arrangement gives, and the switches of the group that hold global
// links take them: by turns under round_robin, else in blocks as equal as possible, the first
// switch the first block. With one link per pair and as many groups as fit this is absolute,
// relative and circulant-based of Hastings, Rincon-Cruz, Spehlmann, Meyers, Xu, Bunde, Leung,
// "Comparing global link arrangements for dragonfly networks", CLUSTER 2015.
#pragma once

#include <cstdint>

#include "topologies/shapes/shape.h"

namespace rehearse {

class ObjectReader;

// In which order group G of g counts its peers.
enum class GlobalArrangement {
  round_robin,  // 0, 1, …, g - 1 without G; all links to one peer in succession
  absolute,     // 0, 1, …, g - 1 without G
  relative,     // G + 1, G + 2, …, G + g - 1; mirrored it is the palm tree of Camarero, Vallejo,
                // Beivide, "Topological characterization of Hamming and dragonfly networks and its
                // implications on routing", ACM TACO 11(4), 2014
  circulant,    // G + 1, G - 1, G + 2, G - 2, …
};

// Key "arrangement"; round_robin if absent.
GlobalArrangement read_arrangement(ObjectReader& reader);

class GlobalLinks {
 public:
  // `holders`: switches of a group that hold global links. REQUIRES: groups, holders >= 1,
  // per_pair >= 0.
  GlobalLinks(std::int64_t groups, std::int64_t holders, std::int64_t per_pair,
              GlobalArrangement arrangement);

  [[nodiscard]] std::int64_t groups() const { return groups_; }
  [[nodiscard]] std::int64_t per_pair() const { return per_pair_; }
  [[nodiscard]] std::int64_t count() const { return pairs_of(groups_) * per_pair_; }
  // Links count from 0, pair by pair. REQUIRES: a < b, 0 <= which < per_pair().
  [[nodiscard]] std::int64_t number(std::int64_t a, std::int64_t b, std::int64_t which) const;

  // Which of its switches holds the group's end of a link to `peer`: 0 … holders - 1.
  [[nodiscard]] std::int64_t holder(std::int64_t group, std::int64_t peer,
                                    std::int64_t which) const;

 private:
  // The position of the peer among those of the group: 0 … groups - 2.
  [[nodiscard]] std::int64_t rank(std::int64_t group, std::int64_t peer) const;

  std::int64_t groups_, holders_, per_pair_;
  GlobalArrangement arrangement_;
};

// A group that `choice` picks among those that are neither `a` nor `b`; `a` itself if the two are
// the same or there is no other.
std::int64_t third_group(std::int64_t a, std::int64_t b, std::int64_t groups, std::uint64_t choice);

}  // namespace rehearse
