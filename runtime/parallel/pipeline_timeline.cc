#include "runtime/parallel/pipeline_timeline.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "base/contract.h"
#include "runtime/parallel/pipeline_wiring.h"

namespace rehearse {
namespace {

constexpr double kUnknown = -1;                                    // when it can begin
constexpr double kDone = std::numeric_limits<double>::infinity();  // it is over
constexpr double kAllDone = -kDone;                                // so is its weights part
constexpr std::int64_t kNothing = -1;

std::size_t at(int number) { return static_cast<std::size_t>(number); }

// What an operation of a place needs, by place.
struct PlaceTimes {
  double forward, backward_input, backward_weights;
  double forward_message, backward_message;
  int next, previous;  // places, -1 at the ends of the model
  bool sends_next, sends_previous;
  std::int64_t sent_next = 0, sent_previous = 0;
};

std::vector<PlaceTimes> place_times(const PipelineWiring& wiring, const PipelineTimes& times) {
  std::vector<PlaceTimes> all;
  all.reserve(at(wiring.places()));
  for (int place = 0; place < wiring.places(); ++place) {
    const int part = wiring.part(place);
    const PartTimes& own = times.parts[at(part)];
    const double factor =
        times.stage_factor.empty() ? 1 : times.stage_factor[at(wiring.stage(place))];
    PlaceTimes made{own.forward * factor,
                    own.backward_input * factor,
                    own.backward_weights * factor,
                    0,
                    0,
                    wiring.next(place),
                    wiring.previous(place),
                    wiring.sends(place, wiring.next(place)),
                    wiring.sends(place, wiring.previous(place))};
    if (made.sends_next) {
      made.forward_message =
          times.link_time.empty() ? times.forward_message : times.link_time[at(part)];
    }
    if (made.sends_previous) {
      made.backward_message =
          times.link_time.empty() ? times.backward_message : times.link_time[at(part) - 1];
    }
    all.push_back(made);
  }
  return all;
}

// Follows the orders. A stage goes on until it meets an operation whose input nobody has sent yet;
// who sends it makes the stage go on.
class Walk {
 public:
  Walk(const PipelineShape& shape, const std::vector<std::vector<PipelineOp>>& orders,
       const PipelineTimes& times, std::vector<std::vector<double>>* ends, PipelineScratch& scratch)
      : shape_(shape),
        orders_(orders),
        wiring_(shape),
        blocks_(times.messages_block),
        ends_(ends),
        scratch_(scratch) {
    EXPECTS(orders.size() == at(shape.stages));
    EXPECTS(times.parts.size() == at(shape.parts()));
    EXPECTS(times.stage_factor.empty() || times.stage_factor.size() == at(shape.stages));
    EXPECTS(times.link_time.empty() || times.link_time.size() + 1 == at(shape.parts()));
    places_ = place_times(wiring_, times);
    const std::size_t slots = places_.size() * at(shape.microbatches);
    scratch_.forward_there.assign(slots, kUnknown);
    scratch_.backward_there.assign(slots, kUnknown);
    scratch_.position.assign(at(shape.stages), 0);
    scratch_.waits_for.assign(at(shape.stages), kNothing);
    scratch_.to_visit.clear();
    free_.assign(at(shape.stages), 0);
    counts_.resize(at(shape.stages));
    result_.stages.resize(at(shape.stages));
    if (ends_ != nullptr) ends_->resize(at(shape.stages));
    for (int stage = shape.stages - 1; stage >= 0; --stage) prepare(stage);
  }

  PipelineTimeline run() {
    while (!scratch_.to_visit.empty()) {
      const int stage = scratch_.to_visit.back();
      scratch_.to_visit.pop_back();
      visit(stage);
    }
    for (std::size_t stage = 0; stage < orders_.size(); ++stage) {
      const bool stages_wait_for_each_other = scratch_.position[stage] < orders_[stage].size();
      EXPECTS(!stages_wait_for_each_other);
      result_.end = std::max(result_.end, result_.stages[stage].last);
    }
    collect_links();
    return std::move(result_);
  }

 private:
  struct Counts {
    int in_flight = 0, until_weights = 0;
  };

  void prepare(int stage) {
    scratch_.to_visit.push_back(stage);
    StageTimeline& line = result_.stages[at(stage)];
    line.gradient_begin.assign(at(shape_.chunks), 0);
    line.gradient_ready.assign(at(shape_.chunks), 0);
    if (ends_ != nullptr) (*ends_)[at(stage)].assign(orders_[at(stage)].size(), 0);
    for (int chunk = 0; chunk < shape_.chunks; ++chunk) {
      const int place = stage * shape_.chunks + chunk;
      if (wiring_.previous(place) >= 0) continue;
      double* const first = scratch_.forward_there.data() + slot_of(place, 0);
      std::fill_n(first, shape_.microbatches, 0.0);
    }
  }

  void visit(int stage) {
    const std::vector<PipelineOp>& order = orders_[at(stage)];
    std::size_t& position = scratch_.position[at(stage)];
    while (position < order.size() && perform(stage, position, order[position])) ++position;
  }

