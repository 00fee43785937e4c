#include "calibrate/machine/repeat.h"

#include <algorithm>
#include <cmath>

#include "base/stats.h"

namespace rehearse {

namespace {

// A message of no bytes takes about as long as what else a repetition needs.
double share(Bytes size) { return 1 + size / Bytes(1 << 20); }

}  // namespace

Repeater::Repeater(World& world, const CollectiveOptions& options, const std::vector<Bytes>& sizes)
    : world_(world), options_(options), begin_(world.clock().now()) {
  for (const Bytes size : sizes) total_ += share(size);
}

std::optional<RepeatedTime> Repeater::measure(Bytes size, bool needed,
                                              const std::function<Duration()>& operation) {
  if (!agree(needed || has_time_for(size))) return std::nullopt;
  due_ += share(size);
  const auto by_then = [&](double shares) { return options_.budget * (shares / total_); };
  // What was left over before may be used; what was overrun is not taken from this one.
  const Duration deadline =
      std::max(begin_ + by_then(due_), world_.clock().now() + by_then(share(size)));
  last_size_ = size;
  last_call_ = Duration(0);
  std::vector<double> seconds;
  const auto call = [&] {
    const Duration begin = world_.clock().now();
    const Duration time = operation();
    last_call_ = std::max(last_call_, world_.clock().now() - begin);
    return time;
  };
  call();  // touches memory, makes connections
  while (agree(is_worth_going_on(static_cast<int>(seconds.size()), deadline))) {
    seconds.push_back(greatest(call()).value());
  }
  RepeatedTime result = summarise(size, seconds);
  constexpr Duration kRounding(0.5e-9);  // ranks tell each other whole nanoseconds
  result.deviation = std::max(result.deviation, kRounding);
  return result;
}

bool Repeater::has_time_for(Bytes size) const {
  constexpr double kCalls = 2;
  const double growth = last_size_ > Bytes(0) ? std::max(1.0, size / last_size_) : 1;
  const Duration most = size < last_size_ ? Duration(0) : kCalls * growth * last_call_;
  return world_.clock().now() + most <= begin_ + options_.budget;
}

bool Repeater::is_worth_going_on(int done, Duration deadline) const {
  constexpr int kFewest = 2;  // that have a deviation, once the whole budget is over
  const Duration now = world_.clock().now();
  if (now > begin_ + options_.budget) return done < kFewest;
  return done < options_.fewest_repetitions ||
         (done < options_.most_repetitions && now <= deadline);
}

// The first rank's clock decides for all.
bool Repeater::agree(bool mine) {
  Transport& transport = world_.transport();
  const std::int64_t vote = transport.rank() != 0 || mine ? 1 : 0;
  return transport.agree_min(*transport.world(), vote).least != 0;
}

Duration Repeater::greatest(Duration mine) {
  Transport& transport = world_.transport();
  const auto nanoseconds = std::llround(mine.value() * 1e9);
  const auto least = transport.agree_min(*transport.world(), -nanoseconds).least;
  return Duration(static_cast<double>(-least) * 1e-9);
}

MessageFit fit_times(const std::vector<RepeatedTime>& times) {
  std::vector<MessagePoint> points;
  for (const RepeatedTime& t : times) points.push_back({t.size, t.median});
  return points.size() < 2 ? MessageFit{} : fit_messages(points);
}

RepeatedTime summarise(Bytes size, const std::vector<double>& seconds) {
  const double median = quantile(seconds, 0.5);
  std::vector<double> distances;
  for (const double s : seconds) distances.push_back(std::abs(s - median));
  return {size, Duration(median), Duration(quantile(distances, 0.5)),
          static_cast<int>(seconds.size())};
}

}  // namespace rehearse
