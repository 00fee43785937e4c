#include "sim/network/background.h"

#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <simgrid/s4u.hpp>
#include <utility>

#include "base/random.h"
#include "sim/engine/engine_time.h"

namespace rehearse {
namespace {

namespace s4u = simgrid::s4u;

// Streams of random numbers; those of sim/noise/noise.cc are small.
constexpr std::uint64_t kPairs = 0xBAC0;
constexpr std::uint64_t kBursts = 0xBAC1;

// Our choice, below the length of a step of large networks and above that of one message: a burst
// is a collective of another job.
constexpr double kMeanBurst = 0.02;  // s

// How long two nodes of an all-to-all stay partners: many of the job's messages, few of its steps.
constexpr double kTurn = 0.1;  // s

constexpr int kGroup = 0;  // of places that no group of the job has

constexpr double kEndless = 1e18;  // bytes: decades at any rate

void spawn(Place place, const std::function<void()>& body) {
  s4u::Actor::create("background", s4u::Host::by_name(std::to_string(place)), body)->daemonize();
}

// `here` and `there` send each other `bytes` at most at `most`; both ends call it.
void exchange(Carrier& carrier, Place here, Place there, double bytes, double most) {
  const Sending sending{there, Bytes(bytes), most};
  carrier.exchange(kGroup, here, {&sending, 1}, {&there, 1});
}

double exponential(RandomStream& draw, double mean) { return -mean * std::log1p(-draw.uniform()); }

std::vector<Place> shuffled(std::size_t first, std::size_t end, std::uint64_t seed) {
  std::vector<Place> order(end - first);
  std::iota(order.begin(), order.end(), static_cast<Place>(first));
  RandomStream draw(seed, {kPairs});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw.below(i)]);
  return order;
}

void start_pair(Carrier& carrier, Place here, Place there, double rate,
                const Background& background, RandomStream draw) {
  if (background.pattern == Background::Pattern::uniform) {
    spawn(here,
          [=, &carrier] { exchange(carrier, here, there, kEndless, rate * background.share); });
    return;
  }
  // Both ends draw the same numbers.
  spawn(here, [=, &carrier]() mutable {
    const double mean_pause = kMeanBurst * (1 - background.share) / background.share;
    for (;;) {
      const double pause = exponential(draw, mean_pause);
      sleep_for(Duration(pause));
      exchange(carrier, here, there, rate * exponential(draw, kMeanBurst), rate);
    }
  });
}

void start_all_to_all(Carrier& carrier, Place first, int places, double rate) {
  for (int i = 0; i < places; ++i) {
    spawn(first + i, [=, &carrier] {
      for (int distance = 1;; distance = distance % (places - 1) + 1) {
        const Sending sending{first + (i + distance) % places, Bytes(rate * kTurn), rate};
        const Place source = first + (i + places - distance) % places;
        carrier.exchange(kGroup, first + i, {&sending, 1}, {&source, 1});
      }
    });
  }
}

}  // namespace

std::vector<EndpointId> background_devices(const Network& network,
                                           const std::vector<EndpointId>& workers,
                                           const Background& background) {
  if (!(background.share > 0)) return {};
  std::vector<bool> used(static_cast<std::size_t>(network.nodes()));
  for (const EndpointId worker : workers) {
    used[static_cast<std::size_t>(network.node_of(worker))] = true;
  }
  std::vector<EndpointId> devices;
  for (NodeId node = 0; node < network.nodes(); ++node) {
    if (!used[static_cast<std::size_t>(node)]) devices.push_back(node * network.devices_per_node());
  }
  if (devices.size() < 2) devices.clear();
  return devices;
}

void start_background(Carrier& carrier, const Network& network,
                      const std::vector<EndpointId>& places, std::size_t first,
                      const Background& background, std::uint64_t seed) {
  if (first == places.size()) return;
  const double rate = network.link(network.injection_link(0, 0)).bandwidth.value();
  if (background.pattern == Background::Pattern::all_to_all) {
    start_all_to_all(carrier, static_cast<Place>(first), static_cast<int>(places.size() - first),
                     rate * background.share);
    return;
  }
  const std::vector<Place> order = shuffled(first, places.size(), seed);
  for (std::size_t i = 0; i + 1 < order.size(); i += 2) {
    for (const auto& [here, there] :
         {std::pair{order[i], order[i + 1]}, std::pair{order[i + 1], order[i]}}) {
      start_pair(carrier, here, there, rate, background, RandomStream(seed, {kBursts, i}));
    }
  }
}

}  // namespace rehearse
