#include "runtime/collectives/all_reduce.h"

#include <algorithm>

namespace rehearse {

Duration all_reduce(Transport& transport, const Group& group, const Tensor& tensor,
                    Algorithm algorithm, int ranks_per_node) {
  return transport.collective(
      group, {.algorithm = algorithm, .ranks_per_node = std::min(ranks_per_node, group.size())},
      tensor);
}

}  // namespace rehearse
