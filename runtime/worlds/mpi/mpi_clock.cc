#include <chrono>
#include <cstdlib>
#include <limits>

#include "runtime/worlds/mpi/mpi_state.h"

namespace rehearse {
namespace {

constexpr int kRounds = 25;  // the shortest counts; the first ones set the connection up
constexpr int kTag = 1;

void receive(std::int64_t& time, int peer, MPI_Comm comm) {
  mpi_check(MPI_Recv(&time, 1, MPI_INT64_T, peer, kTag, comm, MPI_STATUS_IGNORE), "MPI_Recv");
}

void send(std::int64_t time, int peer, MPI_Comm comm) {
  mpi_check(MPI_Send(&time, 1, MPI_INT64_T, peer, kTag, comm), "MPI_Send");
}

void answer(int peer, MPI_Comm comm) {
  for (int i = 0; i < kRounds; ++i) {
    std::int64_t unused = 0;
    receive(unused, peer, comm);
    send(mpi_steady_now(), peer, comm);
  }
}

// What to add to this clock to read that of rank 0.
std::int64_t offset_to_first(MPI_Comm comm) {
  std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
  std::int64_t offset = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::int64_t begin = mpi_steady_now();
    send(begin, 0, comm);
    std::int64_t there = 0;
    receive(there, 0, comm);
    const std::int64_t trip = mpi_steady_now() - begin;
    if (trip >= shortest) continue;
    shortest = trip;
    offset = there - begin - trip / 2;
  }
  return std::abs(offset) <= shortest / 2 ? 0 : offset;
}

}  // namespace

std::int64_t mpi_steady_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::int64_t mpi_common_start(MPI_Comm comm) {
  int rank = 0;
  int size = 0;
  mpi_check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  mpi_check(MPI_Comm_size(comm, &size), "MPI_Comm_size");
  std::int64_t offset = 0;
  if (rank == 0) {
    for (int peer = 1; peer < size; ++peer) answer(peer, comm);
  } else {
    offset = offset_to_first(comm);
  }
  std::int64_t start = mpi_steady_now();
  mpi_check(MPI_Bcast(&start, 1, MPI_INT64_T, 0, comm), "MPI_Bcast");
  return start - offset;
}

}  // namespace rehearse
