// The messages of a round between ends that cost something.
#include <algorithm>

#include "sim/engine/engine_time.h"
#include "sim/worlds/message_end_rules.h"

namespace rehearse {
namespace {

using Kind = Action::Kind;

// What goes the other way between the same two ranks, if anything.
const Action* counterpart(const std::vector<Action>& actions, const Action& action) {
  const auto found = std::find_if(actions.begin(), actions.end(), [&](const Action& other) {
    return other.peer == action.peer && (other.kind == Kind::send) != (action.kind == Kind::send);
  });
  return found == actions.end() ? nullptr : &*found;
}

struct Announced {
  Duration at;  // when the receiver knows
  std::size_t action;
};

}  // namespace

std::optional<Duration> MessageEndRules::meet(const Group& group, int me, int peer, Duration now) {
  std::deque<Duration>& theirs = waiting_[channel_number(group.context(), peer, me)];
  if (theirs.empty()) {
    waiting_[channel_number(group.context(), me, peer)].push_back(now);
    return {};
  }
  const Duration since = theirs.front();
  theirs.pop_front();
  return now - since;
}

MessageEndRules::Round MessageEndRules::look_at(const Group& group, int rank,
                                                const std::vector<Action>& actions, Bytes element,
                                                Duration now, bool follows) {
  const auto payload = [&](const Action& a) { return element * static_cast<double>(a.elements); };
  const auto peer_of = [&](const Action& a) { return group.world_rank(a.peer); };
  Bytes sent;
  Bytes acknowledged;
  for (const Action& a : actions) {
    if (costs_.same_node(rank, peer_of(a))) continue;
    if (a.kind == Kind::send) {
      sent += payload(a);
    } else if (counterpart(actions, a) == nullptr) {
      acknowledged += payload(a);
    }
  }
  Round round{std::vector<Bytes>(actions.size()), std::vector<bool>(actions.size())};
  const LastRound last = sender(rank).last;
  LastRound here;
  bool burst_left = true;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const Action& a = actions[i];
    const Bytes size = payload(a);
    const int peer = peer_of(a);
    round.on_wire[i] = size;
    if (a.kind != Kind::send || costs_.same_node(rank, peer)) continue;
    const Bandwidth link = costs_.first_link(rank, peer);
    const Bytes apart = sent > Bytes(0) ? acknowledged * (size / sent) : Bytes(0);
    round.on_wire[i] = ends_.on_wire(size, apart);
    if (std::exchange(burst_left, false)) {
      round.on_wire[i] = behind_burst(round.on_wire[i], now - sender(rank).free_at, link);
    }
    here.sending += round.on_wire[i] / link;
    here.peer = peer;
    const Action* theirs = counterpart(actions, a);
    if (!follows || theirs == nullptr) continue;
    if (!ends_.handshakes(size) || !ends_.handshakes(payload(*theirs))) continue;
    const auto waited = meet(group, rank, peer, now);
    const Duration skew = ends_.departure_apart(last.peer == peer ? Duration(0) : last.sending);
    round.after_theirs[i] =
        waited && (last.turns || *waited + skew > announcement_after_data(peer, rank));
    here.turns = here.turns || round.after_theirs[i];
    // The peer is in this round since before.
    if (round.after_theirs[i]) sender(peer).last.turns = true;
  }
  sender(rank).last = here;
  return round;
}

Duration MessageEndRules::pass_round(const Group& group, int rank,
                                     const std::function<std::int64_t()>& step,
                                     const std::vector<Action>& actions, Bytes element,
                                     bool follows) {
  const auto payload = [&](std::size_t i) {
    return element * static_cast<double>(actions[i].elements);
  };
  const auto peer = [&](std::size_t i) { return group.world_rank(actions[i].peer); };
  std::vector<std::unique_ptr<PendingMessage>> arriving(actions.size());
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i].kind == Kind::send) continue;
    arriving[i] = is_eager(peer(i), rank, payload(i))
                      ? carrier_.receive_early(group.context(), rank, peer(i))
                      : carrier_.receive(group.context(), rank, peer(i));
  }
  const auto sends = std::any_of(actions.begin(), actions.end(),
                                 [](const Action& a) { return a.kind == Kind::send; });
  Duration& free_at = sender(rank).free_at;
  if (sends) sleep_until(free_at);
  const Duration begin = engine_now();
  const Round round = look_at(group, rank, actions, element, begin, follows);
  std::vector<Announced> announced;
  std::vector<std::unique_ptr<PendingMessage>> leaving;
  const auto as_sent = [&](std::size_t i) {
    return costs_.sending(rank, peer(i), payload(i), payload(i), round.on_wire[i], step());
  };
  const auto start = [&](std::size_t i) {
    leaving.push_back(carrier_.send(group.context(), rank, as_sent(i)));
  };
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i].kind != Kind::send) continue;
    if (is_eager(rank, peer(i), payload(i))) {
      carrier_.send_early(group.context(), rank, as_sent(i));
      free_at = std::max(free_at, begin) + round.on_wire[i] / costs_.first_link(rank, peer(i));
    } else if (!handshakes(rank, peer(i), payload(i))) {
      start(i);
    } else if (!round.after_theirs[i]) {
      announced.push_back({begin + small_message(rank, peer(i)), i});
    }
  }
  std::stable_sort(announced.begin(), announced.end(),
                   [](const Announced& a, const Announced& b) { return a.at < b.at; });
  for (const Announced& one : announced) {
    sleep_until(one.at);
    start(one.action);
  }
  Duration latency;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i].kind == Kind::send) continue;
    sleep_until(arriving[i]->wait());
    latency = std::max(latency, last_latency(peer(i), rank, payload(i)));
    for (std::size_t k = 0; k < actions.size(); ++k) {
      if (round.after_theirs[k] && actions[k].peer == actions[i].peer) start(k);
    }
  }
  for (const auto& message : leaving) free_at = std::max(free_at, message->wait());
  return latency * costs_.noise().step_latency(step());
}

}  // namespace rehearse
