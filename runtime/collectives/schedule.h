// A collective operation as data: rounds of transfers and reductions over a group.
//
// In every round each rank performs its actions: it sends the named ranges as they were at the
// start of the round, and receives into ranges, either overwriting or adding. A rank may enter a
// round when its own receives of the rounds before are complete; there is no barrier. The simulated
// world times a Schedule, real transports execute it, tests prove it correct on real numbers.
//
// Schedules are procedural (a ring over 4,096 ranks has 33 million transfers): actions are computed
// for one rank and round when asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rehearse {

struct Action {
  enum class Kind : std::uint8_t { send, receive, receive_add };

  Kind kind;
  int peer;               // rank within the group
  std::int64_t offset;    // first element
  std::int64_t elements;  // may be 0: the message is sent nevertheless, with no payload

  bool operator==(const Action&) const = default;
};

// The steps that one piece of data takes one after the other during a phase, inside nodes and
// between them, where a schedule knows: latencies are paid for these instead of for every round.
// A pipeline also takes as long as `filling` slices before all of its stages work; a slice is
// about `slice` of the data (not rounded to whole numbers of slices).
struct PhaseSteps {
  int inside = 0, between = 0;
  int filling = 0;
  int slices = 1;
  double slice = 1;

  [[nodiscard]] bool known() const { return inside + between > 0; }

  bool operator==(const PhaseSteps&) const = default;
};

// Consecutive rounds in which every rank keeps its partners: what flow fidelity simulates as one
// set of concurrent flows.
struct Phase {
  int first_round = 0;
  int rounds = 0;
  PhaseSteps steps{};
  // What ranks of a node exchange is summed and handed out by the switch that joins them: in place
  // of the volumes between them each rank gives this many elements to the switch and takes them.
  std::int64_t switched = 0;
};

// What one rank sends to one partner during a phase, or receives from it and adds.
struct Volume {
  int peer;
  std::int64_t elements;
  int messages;

  bool operator==(const Volume&) const = default;
};

class Schedule {
 public:
  Schedule(int ranks, std::int64_t elements) : ranks_(ranks), elements_(elements) {}
  virtual ~Schedule() = default;
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  [[nodiscard]] int ranks() const { return ranks_; }
  [[nodiscard]] std::int64_t elements() const { return elements_; }

  [[nodiscard]] virtual int rounds() const = 0;

  // What tells this collective from others over as many ranks: schedules of equal kinds move equal
  // shares of their elements between the same ranks, up to rounding. Empty: of a kind of its own.
  [[nodiscard]] virtual std::string kind() const { return {}; }
  // The same collective over so many elements; null if kind() is empty.
  [[nodiscard]] virtual std::unique_ptr<Schedule> resized(std::int64_t elements) const;

  // Appends what `rank` does in `round`. REQUIRES: 0 <= rank < ranks(), 0 <= round < rounds().
  virtual void actions(int rank, int round, std::vector<Action>& out) const = 0;

  // The rounds grouped into phases, in order. By default every round is a phase of its own.
  [[nodiscard]] virtual std::vector<Phase> phases() const;

  // Appends what `rank` sends during `phase`. Overrides must equal the default, the sum over
  // actions.
  virtual void volumes(int rank, const Phase& phase, std::vector<Volume>& out) const;

  // The same of what `rank` receives and adds. Both in any order of the peers.
  virtual void added(int rank, const Phase& phase, std::vector<Volume>& out) const;

  // The elements that `rank` exchanges with ranks of other nodes, each counted once: what a
  // transport that cannot read the memory of a device copies to the host before and back after
  // (their mean where the two differ).
  [[nodiscard]] virtual std::int64_t staged(int rank) const;

 private:
  void collect(Action::Kind kind, int rank, const Phase& phase, std::vector<Volume>& out) const;

  int ranks_;
  std::int64_t elements_;
};

// The elements that `rank` sends in all rounds.
std::int64_t elements_sent(const Schedule& schedule, int rank);

// The first element of part `index` when `elements` are split into `parts` parts whose sizes differ
// by one at most; part_begin(n, p, p) == n.
constexpr std::int64_t part_begin(std::int64_t elements, std::int64_t parts, std::int64_t index) {
  const std::int64_t size = elements / parts;
  const std::int64_t larger = elements % parts;
  return index * size + (index < larger ? index : larger);
}

}  // namespace rehearse
