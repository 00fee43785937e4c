#include "runtime/worlds/mpi/mpi_round.h"

#include <algorithm>

#include "runtime/collectives/add.h"
#include "runtime/worlds/mpi/mpi_state.h"

namespace rehearse {
namespace {

constexpr std::int64_t kSegment = std::int64_t{1} << 18;  // elements: 1 MiB
constexpr std::size_t kSlots = 4;                         // receives under way that land aside
constexpr int kTag = 0;  // messages between two ranks keep their order

bool overlap(std::int64_t a, std::int64_t a_size, std::int64_t b, std::int64_t b_size) {
  return a < b + b_size && b < a + a_size;
}

}  // namespace

void MpiRounds::run(MPI_Comm comm, const std::vector<Action>& actions, float* data) {
  split(actions);
  post_receives(comm, data);
  post_sends(comm, data);
  for (Piece& piece : receives_) {
    wait_.until_complete(piece.request);
    finish(piece, data);
    post_receives(comm, data);
  }
  for (Piece& piece : sends_) wait_.until_complete(piece.request);
}

void MpiRounds::split(const std::vector<Action>& actions) {
  sends_.clear();
  receives_.clear();
  posted_ = aside_posted_ = aside_finished_ = 0;
  for (const Action& a : actions) {
    auto& pieces = a.kind == Action::Kind::send ? sends_ : receives_;
    std::int64_t done = 0;
    do {  // an empty transfer is a message too
      const std::int64_t elements = std::min(kSegment, a.elements - done);
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

float* MpiRounds::slot(std::size_t number) {
  if (slots_.empty()) slots_.resize(kSlots * kSegment);
  return slots_.data() + number % kSlots * kSegment;
}

void MpiRounds::post_receives(MPI_Comm comm, float* data) {
  for (; posted_ < receives_.size(); ++posted_) {
    Piece& piece = receives_[posted_];
    if (piece.lands_aside && aside_posted_ == aside_finished_ + kSlots) return;
    float* target = piece.lands_aside ? slot(aside_posted_++) : data + piece.offset;
    mpi_check(MPI_Irecv(target, static_cast<int>(piece.elements), MPI_FLOAT, piece.peer, kTag, comm,
                        &piece.request),
              "MPI_Irecv");
  }
}

void MpiRounds::post_sends(MPI_Comm comm, const float* data) {
  for (Piece& piece : sends_) {
    mpi_check(MPI_Isend(data + piece.offset, static_cast<int>(piece.elements), MPI_FLOAT,
                        piece.peer, kTag, comm, &piece.request),
              "MPI_Isend");
  }
}

void MpiRounds::finish(Piece& piece, float* data) {
  if (!piece.lands_aside) return;
  for (Piece& sent : sends_) {
    if (overlap(sent.offset, sent.elements, piece.offset, piece.elements)) {
      wait_.until_complete(sent.request);
    }
  }
  const float* arrived = slot(aside_finished_++);
  float* target = data + piece.offset;
  if (piece.kind == Action::Kind::receive_add) {
    add_arrived(arrived, piece.elements, target);
  } else {
    std::copy_n(arrived, piece.elements, target);
  }
}

}  // namespace rehearse
