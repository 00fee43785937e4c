#include "sim/network/flow_carrier.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/network/reduction_stream.h"

namespace rehearse {
namespace {

namespace s4u = simgrid::s4u;
using simgrid::kernel::timer::Timer;

std::vector<double> capacities(const Network& network, const ReceiveLoops& loops) {
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(network.links()));
  for (LinkId id = 0; id < network.links(); ++id) {
    all.push_back(network.link(id).bandwidth.value());
  }
  add_adders(network, all);
  all.insert(all.end(), static_cast<std::size_t>(loops.places), loops.rate);
  return all;
}

double limit(double most) { return most > 0 ? most : std::numeric_limits<double>::infinity(); }
double limit(const Sending& sending) { return limit(sending.most); }

// Ranks of one device have no links between them. Where the stack sets no rate inside a node
// either, nothing limits their messages; a flow needs a rate, and at this one 100 MB take 0.1 us.
constexpr double kNothingLimits = 1e15;

}  // namespace

class FlowCarrier::Pending : public PendingMessage {
 public:
  Pending(FlowCarrier& carrier, std::shared_ptr<Waiter> waiter)
      : carrier_(carrier), waiter_(std::move(waiter)) {}

  Duration wait() override {
    carrier_.wait(*waiter_);
    return waiter_->end + waiter_->latency;
  }

 private:
  FlowCarrier& carrier_;
  std::shared_ptr<Waiter> waiter_;
};

FlowCarrier::FlowCarrier(const Network& network, const Router& router,
                         const std::vector<EndpointId>& places, const ReceiveLoops& loops)
    : network_(network),
      loops_(loops.places),
      first_loop_(network.links() + adders(network)),
      routes_(network, router, places),
      fluid_(capacities(network, loops)),
      starting_(network.links(), loads_) {}

Duration FlowCarrier::exchange(int group, Place here, std::span<const Sending> sends,
                               std::span<const Place> sources) {
  const auto waiter = std::make_shared<Waiter>();
  ask(group, here, sends, sources, waiter);
  wait(*waiter);
  return waiter->latency;
}

void FlowCarrier::begin_exchange(int group, Place here, std::span<const Sending> sends,
                                 std::span<const Place> sources, std::function<bool()> done) {
  if (sends.empty() && sources.empty()) {
    without_messages_.push_back(std::move(done));
    settle_after_this_instant();
    return;
  }
  const auto waiter = std::make_shared<Waiter>();
  waiter->done = std::move(done);
  ask(group, here, sends, sources, waiter);
}

void FlowCarrier::ask(int group, Place here, std::span<const Sending> sends,
                      std::span<const Place> sources, const std::shared_ptr<Waiter>& waiter) {
  waiter->outstanding = sends.size() + sources.size();
  for (const Sending& sending : sends) {
    meet(group, here, sending.to, {waiter, true, sending.bytes.value(), limit(sending)});
  }
  for (const Place source : sources) meet(group, source, here, {waiter, false, 0, 0});
}

std::unique_ptr<PendingMessage> FlowCarrier::send(int group, Place here, const Sending& sending) {
  auto waiter = std::make_shared<Waiter>();
  meet(group, here, sending.to, {waiter, true, sending.bytes.value(), limit(sending)});
  return std::make_unique<Pending>(*this, std::move(waiter));
}

std::unique_ptr<PendingMessage> FlowCarrier::receive(int group, Place here, Place source) {
  auto waiter = std::make_shared<Waiter>();
  meet(group, source, here, {waiter, false, 0, 0});
  return std::make_unique<Pending>(*this, std::move(waiter));
}

void FlowCarrier::send_early(int group, Place here, const Sending& sending) {
  begin(here, sending.to, {nullptr, true, sending.bytes.value(), limit(sending)},
        {meet_early(group, here, sending.to, true), false, 0, 0});
}

std::unique_ptr<PendingMessage> FlowCarrier::receive_early(int group, Place here, Place source) {
  return std::make_unique<Pending>(*this, meet_early(group, source, here, false));
}

void FlowCarrier::carry(Place from, const Sending& sending, Passed passed) {
  auto waiter = std::make_shared<Waiter>();
  waiter->passed = std::move(passed);
  begin(from, sending.to, {nullptr, true, sending.bytes.value(), limit(sending)},
        {std::move(waiter), false, 0, 0});
}

std::shared_ptr<FlowCarrier::Waiter> FlowCarrier::meet_early(int group, Place from, Place to,
                                                             bool sends) {
  std::deque<EarlyHalf>& waiting = unmet_early_[channel_number(group, from, to)];
  if (waiting.empty() || waiting.front().sent == sends) {
    return waiting.emplace_back(EarlyHalf{std::make_shared<Waiter>(), sends}).receiver;
  }
  std::shared_ptr<Waiter> receiver = std::move(waiting.front().receiver);
  waiting.pop_front();
  return receiver;
}

