// Which algorithm and protocol a collective of a simulated job takes.
//
// native: what the library of the stack would choose: NCCL's and RCCL's own model of the machine
// (runtime/collectives/nccl_tuning.h), the fixed rules of MPI libraries. automatic: the cheapest of
// all that the machine can run, by their prices in the formulas of analytic fidelity, routed over
// the real network. A given algorithm gets the protocol that NCCL would give it, or else the
// cheapest.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/collectives/collectives.h"
#include "sim/collectives/collective_pattern.h"
#include "sim/collectives/step_costs.h"

namespace rehearse {

struct ChosenCollective {
  CollectiveCall call;
  Duration price;
};

// What a collective took that was simulated alone, against its price.
struct CollectiveTrial {
  CollectiveCall call;
  double bytes = 0;
  Duration price, time;
};

class CollectiveChooser {
 public:
  struct Options {
    // The stages of the hierarchical all-reduce work at the same time, as no library does that
    // performs them one after the other (Horovod).
    bool pipelined = true;
    // automatic takes what Open MPI's rules say, as real runs do (predict/job_costs.h).
    bool fixed_rules = false;
    // Sums in the switch of a node can be simulated: not under fidelity message.
    bool switches_add = true;
    // Calls follow each other as in benchmarks: a broadcast or reduce in LL, which waits for no
    // answer, begins before the last one has reached the end of its chain.
    bool back_to_back = false;
    // Share of the links' rate that other jobs leave.
    double free_share = 1;
  };

  // Borrows the patterns, whose network and profile it uses.
  CollectiveChooser(CollectivePatterns& patterns, Options options)
      : patterns_(patterns), options_(options) {}

  // The call for a collective over the group, whose nodes are filled with so many ranks one after
  // the other; `elements` of `element` bytes each (of all_gather the gathered buffer, …).
  // `protocol` overrides the choice. Throws Error::input where the machine cannot run the
  // algorithm, or no algorithm does the operation. REQUIRES: the patterns know the group.
  ChosenCollective choose(const Group& group, Operation operation, Algorithm wish,
                          std::optional<Protocol> protocol, int ranks_per_node,
                          std::int64_t elements, int element);

  // Those among which automatic chooses whose price is near the least: what trials are worth making
  // of. REQUIRES: an operation that some algorithm does.
  std::vector<ChosenCollective> close_calls(const Group& group, Operation operation,
                                            int ranks_per_node, std::int64_t elements, int element);
  // From now on automatic corrects its price of this algorithm and protocol, at sizes to which no
  // other trial is nearer.
  void add_trial(const CollectiveTrial& trial);

  // How many NICs of the first rank's node the job can use, and how many of these the collective
  // leaves idle.
  struct Nics {
    int all = 0, idle = 0;
  };
  Nics nics_of(const Group& group, const CollectiveCall& call, std::int64_t elements);

  [[nodiscard]] const std::shared_ptr<const Group>& world() const { return patterns_.world(); }

  // The cheapest of what the stack's library can be told to do: of NCCL its own algorithms in their
  // protocols, of others as automatic.
  ChosenCollective best_of_library(const Group& group, Operation operation, int ranks_per_node,
                                   std::int64_t elements, int element);

  // Why this machine cannot run the algorithm for the operation over so many ranks; empty if it
  // can.
  [[nodiscard]] std::string obstacle(Operation operation, Algorithm algorithm, int ranks,
                                     int ranks_per_node) const;

 private:
  struct Question {
    const Group& group;
    Operation operation;
    int ranks_per_node;
    std::int64_t elements;
    int element;

    [[nodiscard]] double bytes() const { return static_cast<double>(elements) * element; }
  };

  [[nodiscard]] CollectiveCall call_of(const Question& q, Algorithm algorithm,
                                       Protocol protocol) const;
  [[nodiscard]] std::vector<Protocol> protocols() const;
  Duration price(const Question& q, CollectiveCall& call);
  Duration price_of(const Question& q, const Schedule& schedule, const StepCosts* costs);
  // The cheapest protocol of an algorithm; absent if the machine cannot run it.
  std::optional<ChosenCollective> cheapest(const Question& q, Algorithm algorithm);
  std::optional<ChosenCollective> runnable(const Question& q);
  std::optional<ChosenCollective> native(const Question& q, std::optional<Algorithm> algorithm);
  ChosenCollective automatic(const Question& q);
  // By each algorithm that the machine can run, in its cheapest protocol.
  std::vector<ChosenCollective> priced(const Question& q);
  [[nodiscard]] double trial_factor(const Question& q, const CollectiveCall& call) const;
  ChosenCollective decide(const Question& q, Algorithm wish, std::optional<Protocol> protocol);
  [[nodiscard]] NcclModel model_of(int ranks, int ranks_per_node, bool with_collnet) const;

  CollectivePatterns& patterns_;
  Options options_;
  using Key = std::tuple<int, Operation, Algorithm, int, int, std::int64_t, int>;
  std::map<Key, ChosenCollective> known_;
  std::vector<CollectiveTrial> trials_;
};

// Whether native has a library to ask: else automatic is the default.
bool names_library(const StackProfile& profile);

}  // namespace rehearse
