#include "runtime/worlds/mpi/mpi_transport.h"

#include <algorithm>
#include <array>

#include "base/contract.h"
#include "runtime/worlds/message_ends.h"
#include "runtime/worlds/mpi/mpi_state.h"

namespace rehearse {

// Tells the others when this rank arrived, with what value and whether there is alarm, while the
// actual work goes on.
class MpiTransport::Arrival {
 public:
  Arrival(MpiTransport& transport, MPI_Comm comm, std::int64_t value)
      : transport_(transport),
        mine_{-value, mpi_steady_now() - transport.shared_.start,
              transport.shared_.alarm.raised() ? 1 : 0} {
    mpi_check(MPI_Iallreduce(mine_.data(), greatest_.data(), static_cast<int>(mine_.size()),
                             MPI_INT64_T, MPI_MAX, comm, &request_),
              "MPI_Iallreduce");
  }

  Agreement finish() {
    transport_.wait_.until_complete(request_);
    if (greatest_[2] != 0) transport_.shared_.alarm.raise();
    // Clocks of two nodes agree to a microsecond or so; nobody waits a negative time.
    const std::int64_t waited = std::max(std::int64_t{0}, greatest_[1] - mine_[1]);
    return {-greatest_[0], Duration(static_cast<double>(waited) * 1e-9)};
  }

 private:
  MpiTransport& transport_;
  std::array<std::int64_t, 3> mine_;  // -value, nanoseconds since the common start, alarm
  std::array<std::int64_t, 3> greatest_{};
  MPI_Request request_ = MPI_REQUEST_NULL;
};

MpiTransport::MpiTransport(const Rank& rank, MPI_Comm all, bool background)
    : shared_(rank),
      all_(all),
      wait_(background, shared_.monitor),
      rounds_(wait_),
      messages_(shared_.messages, wait_, shared_.gone) {
  mpi_check(MPI_Comm_rank(all_, &rank_), "MPI_Comm_rank");
}

MpiTransport::~MpiTransport() {
  if (shared_.monitor.failed()) return;  // others may never come to free theirs
  for (auto& [id, comm] : made_) MPI_Comm_free(&comm);
}

int MpiTransport::rank_in(const Group& group) const {
  return group.id() == 0 ? rank_ : rank_in_group(group, rank_);
}

MPI_Comm MpiTransport::communicator(const Group& group) {
  if (group.id() == 0) return all_;  // in every lane: no other task has this one
  const auto [place, is_new] = made_.try_emplace(group.context(), MPI_COMM_NULL);
  if (!is_new) return place->second;
  std::vector<int> members;
  for (int i = 0; i < group.size(); ++i) members.push_back(group.world_rank(i));
  MPI_Group everyone = MPI_GROUP_NULL;
  MPI_Group chosen = MPI_GROUP_NULL;
  mpi_check(MPI_Comm_group(all_, &everyone), "MPI_Comm_group");
  mpi_check(MPI_Group_incl(everyone, group.size(), members.data(), &chosen), "MPI_Group_incl");
  mpi_check(MPI_Comm_create_group(all_, chosen, group.context(), &place->second),
            "MPI_Comm_create_group");
  MPI_Group_free(&chosen);
  MPI_Group_free(&everyone);
  return place->second;
}

Duration MpiTransport::execute(const Group& group, const Schedule& schedule, const Tensor& tensor) {
  EXPECTS(schedule.ranks() == group.size() && schedule.elements() == tensor.elements);
  EXPECTS(tensor.data != nullptr || tensor.elements == 0);
  EXPECTS(tensor.space == MemorySpace::host);
  const int me = rank_in(group);
  if (group.size() == 1) return Duration(0);
  const MPI_Comm comm = communicator(group);
  Arrival arrival(*this, comm, 0);
  std::vector<Action> actions;
  for (int round = 0; round < schedule.rounds(); ++round) {
    actions.clear();
    schedule.actions(me, round, actions);
    for (const Action& action : actions) {
      if (action.kind == Action::Kind::send) count(action.elements, tensor);
    }
    rounds_.run(comm, actions, tensor);
  }
  return arrival.finish().waited;
}

Duration MpiTransport::native_all_reduce(const Group& group, const Tensor& tensor) {
  EXPECTS(tensor.data != nullptr || tensor.elements == 0);
  EXPECTS(rank_in(group) >= 0);
  if (group.size() == 1) return Duration(0);
  // MPI knows no sum of 2-byte numbers: what it would most likely pick runs as a schedule.
  if (tensor.type != ElementType::float32) return Transport::native_all_reduce(group, tensor);
  const MPI_Comm comm = communicator(group);
  Arrival arrival(*this, comm, 0);
  const auto likely = make_all_reduce(choose_like_open_mpi(group.size(), tensor.bytes().value()),
                                      group.size(), tensor.elements);
  count(elements_sent(*likely, rank_in(group)), tensor);
  constexpr std::int64_t kMost = std::int64_t{1} << 30;  // MPI counts in int
  for (std::int64_t done = 0; done < tensor.elements; done += kMost) {
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_check(MPI_Iallreduce(MPI_IN_PLACE, tensor.floats() + done,
                             static_cast<int>(std::min(kMost, tensor.elements - done)), MPI_FLOAT,
                             MPI_SUM, comm, &request),
              "MPI_Iallreduce");
    wait_.until_complete(request);
  }
  return arrival.finish().waited;
}

Transport::Agreement MpiTransport::agree_min(const Group& group, std::int64_t value) {
  EXPECTS(rank_in(group) >= 0);
  if (group.size() == 1) return {value, Duration(0)};
  return Arrival(*this, communicator(group), value).finish();
}

std::unique_ptr<Transfer> MpiTransport::start_send(const Group& group, int rank, int port,
                                                   const Tensor& tensor) {
  auto transfer = messages_.start_send(group, rank_in(group), rank, port, tensor);
  shared_.sent += message_bytes(tensor);
  ++shared_.messages_sent;
  return transfer;
}

std::unique_ptr<Transfer> MpiTransport::start_receive(const Group& group, int rank, int port,
                                                      const Tensor& tensor) {
  return messages_.start_receive(group, rank_in(group), rank, port, tensor);
}

Transport::Completed MpiTransport::wait_any(std::span<const std::unique_ptr<Transfer>> transfers) {
  return messages_.wait_any(transfers);
}

}  // namespace rehearse
