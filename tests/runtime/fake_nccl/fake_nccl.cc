#include "tests/runtime/fake_nccl/fake_nccl.h"

#include "tests/runtime/fake_nccl/fake_cluster.h"

namespace rehearse {

class FakeNccl::Stream : public NcclStream {
 public:
  explicit Stream(std::shared_ptr<Cluster> cluster) : cluster_(std::move(cluster)) {
    cluster_->open(queue_);
  }
  ~Stream() override { cluster_->close(queue_); }
  void copy(const void* from, void* to, std::size_t bytes) override {
    cluster_->copy({from, to, bytes}, queue_);
  }
  bool idle() override { return cluster_->idle(queue_); }
  [[nodiscard]] Cluster::Queue& queue() { return queue_; }

 private:
  std::shared_ptr<Cluster> cluster_;
  Cluster::Queue queue_;
};

class FakeNccl::Comm : public NcclComm {
 public:
  Comm(std::shared_ptr<Cluster> cluster, const NcclId& id, int ranks, int rank, int world_rank)
      : cluster_(std::move(cluster)),
        communicator_(cluster_->join(id, ranks, rank)),
        rank_(rank),
        world_rank_(world_rank) {}
  ~Comm() override { cluster_->leave(communicator_, rank_); }
  NcclState state() override { return cluster_->state(communicator_, rank_); }
  void enqueue(std::span<const NcclCall> calls, NcclStream& stream) override {
    cluster_->enqueue(communicator_, rank_, world_rank_, calls,
                      static_cast<Stream&>(stream).queue());
  }
  void abort() override { cluster_->abort(communicator_, rank_); }

 private:
  std::shared_ptr<Cluster> cluster_;
  Cluster::Communicator& communicator_;
  int rank_, world_rank_;
};

class FakeNccl::Buffer : public NcclBuffer {
 public:
  Buffer(std::shared_ptr<Cluster> cluster, int world_rank, std::size_t bytes)
      : cluster_(std::move(cluster)),
        memory_(bytes + 1) {  // one, so that each has an address of its own
    cluster_->add_memory(world_rank, memory_.data(), bytes);
  }
  ~Buffer() override { cluster_->remove_memory(memory_.data()); }
  void* data() const override { return const_cast<std::byte*>(memory_.data()); }

 private:
  std::shared_ptr<Cluster> cluster_;
  std::vector<std::byte> memory_;
};

class FakeNccl::Api : public NcclApi {
 public:
  Api(std::shared_ptr<Cluster> cluster, int world_rank)
      : cluster_(std::move(cluster)), world_rank_(world_rank) {}
  std::string library() const override { return "fake NCCL"; }
  NcclId new_id() override { return cluster_->new_id(); }
  std::unique_ptr<NcclComm> join(const NcclId& id, int ranks, int rank) override {
    return std::make_unique<Comm>(cluster_, id, ranks, rank, world_rank_);
  }
  std::unique_ptr<NcclStream> make_stream() override { return std::make_unique<Stream>(cluster_); }
  std::unique_ptr<NcclBuffer> allocate(std::size_t bytes) override {
    return std::make_unique<Buffer>(cluster_, world_rank_, bytes);
  }

 private:
  std::shared_ptr<Cluster> cluster_;
  int world_rank_;
};

FakeNccl::FakeNccl(Devices devices) : cluster_(std::make_shared<Cluster>(devices)) {}
FakeNccl::~FakeNccl() = default;

std::unique_ptr<NcclApi> FakeNccl::of_rank(int rank) {
  return std::make_unique<Api>(cluster_, rank);
}
void FakeNccl::fail(int rank, const std::string& text, int group) {
  cluster_->fail(rank, text, group);
}
void FakeNccl::stall(int rank) { cluster_->stall(rank); }
std::vector<std::string> FakeNccl::misuses() const { return cluster_->misuses(); }

}  // namespace rehearse
