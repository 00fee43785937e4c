// Without MPI a session is a single rank.
#include "runtime/worlds/inline_device.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "runtime/worlds/solo_world.h"
#include "runtime/worlds/stall_watch.h"

namespace rehearse {

struct MpiSession::State {};

MpiSession::MpiSession() = default;
MpiSession::~MpiSession() = default;
int MpiSession::rank() const { return 0; }
int MpiSession::size() const { return 1; }
int MpiSession::node() const { return 0; }
int MpiSession::local_rank() const { return 0; }
int MpiSession::local_size() const { return 1; }
std::vector<std::string> MpiSession::gather(const std::string& text) { return {text}; }
std::string MpiSession::broadcast(const std::string& text) { return text; }
void MpiSession::abort_others(int) {}
bool MpiSession::launched() { return false; }
std::string MpiSession::library() { return ""; }

class StallWatch::Watcher {};
StallWatch::StallWatch(MpiSession&, Duration, std::function<void(const std::string&)>) {}
StallWatch::~StallWatch() = default;
void StallWatch::move(Stage, std::int64_t) {}

void run_over_mpi(MpiSession&, const RealWorldOptions& options,
                  const std::function<void(World&)>& program) {
  const std::unique_ptr<Device> idle = make_inline_device();
  run_alone(options.device != nullptr ? *options.device : *idle, program);
}

}  // namespace rehearse
