// The messages of a round between ends that cost something. All receives of a round are posted
// first. An eager message leaves at once, travels without its receiver, and its sender goes on when
// its own link has passed it. The data of any other starts when its announcement has come and the
// receiver is there; the reply's way is added at the end.
#include <algorithm>

#include "sim/engine/engine_time.h"
#include "sim/worlds/round_ends.h"
#include "sim/worlds/sim_transport.h"

namespace rehearse {
namespace {

struct Announced {
  Duration at;  // when the receiver knows
  std::size_t action;
};

}  // namespace

Duration SimTransport::transfer_with_ends(const Group& group, const std::vector<Action>& actions,
                                          Bytes element, bool follows) {
  using Kind = Action::Kind;
  Carrier& carrier = fabric_.carrier();
  const auto payload = [&](std::size_t i) {
    return element * static_cast<double>(actions[i].elements);
  };
  const auto peer = [&](std::size_t i) { return group.world_rank(actions[i].peer); };
  std::vector<std::unique_ptr<PendingMessage>> arriving(actions.size());
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i].kind == Kind::send) continue;
    arriving[i] = fabric_.is_eager(peer(i), rank_, payload(i))
                      ? carrier.receive_early(group.context(), rank_, peer(i))
                      : carrier.receive(group.context(), rank_, peer(i));
  }
  const auto sends = std::any_of(actions.begin(), actions.end(),
                                 [](const Action& a) { return a.kind == Kind::send; });
  if (sends) sleep_until(free_at_);
  const Duration begin = engine_now();
  const RoundEnds ends =
      round_ends(fabric_, group, rank_, actions, element, begin, begin - free_at_, follows);
  std::vector<Announced> announced;
  std::vector<std::unique_ptr<PendingMessage>> leaving;
  const auto as_sent = [&](std::size_t i) {
    return sending(peer(i), payload(i), payload(i), ends.on_wire[i]);
  };
  const auto start = [&](std::size_t i) {
    leaving.push_back(carrier.send(group.context(), rank_, as_sent(i)));
  };
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i].kind != Kind::send) continue;
    if (fabric_.is_eager(rank_, peer(i), payload(i))) {
      carrier.send_early(group.context(), rank_, as_sent(i));
      free_at_ = std::max(free_at_, begin) + ends.on_wire[i] / fabric_.first_link(rank_, peer(i));
    } else if (!fabric_.handshakes(rank_, peer(i), payload(i))) {
      start(i);
    } else if (!ends.after_theirs[i]) {
      announced.push_back({begin + fabric_.small_message(rank_, peer(i)), i});
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
    Duration end = fabric_.message_latency(peer(i), rank_, payload(i));
    if (fabric_.handshakes(peer(i), rank_, payload(i))) {
      end += fabric_.small_message(rank_, peer(i));
    }
    latency = std::max(latency, end);
    for (std::size_t k = 0; k < actions.size(); ++k) {
      if (ends.after_theirs[k] && actions[k].peer == actions[i].peer) start(k);
    }
  }
  for (const auto& message : leaving) free_at_ = std::max(free_at_, message->wait());
  return latency * fabric_.noise().step_latency(hooks_.step());
}

}  // namespace rehearse
