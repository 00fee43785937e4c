#include "predict/layout_ranking.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "kernels/models/pipeline_cut.h"
#include "runtime/parallel/model_parts.h"
#include "scenarios/framework.h"

namespace rehearse {
namespace {

struct Score {
  double first = 0, second = 0;

  auto operator<=>(const Score&) const = default;
};

Score score_of(SearchObjective objective, double per_sample, double memory) {
  if (objective == SearchObjective::memory) return {memory, per_sample};
  return {per_sample, memory};
}

// The best few, in their order; of equals the first that came.
class Best {
 public:
  explicit Best(std::size_t most) : most_(most) {}

  [[nodiscard]] bool takes(const Score& score) const {
    return list_.size() < most_ || score < std::prev(list_.end())->first;
  }
  void add(const Score& score, RankedLayout layout) {
    list_.emplace(score, std::move(layout));
    if (list_.size() > most_) list_.erase(std::prev(list_.end()));
  }
  // Moves what is good enough over, and leaves the other empty.
  void merge(Best& other) {
    for (auto& [score, layout] : other.list_) {
      if (takes(score)) add(score, std::move(layout));
    }
    other.list_.clear();
  }
  [[nodiscard]] std::vector<RankedLayout> layouts() const {
    std::vector<RankedLayout> all;
    for (const auto& [score, layout] : list_) all.push_back(layout);
    return all;
  }

 private:
  std::size_t most_;
  std::multimap<Score, RankedLayout> list_;  // equals stay in the order in which they came
};

// Memory grows along it, and time falls.
class Front {
 public:
  [[nodiscard]] bool takes(double per_sample, double memory) const {
    const auto above = after(memory);
    return above == list_.begin() || per_sample < std::prev(above)->per_sample();
  }
  void add(const RankedLayout& layout) {
    auto from = std::ranges::lower_bound(list_, layout.memory, {}, &RankedLayout::memory);
    auto to = from;
    while (to != list_.end() && to->per_sample() >= layout.per_sample()) ++to;
    list_.insert(list_.erase(from, to), layout);
  }
  [[nodiscard]] const std::vector<RankedLayout>& layouts() const { return list_; }

 private:
  [[nodiscard]] std::vector<RankedLayout>::const_iterator after(double memory) const {
    return std::ranges::upper_bound(list_, memory, {}, &RankedLayout::memory);
  }
  std::vector<RankedLayout> list_;
};

class Ranker {
 public:
  Ranker(const SearchSpace& space, LayoutFormula& formula, const Scenario& scenario,
         const RankingOptions& options)
      : space_(space),
        formula_(formula),
        scenario_(scenario),
        options_(options),
        best_(options.keep),
        of_grid_(options.keep_of_grid) {}

  LayoutRanking rank() {
    for (const Layout& degrees : space_.degrees()) {
      choices_ = space_.options(degrees);
      ranking_.candidates += choices_.count();
      if (!space_.divides(degrees)) continue;
      batch_ = space_.batch(degrees);
      global_batch_ = space_.global_batch(degrees);
      for (const ExpertDegrees& expert : choices_.experts) {
        Layout layout = degrees;
        layout.expert = expert.expert;
        layout.expert_tensor = expert.tensor;
        for (const bool sequence : choices_.sequence) {
          layout.sequence = sequence;
          if (space_.has_shares(layout)) add_shape(layout);
        }
        best_.merge(of_grid_);
      }
    }
    ranking_.best = best_.layouts();
    ranking_.pareto = front_.layouts();
    return std::move(ranking_);
  }

 private:
  void add_shape(Layout& layout) {
    std::vector<LayoutSharding> shardings = choices_.shardings;
    const int replicas = layout.data * layout.context;
    std::erase_if(shardings, [&](const LayoutSharding& s) { return replicas % s.group != 0; });
    if (shardings.empty()) return;
    for (const PipelineFrame& frame : choices_.frames) {
      layout.virtual_stages = frame.virtual_stages;
      layout.schedule = frame.schedules.front();
      if (!space_.has_parts(layout.pipeline, model_parts(layout))) continue;
      layout.microbatch = choices_.microbatches.front();
      layout.microbatches = batch_ / layout.microbatch;
      layout.recompute = choices_.recompute.front();
      layout.overlap = overlap_of(scenario_, layout);
      try {
        formula_.set_frame(layout, shardings);
      } catch (const Error&) {
        return;  // a layer cannot be split so
      }
      add_frame(layout, frame, shardings);
    }
  }

