#include "runtime/checkpoint/checksum.h"

#include <xxhash.h>

#include "base/contract.h"

namespace rehearse {

Checksum::Checksum()
    : state_(XXH64_createState(), [](XXH64_state_s* state) { (void)XXH64_freeState(state); }) {
  ENSURES(state_ && XXH64_reset(state_.get(), 0) == XXH_OK);
}

void Checksum::add(const void* data, std::size_t bytes) {
  (void)XXH64_update(state_.get(), data, bytes);
}

std::uint64_t Checksum::digest() const { return XXH64_digest(state_.get()); }

}  // namespace rehearse
