#include "runtime/all_reduce.h"

namespace rehearse {

Duration all_reduce(Transport& transport, const Group& group, const Buffer& buffer,
                    AllReduce algorithm, int ranks_per_node) {
  if (algorithm == AllReduce::native) return transport.native_all_reduce(group, buffer);
  const auto schedule = make_all_reduce(algorithm, group.size(), buffer.elements, ranks_per_node);
  return transport.execute(group, *schedule, buffer);
}

// What stands in for the library's own: the algorithm that Open MPI would pick.
Duration Transport::native_all_reduce(const Group& group, const Buffer& buffer) {
  const double bytes = static_cast<double>(buffer.elements) * buffer.bytes_per_element;
  return all_reduce(*this, group, buffer, choose_like_open_mpi(group.size(), bytes));
}

}  // namespace rehearse
