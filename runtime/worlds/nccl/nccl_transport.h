// Transport of one task over NCCL.
//
// All-reduces by Algorithm::native are NCCL's, and so are gathers, reduce-scatters, broadcasts and
// reductions in rings, which are what NCCL runs them in, and all-to-alls by pairs (grouped sends
// and receives). Every other algorithm runs as its schedule, a group of sends and receives per
// round. Each lane of each group has a communicator, each task a stream.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include "kernels/backend.h"
#include "runtime/world/world.h"
#include "runtime/worlds/nccl/nccl_memory.h"
#include "runtime/worlds/nccl/nccl_messages.h"

namespace rehearse {

// What the tasks of a rank have in common.
struct NcclRank {
  // Borrows both. Tensors are in the backend's memory, or the host's.
  NcclRank(NcclApi& nccl, const Backend& arithmetic, int rank, Duration timeout)
      : api(nccl), backend(arithmetic), watch(rank, timeout) {}
  // Of a run that failed: what others do not answer ends.
  ~NcclRank() {
    for (auto& [context, comm] : comms) {
      if (watch.failed()) comm->abort();
    }
  }
  NcclRank(const NcclRank&) = delete;
  NcclRank& operator=(const NcclRank&) = delete;

  NcclApi& api;
  const Backend& backend;
  NcclWatch watch;
  std::atomic<std::int64_t> sent = 0;  // bytes
  std::atomic<std::int64_t> messages_sent = 0;
  std::mutex mutex;                                // of the map
  std::map<int, std::unique_ptr<NcclComm>> comms;  // by the context of the group
  NcclMessages messages{{api, watch, backend.space()}};
};

class NcclTransport : public Transport {
 public:
  // `host` is that of the same task in the world in which the ranks were started; borrowed.
  NcclTransport(Transport& host, NcclRank& rank, NcclWatch::Core core);

  int rank() const override { return host_.rank(); }
  int size() const override { return host_.size(); }
  std::shared_ptr<const Group> world() const override { return host_.world(); }
  int rank_in(const Group& group) const override { return host_.rank_in(group); }

  Duration execute(const Group& group, const Schedule& schedule, const Tensor& tensor) override;
  Duration collective(const Group& group, const CollectiveCall& call,
                      const Tensor& tensor) override;
  Agreement agree_min(const Group& group, std::int64_t value) override;

  std::unique_ptr<Transfer> start_send(const Group& group, int rank, int port,
                                       const Tensor& tensor) override;
  std::unique_ptr<Transfer> start_receive(const Group& group, int rank, int port,
                                          const Tensor& tensor) override;
  Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers) override {
    return rank_.messages.wait_any(transfers);
  }
  Bytes sent() const override { return Bytes(static_cast<double>(rank_.sent.load())); }
  std::int64_t messages_sent() const override { return rank_.messages_sent; }

 private:
  // Collective over the group when it is met for the first time.
  NcclComm& communicator(const Group& group);
  // On the stream, of a tensor that the device reaches.
  void perform(NcclComm& comm, const Group& group, Operation operation, const Tensor& tensor);
  void all_to_all(NcclComm& comm, const Group& group, const Tensor& tensor);
  // Waits for what is on the stream, and brings the result to where it belongs.
  void finish(NcclComm& comm, const NcclMemory& memory, std::string_view what);
  void run_round(NcclComm& comm, const std::vector<Action>& actions, const Tensor& tensor,
                 std::string_view what);
  // Memory of the device for what arrives aside in `comm`.
  [[nodiscard]] std::byte* aside(std::int64_t bytes, NcclComm& comm);
  void count(const Schedule& schedule, int me, const Tensor& tensor);

  Transport& host_;
  NcclRank& rank_;
  NcclWatch::Core core_;
  std::unique_ptr<NcclStream> stream_;  // made when it is needed
  std::unique_ptr<NcclBuffer> aside_;
  std::int64_t aside_bytes_ = 0;
};

}  // namespace rehearse