  // False where the operation cannot begin yet.
  bool perform(int stage, std::size_t position, const PipelineOp& op) {
    EXPECTS(op.chunk >= 0 && op.chunk < shape_.chunks);
    EXPECTS(op.microbatch >= 0 && op.microbatch < shape_.microbatches);
    const int number = stage * shape_.chunks + op.chunk;
    PlaceTimes& place = places_[at(number)];
    const std::size_t slot = slot_of(number, op.microbatch);
    StageTimeline& line = result_.stages[at(stage)];
    Counts& counts = counts_[at(stage)];
    double& free = free_[at(stage)];

    double begin = free, takes = 0, message = 0;
    if (op.pass == PipelinePass::backward_weights) {
      // Its input part comes before it in the same order.
      if (scratch_.backward_there[slot] != kDone) return false;
      scratch_.backward_there[slot] = kAllDone;
      takes = place.backward_weights;
    } else {
      const bool forward = op.pass == PipelinePass::forward;
      std::vector<double>& there = forward ? scratch_.forward_there : scratch_.backward_there;
      if (there[slot] == kUnknown) {
        scratch_.waits_for[at(stage)] = wait_number(forward, slot);
        return false;
      }
      const bool is_new = there[slot] >= 0 && there[slot] < kDone;
      EXPECTS(is_new);
      begin = std::max(begin, there[slot]);
      there[slot] = op.pass == PipelinePass::backward ? kAllDone : kDone;
      if (forward) {
        takes = place.forward;
        message = place.forward_message;
        place.sent_next += place.sends_next ? 1 : 0;
        line.peak_in_flight = std::max(line.peak_in_flight, ++counts.in_flight);
        line.peak_until_weights = std::max(line.peak_until_weights, ++counts.until_weights);
      } else {
        takes = place.backward_input;
        if (op.pass == PipelinePass::backward) takes += place.backward_weights;
        message = place.backward_message;
        place.sent_previous += place.sends_previous ? 1 : 0;
        --counts.in_flight;
      }
      hand_on(place, forward, op.microbatch, begin + takes + message);
    }

    const double end = begin + takes;
    if (position == 0) line.first = begin;
    line.last = end;
    line.busy += takes;
    free = end;
    if (blocks_) {
      free += message;
      line.sending += message;
    }
    if (op.pass == PipelinePass::backward || op.pass == PipelinePass::backward_weights) {
      --counts.until_weights;
      line.last_backward_begin = begin;
      line.gradient_begin[at(op.chunk)] = begin;
      line.gradient_ready[at(op.chunk)] = end;
    }
    if (ends_ != nullptr) (*ends_)[at(stage)][position] = end;
    return true;
  }

  // Tells who comes after a place when its message is there. The last part turns round.
  void hand_on(const PlaceTimes& place, bool forward, int microbatch, double when) {
    int follower = forward ? place.next : place.previous;
    bool forwards = forward;
    if (follower < 0) {
      if (!forward) return;
      follower = static_cast<int>(&place - places_.data());
      forwards = false;
    }
    const std::size_t slot = slot_of(follower, microbatch);
    (forwards ? scratch_.forward_there : scratch_.backward_there)[slot] = when;
    const int stage = wiring_.stage(follower);
    if (scratch_.waits_for[at(stage)] != wait_number(forwards, slot)) return;
    scratch_.waits_for[at(stage)] = kNothing;
    scratch_.to_visit.push_back(stage);
  }

  [[nodiscard]] std::size_t slot_of(int place, int microbatch) const {
    return at(place) * at(shape_.microbatches) + at(microbatch);
  }
  static std::int64_t wait_number(bool forward, std::size_t slot) {
    return 2 * static_cast<std::int64_t>(slot) + (forward ? 1 : 0);
  }

  void collect_links() {
    for (int number = 0; number < wiring_.places(); ++number) {
      const PlaceTimes& place = places_[at(number)];
      add_link(number, place.next, place.sent_next);
      add_link(number, place.previous, place.sent_previous);
    }
  }

  void add_link(int place, int follower, std::int64_t messages) {
    if (messages == 0) return;
    const int from = wiring_.stage(place), to = wiring_.stage(follower);
    // Links of a sender are neighbours.
    for (auto link = result_.links.rbegin(); link != result_.links.rend(); ++link) {
      if (link->from != from) break;
      if (link->to != to) continue;
      link->messages += messages;
      return;
    }
    result_.links.push_back({from, to, messages});
  }

  const PipelineShape& shape_;
  const std::vector<std::vector<PipelineOp>>& orders_;
  PipelineWiring wiring_;
  bool blocks_;
  std::vector<std::vector<double>>* ends_;
  PipelineScratch& scratch_;
  std::vector<PlaceTimes> places_;
  std::vector<double> free_;
  std::vector<Counts> counts_;
  PipelineTimeline result_;
};

}  // namespace

std::int64_t PipelineTimeline::messages(int from, int to) const {
  for (const PipelineLink& link : links) {
    if (link.from == from && link.to == to) return link.messages;
  }
  return 0;
}

PipelineTimeline pipeline_timeline(const PipelineShape& shape,
                                   const std::vector<std::vector<PipelineOp>>& orders,
                                   const PipelineTimes& times,
                                   std::vector<std::vector<double>>* ends,
                                   PipelineScratch* scratch) {
  expect_pipeline(shape);
  PipelineScratch own;
  return Walk(shape, orders, times, ends, scratch == nullptr ? own : *scratch).run();
}

}  // namespace rehearse
