#include "runtime/worlds/nccl/nccl_transport.h"

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "base/contract.h"
#include "runtime/worlds/nccl/nccl_memory.h"

namespace rehearse {
namespace {

// Whether NCCL itself runs what the call asks for.
bool is_of_nccl(const CollectiveCall& call) {
  switch (call.operation) {
    case Operation::all_reduce:
      return call.algorithm == Algorithm::native;
    case Operation::all_gather:
    case Operation::reduce_scatter:
    case Operation::broadcast:
    case Operation::reduce:
      return call.algorithm == Algorithm::ring;
    case Operation::all_to_all:
      return call.algorithm == Algorithm::pairwise && !call.rails;
    case Operation::send_recv:
      break;
  }
  return false;
}

bool adds_up(ElementType type) {
  return type == ElementType::float32 || type == ElementType::float16 ||
         type == ElementType::bfloat16;
}

bool overlap(const Action& a, const Action& b) {
  return a.offset < b.offset + b.elements && b.offset < a.offset + a.elements;
}

// Ends what is under way where an exception passes by: memory that it uses is about to be freed,
// which waits for the device.
class AbortOnException {
 public:
  explicit AbortOnException(NcclComm& comm) : comm_(comm) {}
  ~AbortOnException() {
    if (std::uncaught_exceptions() > exceptions_) comm_.abort();
  }
  AbortOnException(const AbortOnException&) = delete;
  AbortOnException& operator=(const AbortOnException&) = delete;

