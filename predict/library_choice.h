// Whether a job's collectives could be faster: what the library chose against the cheapest that
// this program finds, and NICs that an algorithm leaves idle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "predict/prediction.h"
#include "sim/collectives/collective_chooser.h"

namespace rehearse {

// Of one collective.
struct LibraryChoice {
  double price = 0;     // s, of the one that runs
  double best = 0;      // s, of the cheapest
  std::string runs;     // "tree in ll128"
  std::string better;   // the same of the cheapest
  std::string setting;  // that makes the library take it; empty if there is none
  int nics = 0;         // of a node that the job uses
  int idle_nics = 0;    // of which this collective uses none
};

// `wish` as in CollectiveChooser::choose.
LibraryChoice library_choice(CollectiveChooser& chooser, const Group& group, Operation operation,
                             Algorithm wish, std::optional<Protocol> protocol, int ranks_per_node,
                             std::int64_t elements, int element);

// One line of text of every number and word, and back.
std::string to_text(const LibraryChoice& choice);
LibraryChoice library_choice_from_text(const std::string& line);

// Appends "library_choice" (the library's own choice is more than 10 % slower) and "idle_nics", one
// each, with the points (or rows) that they are about and the worst of them in words. `native`:
// whether the library chose.
void add_choice_warnings(const std::vector<LibraryChoice>& choices, bool native,
                         std::vector<Warning>& warnings);

}  // namespace rehearse
