// The list of stacks that are fitted to published tables of collectives (studies/stacks.json), and
// the tables that each is fitted to or judged by.
//
//   { "stacks": [ { "start": { …a stack file… },
//                   "machines": [ { "family": "polaris", "network": "slingshot-polaris",
//                                   "device": "a100-sxm4-40gb", "library": "nccl",
//                                   "fit": { "nodes": [1, 2] } } ] } ] }
//
// A table belongs to a machine if its machine_family, library_word and buffers are those that the
// machine names, and "version" begins its library_version where it is given. Tables of quality C,
// tables without rows and all but the best variant (unless "any_variant") are left out. "fit": of
// which nodes (and operations, all by default) the tables are fitted to; the others are judged.
// "start" may name a stack that stands before in the list: then the study is of a user who has own
// tables of the nodes under "fit", and nothing is written. "inside_of" and "nic_of" name stacks
// before whose level stands in place of that of `start`: what has no tables of its own is derived
// so, and called assumed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calibrate/fits/library_fit.h"

namespace rehearse {

struct StudyTable {
  MeasuredTable table;
  std::string machine;  // the family's name
  bool fitted = false;  // else judged
  bool best = true;     // the best variant of its machine, nodes and operation
};

struct StudyStack {
  StackProfile start;
  std::string start_of;  // the stack that it begins with; empty: `start` is given
  std::string inside_of, nic_of;
  std::vector<StudyTable> tables;
  std::vector<std::string> left_out;  // lines: which table of the families, and why
  std::vector<std::shared_ptr<const Scenario>> machines;  // that the tables point to
};

// Throws Error::input.
std::vector<StudyStack> read_study(const std::string& study,
                                   const std::vector<std::string>& tables);

}  // namespace rehearse
