#include "runtime/collectives/algorithm.h"

namespace rehearse {

const std::vector<std::string>& operation_names() {
  static const std::vector<std::string> names{"all_reduce", "all_gather", "reduce_scatter",
                                              "all_to_all", "broadcast",  "reduce",
                                              "send_recv"};
  return names;
}

const std::vector<std::string>& algorithm_names() {
  static const std::vector<std::string> names{"ring",
                                              "tree",
                                              "nvls",
                                              "nvls_tree",
                                              "collnet_direct",
                                              "collnet_chain",
                                              "pat",
                                              "hierarchical",
                                              "recursive_doubling",
                                              "rabenseifner",
                                              "halving_doubling",
                                              "binomial",
                                              "pairwise",
                                              "node_leader",
                                              "in_network",
                                              "native",
                                              "auto"};
  return names;
}

const std::vector<std::string>& protocol_names() {
  static const std::vector<std::string> names{"", "ll", "ll128", "simple"};
  return names;
}

std::string to_text(Operation operation) {
  return operation_names()[static_cast<std::size_t>(operation)];
}

std::string to_text(Algorithm algorithm) {
  return algorithm_names()[static_cast<std::size_t>(algorithm)];
}

std::string to_text(Protocol protocol) {
  return protocol_names()[static_cast<std::size_t>(protocol)];
}

double bus_factor(Operation operation, int ranks) {
  const double others = (ranks - 1.0) / ranks;
  switch (operation) {
    case Operation::all_reduce:
      return 2 * others;
    case Operation::all_gather:
    case Operation::reduce_scatter:
    case Operation::all_to_all:
      return others;
    case Operation::broadcast:
    case Operation::reduce:
    case Operation::send_recv:
      break;
  }
  return 1;
}

}  // namespace rehearse