void FlowCarrier::wait(Waiter& waiter) {
  if (waiter.outstanding == 0) return;
  waiter.actor = s4u::Actor::self();
  wait_until_resumed();
}

void FlowCarrier::wait_until_resumed() {
  s4u::this_actor::suspend();
  settle_after_this_instant();
}

void FlowCarrier::meet(int group, Place from, Place to, Half half) {
  const std::uint64_t key = channel_number(group, from, to);
  std::vector<Half>& waiting = unmet_[key];
  if (waiting.empty() || waiting.front().sends == half.sends) {
    waiting.push_back(std::move(half));
    return;
  }
  const Half other = std::move(waiting.front());
  waiting.erase(waiting.begin());
  if (waiting.empty()) unmet_.erase(key);
  half.sends ? begin(from, to, half, other) : begin(from, to, other, half);
}

std::unique_ptr<PendingMessage> FlowCarrier::begin_stream(std::span<const LinkId> uses, Bytes bytes,
                                                          double most) {
  const auto waiter = std::make_shared<Waiter>();
  const std::uint32_t tag = free_tag();
  messages_[tag] = {waiter, nullptr, 1};
  fluid_.start(uses, bytes.value(), limit(most), tag);
  settle_after_this_instant();
  return std::make_unique<Pending>(*this, waiter);
}

std::uint32_t FlowCarrier::free_tag() {
  if (free_tags_.empty()) {
    free_tags_.push_back(static_cast<std::uint32_t>(messages_.size()));
    messages_.emplace_back();
  }
  const std::uint32_t tag = free_tags_.back();
  free_tags_.pop_back();
  return tag;
}

void FlowCarrier::begin(Place from, Place to, const Half& sending, const Half& receiving) {
  const std::uint32_t tag = free_tag();
  const int parts = routes_.parts(from, to, Bytes(sending.bytes));
  messages_[tag] = {sending.waiter, receiving.waiter, parts};
  const double bytes = sending.bytes / parts;
  const double most = sending.most / parts;
  for (int part = 0; part < parts; ++part) {
    if (routes_.look_at_load()) {
      starting_.add({from, to, bytes, most, tag});
    } else {
      routes_.route(from, to, routes_.next_key(from, to, part), path_);
      start(from, to, bytes, most, tag);
    }
  }
  settle_after_this_instant();
}

void FlowCarrier::start(Place from, Place to, double bytes, double most, std::uint32_t tag) {
  Duration latency;
  for (const LinkId link : path_) latency += network_.link(link).latency;
  Waiter& receiver = *messages_[tag].receiver;
  receiver.latency = std::max(receiver.latency, latency);
  if (to < loops_ && !routes_.same_node(from, to)) {
    path_.push_back(static_cast<LinkId>(first_loop_ + to));
  }
  if (path_.empty()) most = std::min(most, kNothingLimits);
  fluid_.start(path_, bytes, most, tag);
}

void FlowCarrier::settle_after_this_instant() { wake_at(s4u::Engine::get_clock()); }

void FlowCarrier::wake_at(double time) {
  if (timer_ != nullptr) {
    if (timer_->get_date() <= time) return;
    timer_->remove();
  }
  timer_ = Timer::set(time, [this] {
    timer_ = nullptr;
    on_time();
  });
}

void FlowCarrier::on_time() {
  const double now = s4u::Engine::get_clock();
  ended_.clear();
  fluid_.finish(now, ended_);
  bool somebody_goes_on = false;
  for (const auto& done : std::exchange(without_messages_, {})) {
    somebody_goes_on = done() || somebody_goes_on;
  }
  for (const std::uint32_t tag : ended_) somebody_goes_on = deliver(tag) || somebody_goes_on;
  // They may start messages at this instant, and ask for another settling in any case.
  if (somebody_goes_on) return;
  starting_.begin(routes_, [this](const StartingFlows::Flow& flow) {
    path_ = flow.path;
    start(flow.from, flow.to, flow.bytes, flow.most, flow.tag);
  });
  fluid_.settle(now);
  const double next = fluid_.next();
  if (std::isfinite(next)) wake_at(std::max(next, now));
}

bool FlowCarrier::deliver(std::uint32_t tag) {
  if (--messages_[tag].flows > 0) return false;
  const Message message = std::exchange(messages_[tag], {});  // others may begin meanwhile
  bool goes_on = false;
  for (const std::shared_ptr<Waiter>& end : {message.sender, message.receiver}) {
    if (end == nullptr || --end->outstanding > 0) continue;
    end->end = Duration(s4u::Engine::get_clock());
    if (end->passed) end->passed(end->latency);
    if (end->done) goes_on = end->done() || goes_on;
    if (end->actor == nullptr) continue;
    end->actor->resume();
    goes_on = true;
  }
  free_tags_.push_back(tag);
  return goes_on;
}

void FlowCarrier::stop() {
  if (timer_ != nullptr) timer_->remove();
  timer_ = nullptr;
  unmet_.clear();
  unmet_early_.clear();
  messages_.clear();
}

}  // namespace rehearse
