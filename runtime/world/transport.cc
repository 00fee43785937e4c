#include "runtime/world/transport.h"

#include <algorithm>
#include <array>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/collectives/all_reduce.h"
#include "runtime/collectives/in_nodes.h"

namespace rehearse {

Duration Transport::collective(const Group& group, const CollectiveCall& call,
                               const Tensor& tensor) {
  EXPECTS(call.algorithm != Algorithm::automatic);
  if (call.algorithm == Algorithm::native) return native_all_reduce(group, tensor);
  if (call.algorithm == Algorithm::in_network) {
    return all_reduce_in_network(group, tensor, call.ranks_per_node);
  }
  if (is_formula(call.algorithm)) {
    throw Error::input("'" + to_text(call.algorithm) + "' cannot run here",
                       "it is known by its cost only", "use another algorithm, or predict it");
  }
  const auto schedule = make_collective(call, group.size(), tensor.elements);
  return execute(group, *schedule, tensor);
}

// Each stage may be the first to see a rank that is late, and the next ones wait for it no more.
Duration Transport::all_reduce_in_network(const Group& group, const Tensor& tensor,
                                          int ranks_per_node) {
  Duration waited;
  const auto in_nodes = [&](RingPass::Kind kind) {
    if (ranks_per_node == 1) return;
    const InNodes stage(kind, group.size(), tensor.elements, ranks_per_node);
    waited = std::max(waited, execute(group, stage, tensor));
  };
  in_nodes(RingPass::Kind::reduce_scatter);
  if (group.size() > ranks_per_node) {
    waited = std::max(waited, reduce_in_network(group, ranks_per_node, tensor));
  }
  in_nodes(RingPass::Kind::all_gather);
  return waited;
}

// What stands in for the library's own: the algorithm that Open MPI would pick.
Duration Transport::native_all_reduce(const Group& group, const Tensor& tensor) {
  return all_reduce(*this, group, tensor,
                    choose_like_open_mpi(group.size(), tensor.bytes().value()));
}

Duration Transport::reduce_in_network(const Group&, int, const Tensor&) {
  throw Error::input("no switch here adds what passes it",
                     "in-network reduction is simulated under fidelity flow and analytic",
                     "use another training.allreduce.algorithm");
}

void Transport::start_sends(const Group& group, int rank, int port, std::span<const Tensor> tensors,
                            std::vector<std::unique_ptr<Transfer>>& transfers) {
  for (const Tensor& tensor : tensors) transfers.push_back(start_send(group, rank, port, tensor));
}

void Transport::start_receives(const Group& group, int rank, int port,
                               std::span<const Tensor> tensors,
                               std::vector<std::unique_ptr<Transfer>>& transfers) {
  EXPECTS(rank != kAnyRank);
  for (const Tensor& tensor : tensors) {
    transfers.push_back(start_receive(group, rank, port, tensor));
  }
}

Duration Transport::wait_all(Clock& clock, std::vector<std::unique_ptr<Transfer>>& transfers) {
  std::optional<Duration> begun;
  std::optional<Duration> first_complete;
  for (std::size_t left = transfers.size(); left > 0; --left) {
    const Completed done = wait_any(transfers);
    transfers[done.index].reset();
    if (done.gone) {
      transfers.clear();
      throw RankGone(done.rank);
    }
    if (done.begun) begun = begun ? std::max(*begun, *done.begun) : *done.begun;
    if (!first_complete) first_complete = clock.now();
  }
  transfers.clear();
  return begun.value_or(first_complete.value_or(Duration(0)));
}

void Transport::send(const Group& group, int rank, int port, const Tensor& tensor) {
  const std::array transfers{start_send(group, rank, port, tensor)};
  if (const Completed done = wait_any(transfers); done.gone) throw RankGone(done.rank);
}

int Transport::receive(const Group& group, int rank, int port, const Tensor& tensor) {
  const std::array transfers{start_receive(group, rank, port, tensor)};
  const Completed done = wait_any(transfers);
  if (done.gone) throw RankGone(done.rank);
  return done.rank;
}

}  // namespace rehearse
