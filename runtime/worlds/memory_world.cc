#include "runtime/worlds/memory_world.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <map>

#include "base/contract.h"
#include "kernels/add_arrived.h"
#include "runtime/collectives/in_nodes.h"
#include "runtime/worlds/host_world.h"
#include "runtime/worlds/inline_device.h"
#include "runtime/worlds/memory_messages.h"
#include "runtime/worlds/message_ends.h"

namespace rehearse {
namespace {

// Shared by all ranks of a run: what their collectives exchange, and their messages.
class Mailboxes {
 public:
  explicit Mailboxes(int ranks) : world_(group_of_all(ranks)) {}

  [[nodiscard]] std::shared_ptr<const Group> world() const { return world_; }
  [[nodiscard]] RunMonitor& monitor() { return monitor_; }
  [[nodiscard]] MemoryMessages& messages() { return messages_; }

  using Message = std::vector<std::byte>;

  // What two ranks exchange in different groups does not mix.
  void put(const Group& group, int from, int to, Message message) {
    const RunMonitor::Lock lock(monitor_.mutex());
    queues_[{group.context(), from, to}].push_back(std::move(message));
    monitor_.notify();
  }

  Message take(const Group& group, int from, int to) {
    RunMonitor::Lock lock(monitor_.mutex());
    auto& queue = queues_[{group.context(), from, to}];
    monitor_.wait(lock, [&] { return !queue.empty(); });
    Message message = std::move(queue.front());
    queue.pop_front();
    return message;
  }

  std::int64_t agree_min(const Group& group, std::int64_t value) {
    RunMonitor::Lock lock(monitor_.mutex());
    Agreements& a = agreements_[group.context()];
    const std::int64_t turn = a.reached;
    a.least = a.arrived == 0 ? value : std::min(a.least, value);
    if (++a.arrived == group.size()) {
      a.arrived = 0;
      a.agreed = a.least;
      ++a.reached;
      monitor_.notify();
    } else {
      monitor_.wait(lock, [&] { return a.reached != turn; });
    }
    return a.agreed;
  }

 private:
  // Of one group.
  struct Agreements {
    std::int64_t reached = 0;
    std::int64_t least = 0;
    std::int64_t agreed = 0;
    int arrived = 0;
  };

  RunMonitor monitor_;
  MemoryMessages messages_{monitor_};
  std::shared_ptr<const Group> world_;
  std::map<std::array<int, 3>, std::deque<Message>> queues_;  // group, from, to
  std::map<int, Agreements> agreements_;
};

class MemoryTransport : public Transport {
 public:
  MemoryTransport(int rank, Mailboxes& exchange, std::atomic<std::int64_t>& sent,
                  std::atomic<std::int64_t>& messages_sent)
      : rank_(rank), exchange_(exchange), sent_(sent), messages_sent_(messages_sent) {}

  int rank() const override { return rank_; }
  int size() const override { return exchange_.world()->size(); }
  std::shared_ptr<const Group> world() const override { return exchange_.world(); }

  int rank_in(const Group& group) const override { return rank_in_group(group, rank_); }

  Duration execute(const Group& group, const Schedule& schedule, const Tensor& tensor) override {
    EXPECTS(schedule.ranks() == group.size() && schedule.elements() == tensor.elements);
    EXPECTS(tensor.data != nullptr || tensor.elements == 0);
    const int me = rank_in(group);
    std::vector<Action> actions;
    for (int round = 0; round < schedule.rounds(); ++round) {
      actions.clear();
      schedule.actions(me, round, actions);
      for (const Action& action : actions) {
        if (action.kind != Action::Kind::send) continue;
        put(group, action.peer, tensor.part(action.offset, action.elements));
      }
      for (const Action& action : actions) {
        if (action.kind != Action::Kind::send) receive(group, action, tensor);
      }
    }
    return Duration(0);
  }

  // The ranks of the first node do the work of the switches.
  Duration reduce_in_network(const Group& group, int ranks_per_node,
                             const Tensor& tensor) override {
    const int me = rank_in(group);
    const int root = me % ranks_per_node;
    const ElementRange own = owned_in_node(tensor.elements, me, ranks_per_node);
    const auto put_own = [&](int peer) { put(group, peer, tensor.part(own.begin, own.size())); };
    if (me != root) {
      put_own(root);
      receive(group, {Action::Kind::receive, root, own.begin, own.size()}, tensor);
      return Duration(0);
    }
    for (int peer = root + ranks_per_node; peer < group.size(); peer += ranks_per_node) {
      receive(group, {Action::Kind::receive_add, peer, own.begin, own.size()}, tensor);
    }
    for (int peer = root + ranks_per_node; peer < group.size(); peer += ranks_per_node)
      put_own(peer);
    return Duration(0);
  }

  Agreement agree_min(const Group& group, std::int64_t value) override {
    return {exchange_.agree_min(group, value), Duration(0)};
  }

  std::unique_ptr<Transfer> start_send(const Group& group, int rank, int port,
                                       const Tensor& tensor) override {
    auto transfer = exchange_.messages().start_send(group, rank_in(group), rank, port, tensor);
    sent_ += message_bytes(tensor);
    ++messages_sent_;
    return transfer;
  }
  std::unique_ptr<Transfer> start_receive(const Group& group, int rank, int port,
                                          const Tensor& tensor) override {
    return exchange_.messages().start_receive(group, rank_in(group), rank, port, tensor);
  }
  Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers) override {
    return exchange_.messages().wait_any(transfers);
  }
  std::int64_t messages_sent() const override { return messages_sent_; }
  Bytes sent() const override { return Bytes(static_cast<double>(sent_.load())); }

 private:
  void put(const Group& group, int peer, const Tensor& part) {
    EXPECTS(part.space == MemorySpace::host);
    const auto* const begin = static_cast<const std::byte*>(part.data);
    sent_ += message_bytes(part);
    exchange_.put(group, rank_, group.world_rank(peer), {begin, begin + message_bytes(part)});
  }
  void receive(const Group& group, const Action& action, const Tensor& tensor) {
    const Mailboxes::Message message = exchange_.take(group, group.world_rank(action.peer), rank_);
    const Tensor part = tensor.part(action.offset, action.elements);
    ENSURES(static_cast<std::int64_t>(message.size()) == message_bytes(part));
    if (action.kind == Action::Kind::receive) {
      std::ranges::copy(message, static_cast<std::byte*>(part.data));
    } else {
      add_arrived(message.data(), action.elements, part.type, part.data);
    }
  }

  int rank_;
  Mailboxes& exchange_;
  std::atomic<std::int64_t>& sent_;
  std::atomic<std::int64_t>& messages_sent_;
};

}  // namespace

void run_in_memory(int ranks, const MemoryWorldOptions& options,
                   const std::function<void(World&)>& program) {
  Mailboxes exchange(ranks);
  const WallClock::Instant start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      std::atomic<std::int64_t> sent = 0;
      std::atomic<std::int64_t> messages_sent = 0;
      const auto transport = [&](int) {
        return std::make_unique<MemoryTransport>(rank, exchange, sent, messages_sent);
      };
      const std::unique_ptr<Device> idle = make_inline_device();
      Device& device = options.device ? options.device(rank) : *idle;
      HostWorld(exchange.monitor(), start, transport, device).run(program);
    });
  }
  for (std::thread& thread : threads) thread.join();
  exchange.monitor().rethrow_failure();
}

}  // namespace rehearse
