#include "sim/worlds/completions.h"

#include <algorithm>
#include <utility>

namespace rehearse {

void Completions::add(const Transfer& transfer) {
  complete_.push_back(&transfer);
  for (const simgrid::s4u::SemaphorePtr& waiting : std::exchange(waiting_, {})) waiting->release();
}

void Completions::remove(const Transfer& transfer) {
  const auto found = std::ranges::find(complete_, &transfer);
  if (found != complete_.end()) complete_.erase(found);
}

std::optional<std::size_t> Completions::find_few(
    std::span<const std::unique_ptr<Transfer>> transfers) const {
  std::optional<std::size_t> first;
  for (const Transfer* transfer : complete_) {
    const auto end =
        transfers.begin() + static_cast<std::ptrdiff_t>(first.value_or(transfers.size()));
    const auto found = std::find_if(transfers.begin(), end,
                                    [transfer](const auto& one) { return one.get() == transfer; });
    if (found != end) first = static_cast<std::size_t>(found - transfers.begin());
  }
  return first;
}

void Completions::wait() {
  const simgrid::s4u::SemaphorePtr added = simgrid::s4u::Semaphore::create(0);
  waiting_.push_back(added);
  added->acquire();
}

}  // namespace rehearse
