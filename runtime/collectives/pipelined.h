// A schedule cut into slices that follow each other through it, one round apart: while the first
// slice is in its second round, the second one is in its first.
//
// A Stage is such a schedule, for one slice; it knows how many steps a slice takes. Slices hold 32
// KiB to 512 KiB of 4-byte numbers and are 16 or more where the data suffice: NCCL's trees move 512
// KiB at a time, and its channels at least 32 KiB (src/enqueue.cc, src/include/collectives.h).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/collectives/schedule.h"

namespace rehearse {

class Stage : public Schedule {
 public:
  using Schedule::Schedule;

  // Of one slice; `slices` is not looked at.
  [[nodiscard]] virtual PhaseSteps steps() const = 0;
  // Elements that every rank gives to its node's switch and takes from it (Phase::switched).
  [[nodiscard]] virtual std::int64_t switched() const { return 0; }
};

class Pipelined : public Schedule {
 public:
  using MakeStage = std::function<std::unique_ptr<Stage>(std::int64_t elements)>;

  // `streams`: into how many equal parts a stage divides its elements that move side by side.
  Pipelined(std::string kind, int ranks, std::int64_t elements, int streams, MakeStage make);

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override { return kind_; }
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  void volumes(int rank, const Phase& phase, std::vector<Volume>& out) const override;
  void added(int rank, const Phase& phase, std::vector<Volume>& out) const override;

  [[nodiscard]] std::int64_t slices() const { return slices_; }

 private:
  // The stage of a slice.
  [[nodiscard]] const Stage& of(std::int64_t slice) const {
    return slice < larger_slices_ ? *larger_ : *smaller_;
  }
  void sum(void (Schedule::*volumes_of)(int, const Phase&, std::vector<Volume>&) const, int rank,
           std::vector<Volume>& out) const;

  std::string kind_;
  int streams_;
  MakeStage make_;
  std::int64_t slices_;
  std::int64_t larger_slices_;  // the first so many have one element more
  std::unique_ptr<Stage> larger_, smaller_;
};

}  // namespace rehearse