 private:
  NcclComm& comm_;
  const int exceptions_ = std::uncaught_exceptions();
};

std::string name_of(Operation operation, const Group& group) {
  return to_text(operation) + " over " + std::to_string(group.size()) + " ranks";
}

}  // namespace

NcclTransport::NcclTransport(Transport& host, NcclRank& rank, NcclWatch::Core core)
    : host_(host), rank_(rank), core_(core) {}

NcclComm& NcclTransport::communicator(const Group& group) {
  if (!stream_) stream_ = rank_.api.make_stream();
  {
    const std::lock_guard lock(rank_.mutex);
    const auto place = rank_.comms.find(group.context());
    if (place != rank_.comms.end()) return *place->second;
  }
  NcclId id{};
  const int me = rank_in(group);
  if (me == 0) id = rank_.api.new_id();
  const Tensor text{id.data(), static_cast<std::int64_t>(id.size()), ElementType::byte};
  host_.execute(group, *make_broadcast(group.size(), text.elements), text);
  auto comm = rank_.api.join(id, group.size(), me);
  rank_.watch.until_ready(*comm, core_,
                          "a communicator of " + std::to_string(group.size()) + " ranks");
  const std::lock_guard lock(rank_.mutex);
  const auto [place, is_new] = rank_.comms.emplace(group.context(), std::move(comm));
  ENSURES(is_new);  // a lane is used by one task at a time
  return *place->second;
}

Duration NcclTransport::execute(const Group& group, const Schedule& schedule,
                                const Tensor& tensor) {
  EXPECTS(schedule.ranks() == group.size() && schedule.elements() == tensor.elements);
  EXPECTS(tensor.data != nullptr || tensor.elements == 0);
  const int me = rank_in(group);
  if (group.size() == 1) return Duration(0);
  rank_.watch.expect_going();
  NcclComm& comm = communicator(group);
  const std::string what = "a schedule over " + std::to_string(group.size()) + " ranks";
  const NcclMemory memory(rank_.api, rank_.backend.space(), tensor);
  const AbortOnException guard(comm);
  memory.bring(*stream_);
  const Duration waited = host_.agree_min(group, 0).waited;
  std::vector<Action> actions;
  for (int round = 0; round < schedule.rounds(); ++round) {
    actions.clear();
    schedule.actions(me, round, actions);
    run_round(comm, actions, memory.tensor(), what);
  }
  finish(comm, memory, what);
  count(schedule, me, tensor);
  return waited;
}

void NcclTransport::finish(NcclComm& comm, const NcclMemory& memory, std::string_view what) {
  rank_.watch.until_idle(comm, *stream_, core_, what);
  if (!memory.is_copy()) return;
  memory.fetch(*stream_);
  rank_.watch.until_idle(comm, *stream_, core_, what);
}

// What is to be added, and what would change a range that is being sent, arrives aside first.
void NcclTransport::run_round(NcclComm& comm, const std::vector<Action>& actions,
                              const Tensor& tensor, std::string_view what) {
  const auto stays_aside = [&](const Action& action) {
    if (action.kind == Action::Kind::receive_add) return true;
    return std::ranges::any_of(actions, [&](const Action& other) {
      return other.kind == Action::Kind::send && overlap(action, other);
    });
  };
  struct Aside {
    Tensor from, to;
    bool adds;
  };
  std::vector<Aside> asides;
  std::int64_t bytes = 0;
  for (const Action& action : actions) {
    if (action.kind == Action::Kind::send || !stays_aside(action)) continue;
    bytes += action.elements * tensor.element_bytes();
  }
  std::byte* free = aside(bytes, comm);
  std::vector<NcclCall> calls;
  for (const Action& action : actions) {
    if (action.elements == 0) continue;  // both ends know
    const Tensor part = tensor.part(action.offset, action.elements);
    NcclCall& call = calls.emplace_back(NcclCall{.kind = NcclCall::Kind::send});
    call.elements = part.elements;
    call.type = part.type;
    call.peer = action.peer;
    if (action.kind == Action::Kind::send) {
      call.from = part.data;
      continue;
    }
    call.kind = NcclCall::Kind::receive;
    call.to = part.data;
    if (!stays_aside(action)) continue;
    call.to = free;
    asides.push_back({{free, part.elements, part.type, part.space},
                      part,
                      action.kind == Action::Kind::receive_add});
    free += message_bytes(part);
  }
  if (calls.empty()) return;
  comm.enqueue(calls, *stream_);
  rank_.watch.until_ready(comm, core_, what);
  if (std::ranges::any_of(asides, &Aside::adds)) {
    rank_.watch.until_idle(comm, *stream_, core_, what);
  }
  for (const Aside& one : asides) {
    if (one.adds) {
      rank_.backend.add(one.from, one.to);
    } else {
      stream_->copy(one.from.data, one.to.data, static_cast<std::size_t>(message_bytes(one.to)));
    }
  }
}

std::byte* NcclTransport::aside(std::int64_t bytes, NcclComm& comm) {
  if (bytes > aside_bytes_) {
    rank_.watch.until_idle(comm, *stream_, core_, "a copy");  // from what there was before
    aside_.reset();
    aside_ = rank_.api.allocate(static_cast<std::size_t>(bytes));
    aside_bytes_ = bytes;
  }
  return aside_ ? static_cast<std::byte*>(aside_->data()) : nullptr;
}

Duration NcclTransport::collective(const Group& group, const CollectiveCall& call,
                                   const Tensor& tensor) {
  if (!is_of_nccl(call)) return Transport::collective(group, call, tensor);
  EXPECTS(tensor.data != nullptr || tensor.elements == 0);
  const int me = rank_in(group);
  if (group.size() == 1) return Duration(0);
  rank_.watch.expect_going();
  NcclComm& comm = communicator(group);
  const std::string what = name_of(call.operation, group);
  const NcclMemory memory(rank_.api, rank_.backend.space(), tensor);
  const AbortOnException guard(comm);
  memory.bring(*stream_);
  if (tensor.elements > 0) perform(comm, group, call.operation, memory.tensor());
  rank_.watch.until_ready(comm, core_, what);
  const Duration waited = host_.agree_min(group, 0).waited;
  finish(comm, memory, what);
  CollectiveCall likely = call;
  if (call.algorithm == Algorithm::native) likely.algorithm = Algorithm::ring;
  count(*make_collective(likely, group.size(), tensor.elements), me, tensor);
  return waited;
}

// Parts are those of part_begin: where they are not equal, each is a call of its own.
void NcclTransport::perform(NcclComm& comm, const Group& group, Operation operation,
                            const Tensor& tensor) {
  if (operation == Operation::all_to_all) return all_to_all(comm, group, tensor);
  const bool sums = operation != Operation::all_gather && operation != Operation::broadcast;
  EXPECTS(!sums || adds_up(tensor.type));
  const int ranks = group.size();
  const auto part = [&](int of) {
    const std::int64_t begin = part_begin(tensor.elements, ranks, of);
    return tensor.part(begin, part_begin(tensor.elements, ranks, of + 1) - begin);
  };
  const Tensor own = part(rank_in(group));
  const auto call = [](NcclCall::Kind kind, const Tensor& from, const Tensor& to,
                       std::int64_t elements, int root = 0) {
    return NcclCall{kind, from.data, to.data, elements, to.type, root};
  };
  const auto in_parts = [&](NcclCall::Kind whole, NcclCall::Kind of_part, const Tensor& from,
                            const Tensor& to) {
    std::vector<NcclCall> calls;
    if (tensor.elements % ranks == 0) {
      calls.push_back(call(whole, from, to, own.elements));
    } else {
      for (int of = 0; of < ranks; ++of) {
        if (part(of).elements == 0) continue;
        calls.push_back(call(of_part, part(of), part(of), part(of).elements, of));
      }
    }
    comm.enqueue(calls, *stream_);
  };
  using enum NcclCall::Kind;
  switch (operation) {
    case Operation::all_reduce:
      return comm.enqueue(std::array{call(all_reduce, tensor, tensor, tensor.elements)}, *stream_);
    case Operation::broadcast:
      return comm.enqueue(std::array{call(broadcast, tensor, tensor, tensor.elements)}, *stream_);
    case Operation::reduce:
      return comm.enqueue(std::array{call(reduce, tensor, tensor, tensor.elements)}, *stream_);
    case Operation::all_gather:
      return in_parts(all_gather, broadcast, own, tensor);
    case Operation::reduce_scatter:
      return in_parts(reduce_scatter, reduce, tensor, own);
    case Operation::all_to_all:
    case Operation::send_recv:
      EXPECTS(!"an operation of NCCL");
  }
}

// In place: what arrives would overwrite what leaves.
void NcclTransport::all_to_all(NcclComm& comm, const Group& group, const Tensor& tensor) {
  const int ranks = group.size(), me = rank_in(group);
  EXPECTS(tensor.elements % ranks == 0);
  const std::int64_t size = tensor.elements / ranks;
  const std::int64_t bytes = size * tensor.element_bytes();
  std::byte* const arrived = aside(ranks * bytes, comm);
  const auto to = [&](int peer) { return tensor.part(peer * size, size).data; };
  std::vector<NcclCall> calls;
  for (int peer = 0; peer < ranks; ++peer) {
    if (peer == me) continue;
    calls.push_back({NcclCall::Kind::send, to(peer), nullptr, size, tensor.type, peer});
    calls.push_back(
        {NcclCall::Kind::receive, nullptr, arrived + peer * bytes, size, tensor.type, peer});
  }
  comm.enqueue(calls, *stream_);
  rank_.watch.until_ready(comm, core_, name_of(Operation::all_to_all, group));
  for (int peer = 0; peer < ranks; ++peer) {
    if (peer == me) continue;
    stream_->copy(arrived + peer * bytes, to(peer), static_cast<std::size_t>(bytes));
  }
}

void NcclTransport::count(const Schedule& schedule, int me, const Tensor& tensor) {
  rank_.sent += elements_sent(schedule, me) * tensor.element_bytes();
}

Transport::Agreement NcclTransport::agree_min(const Group& group, std::int64_t value) {
  return host_.agree_min(group, value);
}

std::unique_ptr<Transfer> NcclTransport::start_send(const Group& group, int rank, int port,
                                                    const Tensor& tensor) {
  auto transfer = rank_.messages.start_send(host_, group, rank_in(group), rank, port, tensor);
  rank_.sent += message_bytes(tensor);
  ++rank_.messages_sent;
  return transfer;
}

std::unique_ptr<Transfer> NcclTransport::start_receive(const Group& group, int rank, int port,
                                                       const Tensor& tensor) {
  return rank_.messages.start_receive(host_, group, rank_in(group), rank, port, tensor);
}

}  // namespace rehearse
