// Messages between ranks over MPI, as one task of a rank sends and receives them.
//
// All tasks of a rank use the same communicator, so that any of them may receive what another rank
// sent; the group's context and the port are the tag. Tensors travel as bytes.
#pragma once

#include <mpi.h>

#include <memory>
#include <span>

#include "runtime/world/transport.h"
#include "runtime/worlds/mpi/mpi_wait.h"

namespace rehearse {

class MpiMessages {
 public:
  // `comm` is a communicator of all ranks for messages alone, with ranks as in the world. Keeps
  // `wait`.
  MpiMessages(MPI_Comm comm, MpiWait& wait);

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

  MPI_Comm comm_;
  MpiWait& wait_;
  int greatest_tag_ = 0;
};

}  // namespace rehearse
