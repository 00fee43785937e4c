#include "runtime/worlds/mpi/mpi_round.h"

#include <algorithm>

#include "kernels/add_arrived.h"
#include "runtime/worlds/mpi/mpi_state.h"

namespace rehearse {
namespace {

constexpr std::int64_t kSegment = std::int64_t{1} << 20;  // bytes
constexpr std::size_t kSlots = 4;                         // receives under way that land aside
constexpr int kTag = 0;  // messages between two ranks keep their order

bool overlap(std::int64_t a, std::int64_t a_size, std::int64_t b, std::int64_t b_size) {
  return a < b + b_size && b < a + a_size;
}

// Of a piece, which is at most a segment.
int bytes_of(const Tensor& piece) {
  return static_cast<int>(piece.elements * piece.element_bytes());
}

}  // namespace

void MpiRounds::run(MPI_Comm comm, const std::vector<Action>& actions, const Tensor& tensor) {
  split(actions, kSegment / tensor.element_bytes());
  post_receives(comm, tensor);
  post_sends(comm, tensor);
  for (Piece& piece : receives_) {
    wait_.until_complete(piece.request);
    finish(piece, tensor);
    post_receives(comm, tensor);
  }
  for (Piece& piece : sends_) wait_.until_complete(piece.request);
}

void MpiRounds::split(const std::vector<Action>& actions, std::int64_t segment) {
  sends_.clear();
  receives_.clear();
  posted_ = aside_posted_ = aside_finished_ = 0;
  for (const Action& a : actions) {
    auto& pieces = a.kind == Action::Kind::send ? sends_ : receives_;
    std::int64_t done = 0;
    do {  // an empty transfer is a message too
      const std::int64_t elements = std::min(segment, a.elements - done);
      pieces.push_back({a.kind, a.peer, a.offset + done, elements});
      done += elements;
    } while (done < a.elements);
  }
  for (Piece& piece : receives_) {
    piece.lands_aside = piece.kind == Action::Kind::receive_add || overlaps_a_send(piece);
  }
}

bool MpiRounds::overlaps_a_send(const Piece& piece) const {
  return std::any_of(sends_.begin(), sends_.end(), [&](const Piece& sent) {
    return overlap(sent.offset, sent.elements, piece.offset, piece.elements);
  });
}

std::byte* MpiRounds::slot(std::size_t number) {
  if (slots_.empty()) slots_.resize(kSlots * kSegment);
  return slots_.data() + number % kSlots * kSegment;
}

void MpiRounds::post_receives(MPI_Comm comm, const Tensor& tensor) {
  for (; posted_ < receives_.size(); ++posted_) {
    Piece& piece = receives_[posted_];
    if (piece.lands_aside && aside_posted_ == aside_finished_ + kSlots) return;
    const Tensor part = tensor.part(piece.offset, piece.elements);
    void* const target = piece.lands_aside ? slot(aside_posted_++) : part.data;
    mpi_check(MPI_Irecv(target, bytes_of(part), MPI_BYTE, piece.peer, kTag, comm, &piece.request),
              "MPI_Irecv");
  }
}

void MpiRounds::post_sends(MPI_Comm comm, const Tensor& tensor) {
  for (Piece& piece : sends_) {
    const Tensor part = tensor.part(piece.offset, piece.elements);
    mpi_check(
        MPI_Isend(part.data, bytes_of(part), MPI_BYTE, piece.peer, kTag, comm, &piece.request),
        "MPI_Isend");
  }
}

void MpiRounds::finish(Piece& piece, const Tensor& tensor) {
  if (!piece.lands_aside) return;
  for (Piece& sent : sends_) {
    if (overlap(sent.offset, sent.elements, piece.offset, piece.elements)) {
      wait_.until_complete(sent.request);
    }
  }
  const std::byte* const arrived = slot(aside_finished_++);
  const Tensor part = tensor.part(piece.offset, piece.elements);
  if (piece.kind == Action::Kind::receive_add) {
    add_arrived(arrived, piece.elements, part.type, part.data);
  } else {
    std::copy_n(arrived, bytes_of(part), static_cast<std::byte*>(part.data));
  }
}

}  // namespace rehearse
