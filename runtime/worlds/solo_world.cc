#include "runtime/worlds/solo_world.h"

#include "base/contract.h"

namespace rehearse {
namespace {

class SoloTransport : public Transport {
 public:
  explicit SoloTransport(std::shared_ptr<const Group> world) : world_(std::move(world)) {}

  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::shared_ptr<const Group> world() const override { return world_; }
  int rank_in(const Group& group) const override { return rank_in_group(group, 0); }

  Duration execute(const Group& group, const Schedule& schedule, const Tensor& tensor) override {
    EXPECTS(group.size() == 1 && schedule.ranks() == 1 && schedule.rounds() == 0);
    EXPECTS(schedule.elements() == tensor.elements);
    return Duration(0);
  }
  Duration native_all_reduce(const Group& group, const Tensor&) override {
    EXPECTS(group.size() == 1);
    return Duration(0);
  }
  Agreement agree_min(const Group& group, std::int64_t value) override {
    EXPECTS(group.size() == 1);
    return {value, Duration(0)};
  }

  std::unique_ptr<Transfer> start_send(const Group&, int, int, const Tensor&) override {
    EXPECTS(!"a single rank has nobody to write to");
    return {};
  }
  std::unique_ptr<Transfer> start_receive(const Group&, int, int, const Tensor&) override {
    EXPECTS(!"a single rank has nobody to hear from");
    return {};
  }
  Completed wait_any(std::span<const std::unique_ptr<Transfer>>) override {
    EXPECTS(!"a single rank has no transfers");
    return {};
  }
  Bytes sent() const override { return Bytes(0); }
  std::int64_t messages_sent() const override { return 0; }

 private:
  std::shared_ptr<const Group> world_;
};

}  // namespace

void run_alone(Device& device, const std::function<void(World&)>& program) {
  RunMonitor monitor;
  const auto itself = group_of_all(1);
  HostWorld(
      monitor, std::chrono::steady_clock::now(),
      [&](int) { return std::make_unique<SoloTransport>(itself); }, device)
      .run(program);
  monitor.rethrow_failure();
}

}  // namespace rehearse
