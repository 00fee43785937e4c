// Records of messages and collectives on a small real network (scenarios/testbed), each with the
// network that it was taken on: what a simulation of them can be judged by.
//
//   const NetworkRecords all = read_network_records("scenarios/testbed/messages.json");
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"

namespace rehearse {

struct NetworkRecord {
  enum class Operation {
    ping_pong,   // one way
    exchange,    // both ways at once, in pairs of ranks 2i, 2i + 1; all arrive together
    exchanges,   // the same directly after another
    flow,        // beside the others of its case
    all_reduce,  // by `algorithm`; "open_mpi" is the library's choice
    all_to_all   // `size` from each to each; "linear" (all at once) or "pairwise"
  };

  std::string clock;      // records of different clocks are not to be mixed
  bool fat_tree = false;  // else a single switch
  Bandwidth rate;         // of a host's link, of the bytes on it
  Bandwidth uplink;       // of a leaf's link; a fat-tree has 4 hosts on a leaf and one core
  Duration link_delay;    // of each link
  int ranks = 2;          // one per host
  Operation operation = Operation::ping_pong;
  std::string algorithm;  // of a collective
  int from = 0, to = 0;   // of a flow
  std::string together;   // flows that have it in common ran at the same time
  Bytes size;             // of a message; of an all-reduce's data
  Duration median;        // over the repetitions
  Duration least, greatest;
  // Of an exchange: between the returns of two ranks that are no pair, or of the two if there are
  // no others; median; else 0.
  Duration leave_apart;
  std::string where;  // in the file, for messages
};

std::string to_text(NetworkRecord::Operation operation);

// In a line: "single_switch 500 us all_reduce ring 65536 B".
std::string title(const NetworkRecord& record);

struct NetworkRecords {
  std::string source;
  std::vector<NetworkRecord> records;
};

// Throws Error::input.
NetworkRecords read_network_records(const std::string& file);

// Seconds that a small message spends on the links between hosts 0 and 1: two link delays.
inline Duration delay_between(const NetworkRecord& record) { return 2 * record.link_delay; }

}  // namespace rehearse
