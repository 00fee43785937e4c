// NCCL and the CUDA runtime behind nccl_api.h.
//
// Communicators are non-blocking (NCCL user guide, "Fault tolerance"): every call returns at once,
// ncclCommGetAsyncError tells how it went on. Each function selects the device first, because CUDA
// remembers it for each thread.
#include <cuda_runtime_api.h>
#include <nccl.h>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/cuda/cuda_devices.h"
#include "runtime/worlds/nccl/nccl_api.h"

namespace rehearse {
namespace {

static_assert(sizeof(NcclId) == NCCL_UNIQUE_ID_BYTES);
static_assert(NCCL_VERSION_CODE >= NCCL_VERSION(2, 14, 0), "the first with ncclConfig_t");

void cuda_check(cudaError_t code, const char* call) {
  if (code == cudaSuccess) return;
  throw Error::environment(std::string(call) + " failed", cudaGetErrorString(code));
}

// Calls on non-blocking communicators answer "in progress" where others would block.
void nccl_check(ncclResult_t code, const char* call, ncclComm_t comm = nullptr) {
  if (code == ncclSuccess || code == ncclInProgress) return;
  const std::string more = ncclGetLastError(comm);
  throw Error::environment(std::string(call) + " failed",
                           ncclGetErrorString(code) + (more.empty() ? "" : ": " + more));
}

ncclDataType_t nccl_type(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return ncclFloat32;
    case ElementType::float16:
      return ncclFloat16;
    case ElementType::bfloat16:
      return ncclBfloat16;
    case ElementType::float8:  // is never added
    case ElementType::byte:
      break;
  }
  return ncclUint8;
}

class CudaStream : public NcclStream {
 public:
  explicit CudaStream(int device) : device_(device) {
    cuda_check(cudaSetDevice(device_), "cudaSetDevice");
    int least = 0, greatest = 0;
    cuda_check(cudaDeviceGetStreamPriorityRange(&least, &greatest), "cudaStreamPriorityRange");
    // What others wait for goes first where it competes with the computation.
    cuda_check(cudaStreamCreateWithPriority(&stream_, cudaStreamNonBlocking, greatest),
               "cudaStreamCreateWithPriority");
  }
  ~CudaStream() override {
    cudaSetDevice(device_);
    cudaStreamDestroy(stream_);
  }
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;

  void copy(const void* from, void* to, std::size_t bytes) override {
    cuda_check(cudaSetDevice(device_), "cudaSetDevice");
    cuda_check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_), "cudaMemcpyAsync");
  }
  bool idle() override {
    cuda_check(cudaSetDevice(device_), "cudaSetDevice");
    const cudaError_t code = cudaStreamQuery(stream_);
    if (code == cudaErrorNotReady) return false;
    cuda_check(code, "cudaStreamQuery");
    return true;
  }
  [[nodiscard]] cudaStream_t get() const { return stream_; }

 private:
  int device_;
  cudaStream_t stream_ = nullptr;
};

// Memory of the device, by sizes that are powers of two. What is given back is kept for the next of
// its size: cudaMalloc and cudaFree may wait for the whole device, also for kernels of NCCL that
// wait for another rank, which may be waiting for this one (NCCL user guide, "Using multiple NCCL
// communicators concurrently").
class CudaPool {
 public:
  explicit CudaPool(int device) : device_(device) {}
  ~CudaPool() {
    cudaSetDevice(device_);
    for (const auto& [bytes, data] : free_) cudaFree(data);
  }
  CudaPool(const CudaPool&) = delete;
  CudaPool& operator=(const CudaPool&) = delete;

  // `bytes` becomes the size of what is returned.
  void* take(std::size_t& bytes) {
    bytes = std::bit_ceil(std::max<std::size_t>(bytes, kLeast));
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = free_.find(bytes); found != free_.end()) {
        void* const data = found->second;
        free_.erase(found);
        return data;
      }
    }
    void* data = nullptr;
    cuda_check(cudaSetDevice(device_), "cudaSetDevice");
    cuda_check(cudaMalloc(&data, bytes), "cudaMalloc");
    return data;
  }
  void give_back(void* data, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    free_.emplace(bytes, data);
  }

 private:
  static constexpr std::size_t kLeast = 512;

  int device_;
  std::mutex mutex_;
  std::multimap<std::size_t, void*> free_;
};

class CudaBuffer : public NcclBuffer {
 public:
  CudaBuffer(std::shared_ptr<CudaPool> pool, std::size_t bytes)
      : pool_(std::move(pool)), bytes_(bytes), data_(pool_->take(bytes_)) {}
  ~CudaBuffer() override { pool_->give_back(data_, bytes_); }
  CudaBuffer(const CudaBuffer&) = delete;
  CudaBuffer& operator=(const CudaBuffer&) = delete;
  [[nodiscard]] void* data() const override { return data_; }

 private:
  std::shared_ptr<CudaPool> pool_;
  std::size_t bytes_;
  void* data_;
};

