#include "tests/runtime/fake_nccl/fake_work.h"

#include <algorithm>
#include <cstring>

#include "kernels/add_arrived.h"

namespace rehearse::fake_nccl {
namespace {

using Kind = NcclCall::Kind;

bool is_message(const NcclCall& call) {
  return call.kind == Kind::send || call.kind == Kind::receive;
}

std::size_t bytes_of(const NcclCall& call) {
  return static_cast<std::size_t>(call.elements * element_bytes(call.type));
}

const Group* active_group(const Member& member) {
  if (member.groups.empty() || !member.groups.front()->active) return nullptr;
  return member.groups.front().get();
}

// The first of a group that is not done and sends to the peer, or receives from it; null: none.
Group::Item* first_message(const Group& group, Kind kind, std::size_t peer) {
  for (const Group::Item& item : group.items) {
    if (item.done || item.call.kind != kind) continue;
    if (item.call.peer == static_cast<int>(peer)) return const_cast<Group::Item*>(&item);
  }
  return nullptr;
}

const Group::Item* first_collective(const Group& group) {
  for (const Group::Item& item : group.items) {
    if (!item.done && !is_message(item.call)) return &item;
  }
  return nullptr;
}

bool alike(const NcclCall& a, const NcclCall& b) {
  return a.kind == b.kind && a.elements == b.elements && a.type == b.type && a.peer == b.peer;
}

// By all ranks, in the order of their numbers.
void perform(const std::vector<NcclCall>& calls) {
  const NcclCall& any = calls.front();
  const std::size_t bytes = bytes_of(any);
  const auto ranks = calls.size();
  const auto root = static_cast<std::size_t>(any.peer);
  const bool scatters = any.kind == Kind::reduce_scatter, gathers = any.kind == Kind::all_gather;
  std::vector<std::byte> result((scatters || gathers ? ranks : 1) * bytes);
  const auto part = [&](std::size_t of) { return result.data() + of * bytes; };
  if (bytes == 0) return;
  if (gathers) {
    for (std::size_t r = 0; r < ranks; ++r) std::memcpy(part(r), calls[r].from, bytes);
  } else if (any.kind == Kind::broadcast) {
    std::memcpy(part(0), calls[root].from, bytes);
  } else {
    std::memcpy(part(0), calls[0].from, result.size());
    for (std::size_t r = 1; r < ranks; ++r) {
      add_arrived(calls[r].from, any.elements * static_cast<std::int64_t>(scatters ? ranks : 1),
                  any.type, result.data());
    }
  }
  for (std::size_t r = 0; r < ranks; ++r) {
    if (any.kind == Kind::reduce && r != root) continue;
    if (scatters) {
      std::memcpy(calls[r].to, part(r), bytes);
    } else {
      std::memcpy(calls[r].to, part(0), result.size());
    }
  }
}

}  // namespace

bool Group::done() const { return std::ranges::all_of(items, &Item::done); }

bool Communicator::complete() const { return std::ranges::all_of(members, &Member::joined); }

bool Communicator::advance(std::string& misuse) {
  bool moved = sum_or_share(misuse);
  for (std::size_t me = 0; me < members.size() && misuse.empty(); ++me) {
    moved |= exchange(me, misuse);
  }
  if (!moved && misuse.empty() && circle()) {
    misuse = "calls that are no group wait for one another in a circle";
  }
  return moved;
}

// What this member sends and the others receive.
bool Communicator::exchange(std::size_t me, std::string& misuse) {
  const Group* const mine = active_group(members[me]);
  if (mine == nullptr) return false;
  bool moved = false;
  for (std::size_t peer = 0; peer < members.size(); ++peer) {
    const Group* const theirs = active_group(members[peer]);
    for (;;) {
      Group::Item* const send = first_message(*mine, Kind::send, peer);
      Group::Item* const receive =
          theirs == nullptr ? nullptr : first_message(*theirs, Kind::receive, me);
      if (send == nullptr || receive == nullptr) break;
      if (bytes_of(send->call) != bytes_of(receive->call) ||
          send->call.type != receive->call.type) {
        misuse = "a receive is not of the size and the type of what is sent";
        return moved;
      }
      std::memcpy(receive->call.to, send->call.from, bytes_of(send->call));
      send->done = receive->done = moved = true;
    }
  }
  return moved;
}

bool Communicator::sum_or_share(std::string& misuse) {
  std::vector<Group::Item*> items;
  for (const Member& member : members) {
    const Group* const group = active_group(member);
    const Group::Item* const item = group == nullptr ? nullptr : first_collective(*group);
    if (item != nullptr) items.push_back(const_cast<Group::Item*>(item));
  }
  if (items.empty()) return false;
  for (const Group::Item* item : items) {
    if (alike(item->call, items.front()->call)) continue;
    misuse = "the ranks of a communicator make different collective calls";
    return false;
  }
  if (items.size() < members.size()) return false;
  std::vector<NcclCall> calls;
  for (Group::Item* item : items) {
    calls.push_back(item->call);
    item->done = true;
  }
  perform(calls);
  return true;
}

// Whether `me` waits for a call that `other` can make only after what it is in now.
bool Communicator::waits_behind(std::size_t me, std::size_t other) const {
  const Group* const mine = active_group(members[me]);
  const Group* const theirs = active_group(members[other]);
  if (me == other || mine == nullptr || theirs == nullptr) return false;
  if (first_collective(*mine) != nullptr && first_collective(*theirs) == nullptr) return true;
  return (first_message(*mine, Kind::send, other) != nullptr &&
          first_message(*theirs, Kind::receive, me) == nullptr) ||
         (first_message(*mine, Kind::receive, other) != nullptr &&
          first_message(*theirs, Kind::send, me) == nullptr);
}

bool Communicator::circle() const {
  const std::size_t n = members.size();
  for (std::size_t start = 0; start < n; ++start) {
    std::vector<bool> seen(n);
    std::vector<std::size_t> open{start};
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      for (std::size_t next = 0; next < n; ++next) {
        if (!waits_behind(at, next)) continue;
        if (next == start) return true;
        if (!seen[next]) open.push_back(next);
        seen[next] = true;
      }
    }
  }
  return false;
}

}  // namespace rehearse::fake_nccl
