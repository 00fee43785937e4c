// Messages between ranks over MPI, as one task of a rank sends and receives them.
//
// All tasks of a rank use the same communicator, so that any of them may receive what another rank
// sent; the group's context and the port are the tag. Tensors travel as bytes.
#pragma once

#include <mpi.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "runtime/world/transport.h"
#include "runtime/worlds/mpi/mpi_wait.h"

namespace rehearse {

class MpiMessages {
 public:
  // `comm` is a communicator of all ranks for messages alone, with ranks as in the world. Keeps
  // `wait`.
  // `gone`: whether a rank has ended before the run; may be empty. Borrowed.
  MpiMessages(MPI_Comm comm, MpiWait& wait, const std::function<bool(int rank)>& gone);

  // By rank `me` of the group; as of Transport. Both throw Error::environment where MPI has no tag
  // for the group.
  std::unique_ptr<Transfer> start_send(const Group& group, int me, int to, int port,
                                       const Tensor& tensor);
  std::unique_ptr<Transfer> start_receive(const Group& group, int me, int from, int port,
                                          const Tensor& tensor);
  Transport::Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers);

 private:
  class Started;

  [[nodiscard]] int tag(const Group& group, int port) const;
  // The first of the transfers whose other end has ended, and which rank of its group that is.
  [[nodiscard]] std::optional<Transport::Completed> first_gone(
      std::span<const std::unique_ptr<Transfer>> transfers);

  MPI_Comm comm_;
  MpiWait& wait_;
  const std::function<bool(int rank)>& gone_;
  int greatest_tag_ = 0;
  std::size_t looked_at_ = 0;  // the place where wait_any found the last one, and one more
};

}  // namespace rehearse
