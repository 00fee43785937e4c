// Max-min fair rates of flows over shared links, kept up to date while flows come and go.
//
//   FairSharing sharing({1e9, 2e9});                      // capacities of links 0 and 1, bytes/s
//   const auto flow = sharing.add(std::array{0, 1}, 5e8);  // at most 5e8 bytes/s
//   sharing.settle(changed);                              // the flows whose rate changed
//
// An allocation is max-min fair if every flow has a bottleneck: its own limit, or a full link on
// which no flow is faster (Bertsekas, Gallager, Data Networks, 2nd ed., 6.5.2). That makes a change
// local: only flows that lost their bottleneck, or have to make room, are filled anew by
// progressive filling while all others keep their rates; then the condition is checked on every
// link touched, and flows that fail it are filled as well, until none fails. The rates are those of
// filling everything, up to rounding.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "topologies/graph/link.h"

namespace rehearse {

class FairSharing {
 public:
  using Flow = std::int32_t;

  // Bytes/s of each link, above 0.
  explicit FairSharing(std::vector<double> capacities);

  // A flow over `path` of at most `most` bytes/s (infinity: no limit of its own). Its number may be
  // that of a flow removed before. REQUIRES: a path without repetition, most > 0, one of the two a
  // limit.
  Flow add(std::span<const LinkId> path, double most);
  void remove(Flow flow);

  struct Change {
    Flow flow;
    double before;  // bytes/s; 0 for a new flow
  };
  // Replaces `changed` by the flows whose rate is another than at the last call, the new ones
  // included, in an order that depends on the calls so far alone.
  void settle(std::vector<Change>& changed);

  // Bytes/s as of the last settle.
  [[nodiscard]] double rate(Flow flow) const { return flows_[index(flow)].rate; }
  // How many flows use the link.
  [[nodiscard]] int flows_on(LinkId link) const {
    return static_cast<int>(links_[index(link)].members.size());
  }

 private:
  static constexpr std::int32_t kItself = -1;  // bottleneck: the limit of the flow
  static constexpr std::int32_t kNone = -2;

  struct Hop {
    LinkId link;
    std::int32_t place;  // among the members of the link
  };
  struct State {
    double most = 0;
    double rate = 0;
    double before = 0;   // rate at the last settle
    double counted = 0;  // rate as it is in LinkState::used
    std::int32_t bottleneck = kNone;
    bool open = false;   // being filled anew
    bool fixed = false;  // filled
    bool alive = false;
    std::vector<Hop> hops;
  };
  struct Member {
    Flow flow;
    std::int32_t hop;
  };
  struct LinkState {
    double capacity = 0;
    double used = 0;  // by all, but for what is being filled anew
    double left = 0;  // for the open flows that are not yet filled
    int held = 0;     // flows that the link holds back
    int open = 0;     // how many are not yet filled
    bool touched = false;
    std::vector<Member> members;

    // What each of the flows that are not yet filled gets. REQUIRES: there are some.
    [[nodiscard]] double share() const { return left > 0 ? left / open : 0; }
  };
  struct Share {
    double level;
    LinkId link;
    bool operator>(const Share& other) const {
      return level != other.level ? level > other.level : link > other.link;
    }
  };

  template <typename Id>
  static std::size_t index(Id id) {
    return static_cast<std::size_t>(id);
  }

  void open(Flow flow);
  // The flows that the link holds back.
  void open_held(LinkId link);
  void touch(LinkId link);
  // Fills the open flows beside the others.
  void fill();
  void prepare_links();
  // Fills the flow whose limit comes next if it is at most `level`; whether it is.
  bool fix_limited(double level);
  // What open flows are filled with counts from now on.
  void count_filled();
  void fix(Flow flow, double rate, std::int32_t bottleneck);
  // Opens the flows for which the condition fails; whether there were any.
  bool open_unfair();

  std::vector<State> flows_;
  std::vector<Flow> free_;
  std::vector<LinkState> links_;
  std::vector<Flow> open_;
  std::vector<LinkId> touched_;
  std::vector<Share> shares_;  // a heap, least level first
  // Open flows with a limit that are not yet filled, and some that are; a heap, least limit first.
  std::vector<std::pair<double, Flow>> limited_;
  std::size_t unfilled_ = 0;  // open flows
};

}  // namespace rehearse
