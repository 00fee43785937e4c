#include "runtime/worlds/nccl/nccl_world.h"

#include <memory>
#include <utility>

#include "base/contract.h"
#include "runtime/worlds/nccl/nccl_transport.h"

namespace rehearse {
namespace {

// What outlives the program where a task of it still runs when it fails.
struct Run {
  NcclRank rank;
  std::unique_ptr<Signal> task_ended;

  Run(World& host, NcclApi& nccl, const Backend& backend, Duration timeout)
      : rank(nccl, backend, host.transport().rank(), timeout),
        task_ended(host.make_signal(false)) {}
};

class NcclWorld : public World {
 public:
  NcclWorld(World& host, std::shared_ptr<Run> run, NcclWatch::Core core)
      : host_(host), run_(std::move(run)), transport_(host.transport(), run_->rank, core) {}

  Clock& clock() override { return host_.clock(); }
  Device& device() override { return host_.device(); }
  Transport& transport() override { return transport_; }
  std::unique_ptr<Signal> make_signal(bool from_main) override {
    return host_.make_signal(from_main);
  }
  void spawn(std::function<void(World&)> body) override {
    ++spawned_;
    host_.spawn([run = run_, body = std::move(body)](World& host) {
      NcclWorld world(host, run, NcclWatch::Core::yield);
      body(world);
      run->task_ended->raise();
    });
  }

  void wait_for_tasks() {
    if (spawned_ > 0) run_->task_ended->wait_above(spawned_ - 1);
  }

 private:
  World& host_;
  std::shared_ptr<Run> run_;
  NcclTransport transport_;
  std::int64_t spawned_ = 0;
};

}  // namespace

CollectiveCall nccl_call(Operation operation) {
  EXPECTS(operation != Operation::send_recv);
  CollectiveCall call{.operation = operation};
  if (operation == Operation::all_reduce) call.algorithm = Algorithm::native;
  if (operation == Operation::all_to_all) call.algorithm = Algorithm::pairwise;
  return call;
}

void run_over_nccl(World& host, NcclApi& nccl, const Backend& backend,
                   const NcclWorldOptions& options, const std::function<void(World&)>& program) {
  const auto run = std::make_shared<Run>(host, nccl, backend, options.timeout);
  NcclWorld world(host, run, NcclWatch::Core::keep);
  if (host.transport().size() == 1) return program(world);
  host.spawn([run](World& server) {
    try {
      run->rank.messages.serve(server.transport());
    } catch (...) {
      run->rank.messages.fail();
      throw;
    }
  });
  program(world);
  world.wait_for_tasks();
  // Nobody sends any more when all have come here.
  host.transport().agree_min(*host.transport().world(), 0);
  run->rank.messages.stop_next(host.transport());
}

}  // namespace rehearse
