#include "runtime/worlds/nccl/nccl_watch.h"

#include <chrono>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/quantity_text.h"
#include "runtime/worlds/polling.h"

namespace rehearse {
namespace {

constexpr const char* kRemedy =
    "set NCCL_DEBUG=INFO to see more; checkpoints are intact: go on with --resume";

Error failure(int rank, std::string_view what, const std::string& why) {
  return Error::environment("NCCL failed on rank " + std::to_string(rank),
                            std::string(what) + ": " + why, kRemedy);
}

}  // namespace

void NcclWatch::expect_going() const {
  if (failed_) throw Error::environment("the run was ended", "another task failed");
}

template <class Done>
void NcclWatch::until(NcclComm& comm, Core core, std::string_view what, Done done) const {
  using Seconds = std::chrono::duration<double>;
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    const NcclState state = comm.state();
    if (state.kind == NcclState::Kind::failed) {
      comm.abort();
      throw failure(rank_, what, state.text);
    }
    if (done(state)) return;
    const Duration waited(Seconds(std::chrono::steady_clock::now() - begin).count());
    if (failed_ || waited > timeout_) {
      comm.abort();
      expect_going();
      throw failure(rank_, what, "it was not complete after " + to_text(timeout_));
    }
    const Duration sleep = core == Core::yield ? polling_sleep(waited) : Duration(0);
    if (sleep > Duration(0)) {
      std::this_thread::sleep_for(Seconds(sleep.value()));
    } else {
      std::this_thread::yield();
    }
  }
}

void NcclWatch::until_ready(NcclComm& comm, Core core, std::string_view what) const {
  until(comm, core, what,
        [](const NcclState& state) { return state.kind == NcclState::Kind::ready; });
}

void NcclWatch::until_idle(NcclComm& comm, NcclStream& stream, Core core,
                           std::string_view what) const {
  until(comm, core, what, [&](const NcclState& state) {
    return state.kind == NcclState::Kind::ready && stream.idle();
  });
}

}  // namespace rehearse