  void add_frame(Layout& layout, const PipelineFrame& frame,
                 const std::vector<LayoutSharding>& shardings) {
    for (const std::int64_t microbatch : choices_.microbatches) {
      if (batch_ % microbatch != 0) continue;
      layout.microbatch = microbatch;
      layout.microbatches = batch_ / microbatch;
      for (const Recompute& recompute : choices_.recompute) {
        layout.recompute = recompute;
        bool set = false;
        for (const PipelineSchedule schedule : frame.schedules) {
          if (!SearchSpace::has_turns(schedule, layout.pipeline, layout.microbatches)) continue;
          if (!set) formula_.set_pass(microbatch, layout.microbatches, recompute);
          set = true;
          layout.schedule = schedule;
          for (std::size_t i = 0; i < shardings.size(); ++i) {
            add(layout, shardings[i], formula_.estimate(schedule, i));
          }
        }
      }
    }
  }

  void add(const Layout& layout, const LayoutSharding& sharding, const LayoutEstimate& estimate) {
    ++ranking_.legal;
    const double per_sample = estimate.seconds / static_cast<double>(global_batch_);
    const bool fits = estimate.memory <= options_.most_memory;
    const bool leanest = !ranking_.leanest || estimate.memory < ranking_.leanest->memory;
    const bool plain = sharding.zero == 0 && sharding.offload_optimizer == 0 && layout.is_plain();
    ranking_.plain_legal += plain ? 1 : 0;
    if (!fits && !leanest) return;
    const Score score = score_of(options_.objective, per_sample, estimate.memory);
    const bool good = fits && of_grid_.takes(score) && best_.takes(score);
    const bool on_front = fits && front_.takes(per_sample, estimate.memory);
    ranking_.fitting += fits ? 1 : 0;
    if (!good && !on_front && !leanest && !plain) return;
    RankedLayout ranked{layout, estimate.seconds, global_batch_, estimate.memory};
    ranked.layout.zero = sharding.zero;
    ranked.layout.shard_group = sharding.group;
    ranked.layout.offload_optimizer = sharding.offload_optimizer;
    if (good) of_grid_.add(score, ranked);
    if (on_front) front_.add(ranked);
    if (fits && plain) ranking_.plain.push_back(ranked);
    if (leanest) ranking_.leanest = std::move(ranked);
  }

  const SearchSpace& space_;
  LayoutFormula& formula_;
  const Scenario& scenario_;
  const RankingOptions& options_;
  LayoutRanking ranking_;
  LayoutOptions choices_;
  std::int64_t batch_ = 1, global_batch_ = 1;
  Best best_, of_grid_;
  Front front_;
};

// What follows from the rest.
void resolve(RankedLayout& ranked, const Scenario& scenario) {
  Layout& layout = ranked.layout;
  layout.overlap = overlap_of(scenario, layout);
  if (layout.stages.empty()) {
    layout.stages = even_cut(block_count(*scenario.model), model_parts(layout));
  }
}

}  // namespace

LayoutRanking rank_layouts(const SearchSpace& space, LayoutFormula& formula,
                           const Scenario& scenario, const RankingOptions& options) {
  LayoutRanking ranking = Ranker(space, formula, scenario, options).rank();
  for (RankedLayout& ranked : ranking.best) resolve(ranked, scenario);
  for (RankedLayout& ranked : ranking.pareto) resolve(ranked, scenario);
  for (RankedLayout& ranked : ranking.plain) resolve(ranked, scenario);
  if (ranking.leanest) resolve(*ranking.leanest, scenario);
  return ranking;
}

std::vector<RankedLayout> thinned(const std::vector<RankedLayout>& front, std::size_t most) {
  if (front.size() <= most) return front;
  std::vector<RankedLayout> some;
  for (std::size_t i = 0; i < most; ++i) {
    some.push_back(front[i * (front.size() - 1) / (most - 1)]);
  }
  return some;
}

}  // namespace rehearse