class CudaComm : public NcclComm {
 public:
  CudaComm(int device, const NcclId& id, int ranks, int rank) : device_(device) {
    cuda_check(cudaSetDevice(device_), "cudaSetDevice");
    ncclUniqueId nccl_id;
    std::ranges::copy(id, nccl_id.internal);
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    nccl_check(ncclCommInitRankConfig(&comm_, ranks, nccl_id, rank, &config),
               "ncclCommInitRankConfig");
  }
  ~CudaComm() override {
    if (comm_ == nullptr) return;
    cudaSetDevice(device_);
    if (state().kind == NcclState::Kind::ready) {
      ncclCommDestroy(comm_);
    } else {
      ncclCommAbort(comm_);
    }
  }
  CudaComm(const CudaComm&) = delete;
  CudaComm& operator=(const CudaComm&) = delete;

  NcclState state() override {
    EXPECTS(comm_ != nullptr);  // not aborted
    ncclResult_t result = ncclSuccess;
    ncclResult_t code = ncclCommGetAsyncError(comm_, &result);
    if (code == ncclSuccess) code = result;
    if (code == ncclSuccess) return {};
    if (code == ncclInProgress) return {NcclState::Kind::busy};
    const std::string more = ncclGetLastError(comm_);
    return {NcclState::Kind::failed, ncclGetErrorString(code) + (more.empty() ? "" : ": " + more)};
  }

  void enqueue(std::span<const NcclCall> calls, NcclStream& stream) override {
    EXPECTS(comm_ != nullptr);
    cuda_check(cudaSetDevice(device_), "cudaSetDevice");
    const cudaStream_t on = static_cast<CudaStream&>(stream).get();
    nccl_check(ncclGroupStart(), "ncclGroupStart");
    try {
      for (const NcclCall& call : calls) enqueue(call, on);
    } catch (...) {
      ncclGroupEnd();  // or the thread's next calls would join the group
      throw;
    }
    nccl_check(ncclGroupEnd(), "ncclGroupEnd", comm_);
  }

  void abort() override {
    if (comm_ == nullptr) return;
    cudaSetDevice(device_);
    ncclCommAbort(comm_);
    comm_ = nullptr;
  }

 private:
  void enqueue(const NcclCall& call, cudaStream_t on) {
    const auto count = static_cast<std::size_t>(call.elements);
    const ncclDataType_t type = nccl_type(call.type);
    switch (call.kind) {
      case NcclCall::Kind::all_reduce:
        nccl_check(ncclAllReduce(call.from, call.to, count, type, ncclSum, comm_, on),
                   "ncclAllReduce", comm_);
        return;
      case NcclCall::Kind::reduce_scatter:
        nccl_check(ncclReduceScatter(call.from, call.to, count, type, ncclSum, comm_, on),
                   "ncclReduceScatter", comm_);
        return;
      case NcclCall::Kind::all_gather:
        nccl_check(ncclAllGather(call.from, call.to, count, type, comm_, on), "ncclAllGather",
                   comm_);
        return;
      case NcclCall::Kind::broadcast:
        nccl_check(ncclBroadcast(call.from, call.to, count, type, call.peer, comm_, on),
                   "ncclBroadcast", comm_);
        return;
      case NcclCall::Kind::reduce:
        nccl_check(ncclReduce(call.from, call.to, count, type, ncclSum, call.peer, comm_, on),
                   "ncclReduce", comm_);
        return;
      case NcclCall::Kind::send:
        nccl_check(ncclSend(call.from, count, type, call.peer, comm_, on), "ncclSend", comm_);
        return;
      case NcclCall::Kind::receive:
        nccl_check(ncclRecv(call.to, count, type, call.peer, comm_, on), "ncclRecv", comm_);
        return;
    }
  }

  int device_;
  ncclComm_t comm_ = nullptr;  // null: aborted
};

class CudaNccl : public NcclApi {
 public:
  explicit CudaNccl(int device) : device_(device), pool_(std::make_shared<CudaPool>(device)) {}

  std::string library() const override {
    int version = 0;
    nccl_check(ncclGetVersion(&version), "ncclGetVersion");
    // As NCCL_VERSION of nccl.h makes it, since 2.9.
    return "NCCL " + std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) +
           "." + std::to_string(version % 100);
  }
  NcclId new_id() override {
    ncclUniqueId made;
    nccl_check(ncclGetUniqueId(&made), "ncclGetUniqueId");
    NcclId id{};
    std::ranges::copy(made.internal, id.begin());
    return id;
  }
  std::unique_ptr<NcclComm> join(const NcclId& id, int ranks, int rank) override {
    return std::make_unique<CudaComm>(device_, id, ranks, rank);
  }
  std::unique_ptr<NcclStream> make_stream() override {
    return std::make_unique<CudaStream>(device_);
  }
  std::unique_ptr<NcclBuffer> allocate(std::size_t bytes) override {
    return std::make_unique<CudaBuffer>(pool_, bytes);
  }

 private:
  int device_;
  std::shared_ptr<CudaPool> pool_;
};

}  // namespace

std::unique_ptr<NcclApi> make_nccl(int device) {
  require_cuda_device();
  EXPECTS(device >= 0 && device < cuda_device_count());
  return std::make_unique<CudaNccl>(device);
}

}  // namespace rehearse
