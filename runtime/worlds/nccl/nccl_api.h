// What the world over NCCL needs of NCCL and of the CUDA runtime, as one rank sees it: devices'
// memory, streams, communicators. nccl_cuda.cc does it with the libraries; tests do it in host
// memory for several ranks of one process (tests/worlds/fake_nccl.h).
//
//   const NcclId id = api.new_id();                       // on one rank; the others are told
//   auto comm = api.join(id, ranks, rank);                // on all of them
//   while (comm->state().kind == NcclState::Kind::busy);
//   comm->enqueue({{{.kind = NcclCall::Kind::all_reduce, …}}}, *stream);
//   while (!stream->idle());
//
// Nothing here blocks on other ranks. Every function throws Error::environment with the library's
// own explanation when a call fails at once; what fails later is told by NcclComm::state. All
// functions may be called from any thread; a communicator and a stream from one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "kernels/tensor.h"

namespace rehearse {

// Names a communicator before it exists (ncclUniqueId, whose size is NCCL_UNIQUE_ID_BYTES).
using NcclId = std::array<char, 128>;

// One call of NCCL. Addresses are in the memory of the device.
struct NcclCall {
  enum class Kind : std::uint8_t {
    all_reduce,      // elements of each rank; sums
    reduce_scatter,  // `elements` that each rank receives
    all_gather,      // `elements` that each rank gives
    broadcast,
    reduce,  // sums
    send,
    receive
  };

  Kind kind;
  const void* from = nullptr;  // unused by receive
  void* to = nullptr;          // unused by send
  std::int64_t elements = 0;
  ElementType type = ElementType::float32;
  int peer = 0;  // of send and receive; the root of broadcast and reduce
};

// How a communicator is.
struct NcclState {
  enum class Kind : std::uint8_t { ready, busy, failed };

  Kind kind = Kind::ready;
  std::string text{};  // why it failed, in NCCL's words
};

// Kernels and copies that run one after the other, beside those of all other streams.
class NcclStream {
 public:
  virtual ~NcclStream() = default;
  // Enqueues a copy between host and device or within either.
  virtual void copy(const void* from, void* to, std::size_t bytes) = 0;
  // Whether everything that was enqueued is complete.
  [[nodiscard]] virtual bool idle() = 0;
};

// A communicator, as one of its ranks has it. The destructor frees it, and aborts what is under way
// where it has failed.
class NcclComm {
 public:
  virtual ~NcclComm() = default;
  // `busy` while it is being made, and while calls are being enqueued.
  [[nodiscard]] virtual NcclState state() = 0;
  // Enqueues the calls as one group (ncclGroupStart, ncclGroupEnd): sends and receives of a group
  // do not wait for one another. REQUIRES: ready.
  virtual void enqueue(std::span<const NcclCall> calls, NcclStream& stream) = 0;
  // Ends what is under way; afterwards the communicator may only be destroyed.
  virtual void abort() = 0;
};

// Memory of the device. REQUIRES: nothing under way uses it when it is destroyed.
class NcclBuffer {
 public:
  virtual ~NcclBuffer() = default;
  [[nodiscard]] virtual void* data() const = 0;
};

class NcclApi {
 public:
  virtual ~NcclApi() = default;
  [[nodiscard]] virtual std::string library() const = 0;  // with its version: "NCCL 2.28.3"
  [[nodiscard]] virtual NcclId new_id() = 0;
  // Begins to make a communicator together with the other ranks that name the same id.
  [[nodiscard]] virtual std::unique_ptr<NcclComm> join(const NcclId& id, int ranks, int rank) = 0;
  [[nodiscard]] virtual std::unique_ptr<NcclStream> make_stream() = 0;
  // Throws Error::environment when the memory cannot be had.
  [[nodiscard]] virtual std::unique_ptr<NcclBuffer> allocate(std::size_t bytes) = 0;
};

// The libraries, on a device of this machine. Throws Error::environment where this build has no
// CUDA and where the machine has no GPU; says what to do. REQUIRES: device < cuda_device_count()
// (kernels/cuda/cuda_devices.h), where there is one.
std::unique_ptr<NcclApi> make_nccl(int device);

}  // namespace rehearse
