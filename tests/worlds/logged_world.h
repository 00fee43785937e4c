// A world that writes down which calls a program makes, in order, for each of its tasks.
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/world/world.h"

namespace rehearse {

using CallLog = std::vector<std::string>;
// Of a rank: "main device", "main transport", "background device", "background transport".
using CallLogs = std::map<std::string, CallLog>;

inline std::string to_text(const CallLogs& logs) {
  std::string text;
  for (const auto& [task, calls] : logs) {
    text += task + ":\n";
    for (const std::string& call : calls) text += "  " + call + "\n";
  }
  return text;
}

class LoggedDevice : public Device {
 public:
  LoggedDevice(Device& device, CallLog& log) : device_(device), log_(log) {}

  void begin_step(std::int64_t step) override {
    log_.push_back("step " + std::to_string(step));
    device_.begin_step(step);
  }
  Event launch(const Task& task) override {
    log_.push_back("launch " + std::to_string(static_cast<int>(task.pass)) + " " +
                   std::to_string(task.layer));
    return device_.launch(task);
  }
  Event compute(const Arithmetic& arithmetic) override {
    log_.push_back("compute " + std::string(arithmetic.name) + " of " +
                   std::to_string(std::llround(arithmetic.traffic.value())) + " B");
    return device_.compute(arithmetic);
  }
  bool happened(Event event) override { return device_.happened(event); }
  void wait(Event event) override {
    log_.emplace_back("wait");
    device_.wait(event);
  }
  Duration busy() override { return device_.busy(); }

 private:
  Device& device_;
  CallLog& log_;
};

// What depends on timing by design is not written down: how often tasks agree, and whom a message
// from any rank came from or is answered to.
class LoggedTransport : public Transport {
 public:
  LoggedTransport(Transport& transport, CallLog& log) : transport_(transport), log_(log) {}

  int rank() const override { return transport_.rank(); }
  int size() const override { return transport_.size(); }
  std::shared_ptr<const Group> world() const override { return transport_.world(); }
  int rank_in(const Group& group) const override { return transport_.rank_in(group); }
  Duration execute(const Group& group, const Schedule& schedule, const Tensor& tensor) override {
    log_.push_back("execute " + std::to_string(schedule.rounds()) + " rounds over " +
                   std::to_string(tensor.elements));
    return transport_.execute(group, schedule, tensor);
  }
  Agreement agree_min(const Group& group, std::int64_t value) override {
    return transport_.agree_min(group, value);
  }
  std::unique_ptr<Transfer> start_send(const Group& group, int rank, int port,
                                       const Tensor& tensor) override {
    log_.push_back("send " + std::to_string(tensor.elements) + " at port " + std::to_string(port));
    return transport_.start_send(group, rank, port, tensor);
  }
  std::unique_ptr<Transfer> start_receive(const Group& group, int rank, int port,
                                          const Tensor& tensor) override {
    log_.push_back("receive " + std::to_string(tensor.elements) + " at port " +
                   std::to_string(port) + (rank == kAnyRank ? " from any" : ""));
    return transport_.start_receive(group, rank, port, tensor);
  }
  Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers) override {
    log_.push_back("wait for one of " + std::to_string(transfers.size()));
    return transport_.wait_any(transfers);
  }
  Bytes sent() const override { return transport_.sent(); }
  std::int64_t messages_sent() const override { return transport_.messages_sent(); }

 private:
  Transport& transport_;
  CallLog& log_;
};

class LoggedWorld : public World {
 public:
  // Keeps the world; the logs are this rank's alone.
  LoggedWorld(World& world, std::shared_ptr<CallLogs> logs, const std::string& task = "main")
      : world_(world),
        logs_(std::move(logs)),
        device_(world.device(), (*logs_)[task + " device"]),
        transport_(world.transport(), (*logs_)[task + " transport"]) {}

  Clock& clock() override { return world_.clock(); }
  Device& device() override { return device_; }
  Transport& transport() override { return transport_; }
  std::unique_ptr<Signal> make_signal(bool from_main) override {
    return world_.make_signal(from_main);
  }
  // At most one task, whose log is "background".
  void spawn(std::function<void(World&)> body) override {
    (*logs_)["background device"];  // made before the task runs: no race on the map
    (*logs_)["background transport"];
    world_.spawn([logs = logs_, body = std::move(body)](World& world) {
      LoggedWorld logged(world, logs, "background");
      body(logged);
    });
  }

 private:
  World& world_;
  std::shared_ptr<CallLogs> logs_;
  LoggedDevice device_;
  LoggedTransport transport_;
};

}  // namespace rehearse
