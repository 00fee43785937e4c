// The kinds of links of a network, as a legend lists them: one for every class and rate.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topologies/graph/network.h"

namespace rehearse {

struct DrawnKind {
  LinkClass cls = LinkClass::injection;  // never down: down links are drawn with up
  Bandwidth bandwidth;                   // of the slowest in it
  Bandwidth fastest;
  int cables = 1;
  Duration shortest, longest;    // latencies
  std::int64_t connections = 0;  // pairs of directed links
  std::int64_t rates = 1;        // that are drawn alike
  std::string colour{};          // "#2f6fb3"
  double width = 1;              // pixels; faster links of a class are drawn wider and darker
};

class LinkKinds {
 public:
  explicit LinkKinds(const Network& network);

  // Class by class, from slow to fast. Of a class with more than kMostRates rates the fastest
  // share a kind.
  [[nodiscard]] const std::vector<DrawnKind>& all() const { return kinds_; }
  [[nodiscard]] const DrawnKind& of(const Link& link) const;

  // "up and down: 25.0 GB/s per direction, 160 ns, 1,024 connections"
  [[nodiscard]] static std::string words(const DrawnKind& kind);

  static constexpr std::size_t kMostRates = 4;

 private:
  std::vector<DrawnKind> kinds_;
};

std::string_view colour_of(LinkClass cls);

}  // namespace rehearse
