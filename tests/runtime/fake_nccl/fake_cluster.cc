#include "tests/runtime/fake_nccl/fake_cluster.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/contract.h"

namespace rehearse {

using fake_nccl::Group;
using fake_nccl::Member;

namespace {

Member& member(fake_nccl::Communicator& of, int rank) {
  return of.members[static_cast<std::size_t>(rank)];
}

}  // namespace

NcclId FakeNccl::Cluster::new_id() {
  const std::lock_guard lock(mutex_);
  NcclId id{};
  ++ids_;
  std::memcpy(id.data(), &ids_, sizeof(ids_));
  return id;
}

FakeNccl::Cluster::Communicator& FakeNccl::Cluster::join(const NcclId& id, int ranks, int rank) {
  const std::lock_guard lock(mutex_);
  auto& place = communicators_[id];
  if (!place) place = std::make_unique<Communicator>(ranks);
  if (static_cast<int>(place->members.size()) != ranks || rank < 0 || rank >= ranks ||
      member(*place, rank).joined) {
    note("the ranks of a communicator disagree about it", *place);
  } else {
    member(*place, rank).joined = true;
  }
  return *place;
}

NcclState FakeNccl::Cluster::state(Communicator& of, int rank) {
  const std::lock_guard lock(mutex_);
  Member& mine = member(of, rank);
  if (mine.aborted) note("a communicator is used after it was aborted", of);
  if (!mine.failure.empty()) return {NcclState::Kind::failed, mine.failure};
  if (!of.complete() || std::exchange(mine.enqueuing, false)) return {NcclState::Kind::busy};
  return {};
}

void FakeNccl::Cluster::enqueue(Communicator& on, int rank, int world_rank,
                                std::span<const NcclCall> calls, Queue& stream) {
  const std::lock_guard lock(mutex_);
  Member& mine = member(on, rank);
  if (mine.aborted) return note("a communicator is used after it was aborted", on);
  if (!on.complete()) return note("a communicator is used before it is ready", on);
  const auto group = std::make_shared<Group>(Group{.of = &mine});
  for (const NcclCall& call : calls) {
    const std::string trouble = trouble_of(call, on, rank, world_rank);
    if (!trouble.empty()) return note(trouble, on);
    group->items.push_back({call});
  }
  const int number = groups_[world_rank]++;
  const auto injected = injected_.find(world_rank);
  if (injected != injected_.end() && number >= injected->second.group) {
    mine.failure = injected->second.text;
  }
  group->stalls = stalled_.contains(world_rank);
  mine.enqueuing = true;
  mine.groups.push_back(group);
  stream.push_back({.group = group});
  advance();
}

std::string FakeNccl::Cluster::trouble_of(const NcclCall& call, const Communicator& on, int rank,
                                          int world_rank) const {
  using enum NcclCall::Kind;
  const auto ranks = static_cast<int>(on.members.size());
  if (call.elements < 0 || call.peer < 0 || call.peer >= ranks) {
    return "a call names a rank or a size that does not exist";
  }
  const bool message = call.kind == send || call.kind == receive;
  if (message && call.peer == rank) return "a message is addressed to its sender";
  const auto bytes = static_cast<std::size_t>(call.elements * element_bytes(call.type));
  const std::size_t all = bytes * on.members.size();
  const bool reads = call.kind != receive, writes = call.kind != send;
  if ((reads && !is_of_device(world_rank, call.from, call.kind == reduce_scatter ? all : bytes)) ||
      (writes && !is_of_device(world_rank, call.to, call.kind == all_gather ? all : bytes))) {
    return "an address is not in the memory of the device of rank " + std::to_string(world_rank);
  }
  return "";
}

bool FakeNccl::Cluster::is_of_device(int world_rank, const void* begin, std::size_t bytes) const {
  if (devices_ == Devices::any_memory || bytes == 0) return true;
  const auto* const at = static_cast<const std::byte*>(begin);
  auto place = memory_.upper_bound(at);
  if (place == memory_.begin()) return false;
  --place;
  return place->second.world_rank == world_rank && at + bytes <= place->first + place->second.bytes;
}

void FakeNccl::Cluster::copy(const fake_nccl::Copy& copy, Queue& stream) {
  const std::lock_guard lock(mutex_);
  stream.push_back({.copy = copy});
  advance();
}

bool FakeNccl::Cluster::idle(const Queue& stream) {
  const std::lock_guard lock(mutex_);
  return stream.empty();
}

void FakeNccl::Cluster::advance() {
  for (bool moved = true; moved;) {
    moved = false;
    for (Queue* const stream : streams_) {
      while (!stream->empty()) {
        const auto& [group, copy] = stream->front();
        if (group && !group->done()) {
          const Member& of = *group->of;
          group->active = of.failure.empty() && !group->stalls && of.groups.front() == group;
          break;
        }
        if (group) {
          std::erase(group->of->groups, group);
        } else {
          std::memcpy(copy.to, copy.from, copy.bytes);
        }
        stream->pop_front();
        moved = true;
      }
    }
    for (const auto& [id, communicator] : communicators_) {
      std::string misuse;
      moved |= communicator->advance(misuse);
      if (!misuse.empty()) note(misuse, *communicator);
    }
  }
}

// The calls of a communicator that failed stay where they are until it is aborted.
void FakeNccl::Cluster::note(const std::string& misuse, Communicator& where) {
  misuses_.push_back(misuse);
  for (Member& each : where.members) {
    each.failure = "invalid usage: " + misuse;
    for (const auto& group : each.groups) group->active = false;
  }
}

void FakeNccl::Cluster::abort(Communicator& of, int rank) {
  const std::lock_guard lock(mutex_);
  Member& mine = member(of, rank);
  mine.aborted = true;
  for (const auto& group : mine.groups) {
    for (Queue* const stream : streams_) {
      std::erase_if(*stream, [&](const fake_nccl::Work& one) { return one.group == group; });
    }
  }
  mine.groups.clear();
  advance();
}

void FakeNccl::Cluster::leave(Communicator& of, int rank) {
  const std::lock_guard lock(mutex_);
  const Member& mine = member(of, rank);
  if (!mine.groups.empty() && mine.failure.empty()) {
    note("a communicator is destroyed while calls are under way", of);
  }
}

void FakeNccl::Cluster::open(Queue& stream) {
  const std::lock_guard lock(mutex_);
  streams_.push_back(&stream);
}

void FakeNccl::Cluster::close(Queue& stream) {
  const std::lock_guard lock(mutex_);
  std::erase(streams_, &stream);
}

void FakeNccl::Cluster::add_memory(int world_rank, const void* begin, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  memory_[static_cast<const std::byte*>(begin)] = {world_rank, bytes};
}

void FakeNccl::Cluster::remove_memory(const void* begin) {
  const std::lock_guard lock(mutex_);
  memory_.erase(static_cast<const std::byte*>(begin));
}

void FakeNccl::Cluster::fail(int world_rank, const std::string& text, int group) {
  const std::lock_guard lock(mutex_);
  injected_[world_rank] = {text, group};
}

void FakeNccl::Cluster::stall(int world_rank) {
  const std::lock_guard lock(mutex_);
  stalled_.insert(world_rank);
}

std::vector<std::string> FakeNccl::Cluster::misuses() {
  const std::lock_guard lock(mutex_);
  return misuses_;
}

}  // namespace rehearse
