#include "runtime/worlds/mpi/mpi_messages.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/worlds/host_world.h"
#include "runtime/worlds/message_ends.h"
#include "runtime/worlds/mpi/mpi_bytes.h"
#include "runtime/worlds/mpi/mpi_state.h"

namespace rehearse {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(20);  // for ranks that have ended

}  // namespace

class MpiMessages::Started : public Transfer {
 public:
  // To or from `peer` of the group.
  Started(const Group& group, int peer, bool receives, const Tensor& tensor)
      : group_(group), peer_(peer), receives_(receives), bytes_(message_bytes(tensor)) {}

  // Of a run that failed: nothing may arrive in a tensor that is no more.
  ~Started() override {
    if (request_ == MPI_REQUEST_NULL) return;
    if (receives_) MPI_Cancel(&request_);
    MPI_Request_free(&request_);
  }

  [[nodiscard]] const MpiBytes& bytes() const { return bytes_; }
  [[nodiscard]] MPI_Request* request() { return &request_; }
  [[nodiscard]] int peer() const { return peer_; }
  // Of its group the first rank that has ended and could be the other end, and was not told yet;
  // a receive from any rank tells each once.
  std::optional<int> tell_gone(const std::function<bool(int rank)>& gone) {
    if (peer_ != kAnyRank) {
      return gone(group_.world_rank(peer_)) ? std::optional(peer_) : std::nullopt;
    }
    for (int rank = 0; rank < group_.size(); ++rank) {
      if (gone(group_.world_rank(rank)) && told_.insert(rank).second) return rank;
    }
    return std::nullopt;
  }

  // Whether it is complete. REQUIRES: it was not before.
  bool test() {
    EXPECTS(request_ != MPI_REQUEST_NULL);
    int done = 0;
    MPI_Status status{};
    const int code = MPI_Test(&request_, &done, &status);
    int kind = MPI_SUCCESS;
    if (code != MPI_SUCCESS) MPI_Error_class(code, &kind);
    EXPECTS(kind != MPI_ERR_TRUNCATE);  // the message is longer than the tensor
    mpi_check(code, "MPI_Test");
    if (done == 0) return false;
    if (receives_) {
      EXPECTS(bytes_.filled(status));
      peer_ = rank_in_group(group_, status.MPI_SOURCE);
    }
    return true;
  }

 private:
  Group group_;
  int peer_;
  bool receives_;
  MpiBytes bytes_;
  MPI_Request request_ = MPI_REQUEST_NULL;
  std::set<int> told_;  // ranks that have ended
};

MpiMessages::MpiMessages(MPI_Comm comm, MpiWait& wait, const std::function<bool(int rank)>& gone)
    : comm_(comm), wait_(wait), gone_(gone) {
  void* greatest = nullptr;
  int known = 0;
  mpi_check(MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &greatest, &known), "MPI_Comm_get_attr");
  ENSURES(known != 0);
  greatest_tag_ = *static_cast<const int*>(greatest);
}

int MpiMessages::tag(const Group& group, int port) const {
  const std::int64_t tag = std::int64_t{group.context()} * kMostPorts + port;
  if (tag > greatest_tag_) {
    throw Error::environment(
        "this MPI has no tag for messages in group " + std::to_string(group.id()),
        "its greatest is " + std::to_string(greatest_tag_), "use an MPI library with larger tags");
  }
  return static_cast<int>(tag);
}

std::unique_ptr<Transfer> MpiMessages::start_send(const Group& group, int me, int to, int port,
                                                  const Tensor& tensor) {
  expect_message_ends(group, me, to, port, tensor);
  const int with_tag = tag(group, port);
  auto started = std::make_unique<Started>(group, to, false, tensor);
  mpi_check(MPI_Isend(tensor.data, started->bytes().count(), started->bytes().type(),
                      group.world_rank(to), with_tag, comm_, started->request()),
            "MPI_Isend");
  return started;
}

std::unique_ptr<Transfer> MpiMessages::start_receive(const Group& group, int me, int from, int port,
                                                     const Tensor& tensor) {
  expect_receiving_end(group, me, from, port, tensor);
  const int with_tag = tag(group, port);
  const int source = from == kAnyRank ? MPI_ANY_SOURCE : group.world_rank(from);
  auto started = std::make_unique<Started>(group, from, true, tensor);
  mpi_check(MPI_Irecv(tensor.data, started->bytes().count(), started->bytes().type(), source,
                      with_tag, comm_, started->request()),
            "MPI_Irecv");
  return started;
}

std::optional<Transport::Completed> MpiMessages::first_gone(
    std::span<const std::unique_ptr<Transfer>> transfers) {
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    if (!transfers[i]) continue;
    if (const auto rank = static_cast<Started&>(*transfers[i]).tell_gone(gone_)) {
      return Transport::Completed{.index = i, .rank = *rank, .gone = true};
    }
  }
  return std::nullopt;
}

Transport::Completed MpiMessages::wait_any(std::span<const std::unique_ptr<Transfer>> transfers) {
  EXPECTS(std::ranges::any_of(transfers, [](const auto& one) { return one != nullptr; }));
  std::size_t first = 0;
  std::optional<Transport::Completed> ended;
  const auto begin = std::chrono::steady_clock::now();
  auto looked = begin;
  wait_.until([&] {
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      first = (looked_at_ + i) % transfers.size();
      if (transfers[first] == nullptr || !static_cast<Started&>(*transfers[first]).test()) continue;
      looked_at_ = first + 1;
      return true;
    }
    if (!gone_) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now - looked < kBetweenLooks) return false;
    looked = now;
    ended = first_gone(transfers);
    return ended.has_value();
  });
  if (ended) return *ended;
  return {.index = first, .rank = static_cast<const Started&>(*transfers[first]).peer()};
}

}  // namespace rehearse
