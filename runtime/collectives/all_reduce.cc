#include "runtime/collectives/all_reduce.h"

#include <algorithm>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/collectives/in_nodes.h"

namespace rehearse {
namespace {

// Each stage may be the first to see a rank that is late, and the next ones wait for it no more.
Duration all_reduce_in_network(Transport& transport, const Group& group, const Buffer& buffer,
                               int ranks_per_node) {
  Duration waited;
  const auto in_nodes = [&](RingPass::Kind kind) {
    if (ranks_per_node == 1) return;
    const InNodes stage(kind, group.size(), buffer.elements, ranks_per_node);
    waited = std::max(waited, transport.execute(group, stage, buffer));
  };
  in_nodes(RingPass::Kind::reduce_scatter);
  if (group.size() > ranks_per_node) {
    waited = std::max(waited, transport.reduce_in_network(group, ranks_per_node, buffer));
  }
  in_nodes(RingPass::Kind::all_gather);
  return waited;
}

}  // namespace

Duration all_reduce(Transport& transport, const Group& group, const Buffer& buffer,
                    Algorithm algorithm, int ranks_per_node) {
  return transport.collective(
      group, {.algorithm = algorithm, .ranks_per_node = std::min(ranks_per_node, group.size())},
      buffer);
}

Duration Transport::collective(const Group& group, const CollectiveCall& call,
                               const Buffer& buffer) {
  EXPECTS(call.algorithm != Algorithm::automatic);
  if (call.algorithm == Algorithm::native) return native_all_reduce(group, buffer);
  if (call.algorithm == Algorithm::in_network) {
    return all_reduce_in_network(*this, group, buffer, call.ranks_per_node);
  }
  if (is_formula(call.algorithm)) {
    throw Error::input("'" + to_text(call.algorithm) + "' cannot run here",
                       "it is known by its cost only", "use another algorithm, or predict it");
  }
  const auto schedule = make_collective(call, group.size(), buffer.elements);
  return execute(group, *schedule, buffer);
}

// What stands in for the library's own: the algorithm that Open MPI would pick.
Duration Transport::native_all_reduce(const Group& group, const Buffer& buffer) {
  const double bytes = static_cast<double>(buffer.elements) * buffer.bytes_per_element;
  return all_reduce(*this, group, buffer, choose_like_open_mpi(group.size(), bytes));
}

Duration Transport::reduce_in_network(const Group&, int, const Buffer&) {
  throw Error::input("no switch here adds what passes it",
                     "in-network reduction is simulated under fidelity flow and analytic",
                     "use another training.allreduce.algorithm");
}

}  // namespace rehearse
