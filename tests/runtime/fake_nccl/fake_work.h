// What the devices of FakeNccl have to do: queues of copies and of groups of calls, and what makes
// them move.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "runtime/worlds/nccl/nccl_api.h"

namespace rehearse::fake_nccl {

struct Member;

// A group of calls of one rank, on one communicator.
struct Group {
  Member* of = nullptr;
  struct Item {
    NcclCall call;
    bool done = false;
  };
  std::vector<Item> items{};
  bool stalls = false;  // never begins
  bool active = false;  // first on its stream and in its communicator

  [[nodiscard]] bool done() const;
};

struct Copy {
  const void* from;
  void* to;
  std::size_t bytes;
};

// What stands on a stream: one of the two.
struct Work {
  std::shared_ptr<Group> group{};
  Copy copy{};
};
using Queue = std::deque<Work>;

// A rank's part of a communicator.
struct Member {
  bool joined = false, aborted = false;
  bool enqueuing = false;  // tells once that it is busy, as NCCL does
  std::string failure{};
  std::deque<std::shared_ptr<Group>> groups{};  // in the order of the calls
};

struct Communicator {
  explicit Communicator(int ranks) : members(static_cast<std::size_t>(ranks)) {}

  std::vector<Member> members;

  [[nodiscard]] bool complete() const;  // all have joined
  // Does what the active groups of its members allow. Returns whether anything was done; of a
  // misuse, `misuse` says what it is.
  bool advance(std::string& misuse);

 private:
  bool exchange(std::size_t me, std::string& misuse);
  bool sum_or_share(std::string& misuse);
  [[nodiscard]] bool circle() const;
  [[nodiscard]] bool waits_behind(std::size_t me, std::size_t other) const;
};

}  // namespace rehearse::fake_nccl
