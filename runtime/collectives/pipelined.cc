#include "runtime/collectives/pipelined.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"

namespace rehearse {
namespace {

constexpr std::int64_t kLeastSlice = 8192;  // elements
constexpr std::int64_t kMostSlice = 131072;
constexpr std::int64_t kWantedSlices = 16;

// Of a stream of so many elements.
std::int64_t slice_of(std::int64_t elements) {
  return std::clamp(elements / kWantedSlices, kLeastSlice, kMostSlice);
}

std::int64_t slices_of(std::int64_t elements) {
  const std::int64_t slice = slice_of(elements);
  return std::max<std::int64_t>(1, (elements + slice - 1) / slice);
}

}  // namespace

Pipelined::Pipelined(std::string kind, int ranks, std::int64_t elements, int streams,
                     MakeStage make)
    : Schedule(ranks, elements),
      kind_(std::move(kind)),
      streams_(streams),
      make_(std::move(make)),
      slices_(slices_of(elements / streams)),
      larger_slices_(elements % slices_),
      larger_(make_(elements / slices_ + 1)),
      smaller_(make_(elements / slices_)) {
  EXPECTS(streams >= 1);
  ENSURES(larger_->rounds() == smaller_->rounds());
}

int Pipelined::rounds() const {
  return smaller_->rounds() == 0 ? 0 : smaller_->rounds() + static_cast<int>(slices_) - 1;
}

std::unique_ptr<Schedule> Pipelined::resized(std::int64_t elements) const {
  return std::make_unique<Pipelined>(kind_, ranks(), elements, streams_, make_);
}

void Pipelined::actions(int rank, int round, std::vector<Action>& out) const {
  const std::int64_t stages = smaller_->rounds();
  const std::int64_t last = std::min<std::int64_t>(slices_ - 1, round);
  for (std::int64_t slice = std::max<std::int64_t>(0, round - stages + 1); slice <= last; ++slice) {
    const std::size_t first = out.size();
    of(slice).actions(rank, static_cast<int>(round - slice), out);
    const std::int64_t begin = part_begin(elements(), slices_, slice);
    for (std::size_t i = first; i < out.size(); ++i) out[i].offset += begin;
  }
}

std::vector<Phase> Pipelined::phases() const {
  if (rounds() == 0) return {};
  PhaseSteps steps = smaller_->steps();
  steps.slices = static_cast<int>(slices_);
  const double stream = static_cast<double>(elements()) / streams_;
  const double slice = std::clamp(stream / kWantedSlices, static_cast<double>(kLeastSlice),
                                  static_cast<double>(kMostSlice));
  steps.slice = slice < stream ? slice / stream : 1;
  const std::int64_t switched =
      larger_slices_ * larger_->switched() + (slices_ - larger_slices_) * smaller_->switched();
  return {{0, rounds(), steps, switched}};
}

void Pipelined::sum(void (Schedule::*volumes_of)(int, const Phase&, std::vector<Volume>&) const,
                    int rank, std::vector<Volume>& out) const {
  const auto collect = [&](const Stage& stage, std::int64_t times) {
    if (times == 0) return;
    std::vector<Volume> once;
    for (const Phase& phase : stage.phases()) (stage.*volumes_of)(rank, phase, once);
    for (const Volume& volume : once) {
      const auto known = std::find_if(out.begin(), out.end(),
                                      [&](const Volume& v) { return v.peer == volume.peer; });
      const std::int64_t elements = times * volume.elements;
      const int messages = static_cast<int>(times) * volume.messages;
      if (known == out.end()) {
        out.push_back({volume.peer, elements, messages});
      } else {
        known->elements += elements;
        known->messages += messages;
      }
    }
  };
  collect(*larger_, larger_slices_);
  collect(*smaller_, slices_ - larger_slices_);
}

void Pipelined::volumes(int rank, const Phase&, std::vector<Volume>& out) const {
  sum(&Schedule::volumes, rank, out);
}

void Pipelined::added(int rank, const Phase&, std::vector<Volume>& out) const {
  sum(&Schedule::added, rank, out);
}

}  // namespace rehearse
