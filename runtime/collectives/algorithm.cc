#include "runtime/collectives/algorithm.h"

namespace rehearse {

std::string to_text(Operation operation) { return std::string(kOperationNames.text(operation)); }
std::string to_text(Algorithm algorithm) { return std::string(kAlgorithmNames.text(algorithm)); }
std::string to_text(Protocol protocol) { return std::string(kProtocolNames.text(protocol)); }

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
