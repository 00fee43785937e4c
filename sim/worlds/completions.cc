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

std::size_t Completions::first_of(std::span<const std::unique_ptr<Transfer>> transfers) {
  for (;;) {
    for (const Transfer* transfer : complete_) {
      const auto found = std::ranges::find(transfers, transfer, &std::unique_ptr<Transfer>::get);
      if (found != transfers.end()) return static_cast<std::size_t>(found - transfers.begin());
    }
    wait();
  }
}

void Completions::wait() {
  const simgrid::s4u::SemaphorePtr added = simgrid::s4u::Semaphore::create(0);
  waiting_.push_back(added);
  added->acquire();
}

}  // namespace rehearse
