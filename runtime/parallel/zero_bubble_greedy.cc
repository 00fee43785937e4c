#include "runtime/parallel/zero_bubble_greedy.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <queue>
#include <utility>

#include "base/contract.h"
#include "runtime/parallel/pipeline_wiring.h"

namespace rehearse {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

std::size_t at(int number) { return static_cast<std::size_t>(number); }

// The microbatches of each pass that a place has begun.
struct Progress {
  int forward = 0, input = 0, weights = 0;
};

class GreedyPlay {
 public:
  GreedyPlay(const PipelineShape& shape, const PipelineCosts& costs, int held,
             const GreedyOptions& options)
      : shape_(shape),
        wiring_(shape),
        costs_(costs),
        options_(options),
        held_(held),
        progress_(at(wiring_.places())),
        free_(at(shape.stages), 0),
        alarm_(at(shape.stages), kNever),
        orders_(at(shape.stages)) {
    EXPECTS(held >= shape.chunks);
    const std::size_t slots = at(wiring_.places()) * at(shape.microbatches);
    forward_there_.assign(slots, kNever);
    input_there_.assign(slots, kNever);
    for (int place = 0; place < wiring_.places(); ++place) {
      if (wiring_.previous(place) >= 0) continue;
      for (int k = 0; k < shape.microbatches; ++k) forward_there_[slot(place, k)] = 0;
    }
    for (int stage = 0; stage < shape.stages; ++stage) {
      orders_[at(stage)].reserve(3 * at(shape.chunks) * at(shape.microbatches));
      wake(stage, 0);
    }
  }

  std::vector<std::vector<PipelineOp>> run() {
    while (!decisions_.empty()) {
      const auto [now, stage] = decisions_.top();
      decisions_.pop();
      if (now != alarm_[at(stage)]) continue;  // an earlier one took its place
      alarm_[at(stage)] = kNever;
      decide(stage, now);
    }
    for (const std::vector<PipelineOp>& order : orders_) {
      ENSURES(order.size() == 3 * at(shape_.chunks) * at(shape_.microbatches));
    }
    return std::move(orders_);
  }

 private:
  void decide(int stage, double now) {
    double next_arrival = kNever;
    const int input = ready_input(stage, now, next_arrival);
    const int forward = ready_forward(stage, now, next_arrival);
    if (forward >= 0 && (input < 0 || options_.forward_first)) {
      begin(PipelinePass::forward, forward, now);
    } else if (input >= 0) {
      begin(PipelinePass::backward_input, input, now);
    } else {
      const int weights = postponed_weights(stage);
      const bool too_long =
          options_.wait_for_messages && now + costs_.backward_weights > next_arrival;
      if (weights >= 0 && !too_long) {
        begin(PipelinePass::backward_weights, weights, now);
      } else if (next_arrival < kNever) {
        wake(stage, next_arrival);
      }
      // Otherwise whoever sends it something wakes it.
    }
  }

  // The place of the stage whose input part has waited longest, -1 if none is there yet.
  int ready_input(int stage, double now, double& next_arrival) const {
    double oldest = kNever;
    int found = -1;
    for (int place = first(stage); place < first(stage + 1); ++place) {
      const Progress& done = progress_[at(place)];
      if (done.input >= done.forward) continue;
      const double there = input_there_[slot(place, done.input)];
      if (there > now) next_arrival = std::min(next_arrival, there);
      if (there > now || there >= oldest) continue;
      oldest = there;
      found = place;
    }
    return found;
  }

  // The last chunk of the stage that can go forward. The first of two leaves room for the second,
  // which gives its room back without the help of the first.
  int ready_forward(int stage, double now, double& next_arrival) const {
    int holds = 0;
    for (int place = first(stage); place < first(stage + 1); ++place) {
      holds += progress_[at(place)].forward - progress_[at(place)].weights;
    }
    if (holds >= held_) return -1;
    for (int place = first(stage + 1) - 1; place >= first(stage); --place) {
      const Progress& done = progress_[at(place)];
      if (done.forward >= shape_.microbatches) continue;
      const bool leaves_room = place + 1 < first(stage + 1);
      if (leaves_room && done.forward - done.weights >= held_ - 1) continue;
      const double there = forward_there_[slot(place, done.forward)];
      if (there <= now) return place;
      next_arrival = std::min(next_arrival, there);
    }
    return -1;
  }

  int postponed_weights(int stage) const {
    int found = -1, most = 0;
    for (int place = first(stage); place < first(stage + 1); ++place) {
      const int postponed = progress_[at(place)].input - progress_[at(place)].weights;
      if (postponed <= most) continue;
      most = postponed;
      found = place;
    }
    return found;
  }

  void begin(PipelinePass pass, int place, double now) {
    Progress& done = progress_[at(place)];
    const int stage = wiring_.stage(place);
    const int chunk = place - first(stage);
    double end = now;
    int microbatch = 0;
    if (pass == PipelinePass::forward) {
      microbatch = done.forward++;
      end += costs_.forward;
      const int next = wiring_.next(place);
      if (next >= 0) {
        hand_on(forward_there_, place, next, microbatch, end);
      } else {
        input_there_[slot(place, microbatch)] = end;
      }
    } else if (pass == PipelinePass::backward_input) {
      microbatch = done.input++;
      end += costs_.backward_input;
      const int previous = wiring_.previous(place);
      if (previous >= 0) hand_on(input_there_, place, previous, microbatch, end);
    } else {
      microbatch = done.weights++;
      end += costs_.backward_weights;
    }
    orders_[at(stage)].push_back({pass, microbatch, chunk});
    free_[at(stage)] = end;
    wake(stage, end);
  }

  void hand_on(std::vector<double>& there, int place, int follower, int microbatch, double end) {
    const double when = end + (wiring_.sends(place, follower) ? costs_.message : 0);
    there[slot(follower, microbatch)] = when;
    if (wiring_.stage(follower) != wiring_.stage(place)) {
      wake(wiring_.stage(follower), when);
    }
  }

  // Lets a stage decide at a time, or when it is free, unless it will do so before.
  void wake(int stage, double when) {
    when = std::max(when, free_[at(stage)]);
    if (when >= alarm_[at(stage)]) return;
    alarm_[at(stage)] = when;
    decisions_.emplace(when, stage);
  }

  [[nodiscard]] int first(int stage) const { return stage * shape_.chunks; }
  [[nodiscard]] std::size_t slot(int place, int microbatch) const {
    return at(place) * at(shape_.microbatches) + at(microbatch);
  }

  using Decision = std::pair<double, int>;  // time and stage

  const PipelineShape& shape_;
  PipelineWiring wiring_;
  PipelineCosts costs_;
  GreedyOptions options_;
  int held_;
  std::vector<Progress> progress_;                   // by place
  std::vector<double> forward_there_, input_there_;  // by slot; kNever: nobody knows yet
  std::vector<double> free_;                         // by stage
  std::vector<double> alarm_;                        // by stage, of its next decision
  std::vector<std::vector<PipelineOp>> orders_;
  std::priority_queue<Decision, std::vector<Decision>, std::greater<>> decisions_;
};

}  // namespace

std::vector<std::vector<PipelineOp>> greedy_orders(const PipelineShape& shape,
                                                   const PipelineCosts& costs, int held,
                                                   const GreedyOptions& options) {
  return GreedyPlay(shape, costs, held, options).run();
}

}  // namespace rehearse
