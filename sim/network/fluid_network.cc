#include "sim/network/fluid_network.h"

#include <algorithm>
#include <limits>

#include "base/contract.h"

namespace rehearse {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// A flow that lacks this part of its bytes is through: equal flows end together whatever the order
// in which their rates were added up, and the links are shared anew once.
constexpr double kSlack = 1e-9;

}  // namespace

void FluidNetwork::start(std::span<const LinkId> path, double bytes, double most,
                         std::uint32_t tag) {
  if (bytes <= 0) {
    empty_.push_back(tag);
    return;
  }
  const FairSharing::Flow flow = sharing_.add(path, most);
  if (static_cast<std::size_t>(flow) >= progress_.size()) {
    progress_.resize(static_cast<std::size_t>(flow) + 1);
  }
  // Not yet in the heap: it has no rate before the next settle.
  of(flow) = {bytes, 0, kSlack * bytes, kNever, tag, -1};
}

void FluidNetwork::settle(double now) {
  sharing_.settle(changed_);
  for (const auto& [flow, rate_before] : changed_) {
    Progress& progress = of(flow);
    const double rate = sharing_.rate(flow);
    ENSURES(rate > 0);
    if (progress.place < 0) {
      heap_.push_back(flow);
      progress.place = static_cast<std::int32_t>(heap_.size()) - 1;
    } else {
      progress.bytes = std::max(progress.bytes - rate_before * (now - progress.since), 0.0);
    }
    progress.since = now;
    progress.end = now + progress.bytes / rate;
    sift(flow, static_cast<std::size_t>(progress.place));
  }
}

double FluidNetwork::next() const {
  if (!empty_.empty()) return 0;
  return heap_.empty() ? kNever : progress_[static_cast<std::size_t>(heap_.front())].end;
}

void FluidNetwork::finish(double now, std::vector<std::uint32_t>& tags) {
  tags.insert(tags.end(), empty_.begin(), empty_.end());
  empty_.clear();
  while (!heap_.empty()) {
    const FairSharing::Flow flow = heap_.front();
    const Progress& progress = of(flow);
    if ((progress.end - now) * sharing_.rate(flow) > progress.slack) break;
    tags.push_back(progress.tag);
    drop(flow);
    sharing_.remove(flow);
  }
}

bool FluidNetwork::before(FairSharing::Flow a, FairSharing::Flow b) const {
  const double end_a = progress_[static_cast<std::size_t>(a)].end;
  const double end_b = progress_[static_cast<std::size_t>(b)].end;
  return end_a != end_b ? end_a < end_b : a < b;
}

void FluidNetwork::move(FairSharing::Flow flow, std::size_t place) {
  heap_[place] = flow;
  of(flow).place = static_cast<std::int32_t>(place);
}

void FluidNetwork::sift(FairSharing::Flow flow, std::size_t place) {
  while (place > 0 && before(flow, heap_[(place - 1) / 2])) {
    move(heap_[(place - 1) / 2], place);
    place = (place - 1) / 2;
  }
  for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], flow)) break;
    move(heap_[child], place);
    place = child;
  }
  move(flow, place);
}

void FluidNetwork::drop(FairSharing::Flow flow) {
  const auto place = static_cast<std::size_t>(of(flow).place);
  const FairSharing::Flow last = heap_.back();
  heap_.pop_back();
  if (last != flow) sift(last, place);
  of(flow).place = -1;
}

}  // namespace rehearse
