// All layouts that a search considers: every combination of the open keys of training.parallelism
// (ParallelismOptions::open), the others as the scenario gives them.
//
//   SearchSpace space(scenario, 64);
//   for (const Layout& degrees : space.degrees()) space.options(degrees).count() …
//
// Degrees are divisors of the devices, experts divisors of the model's, microbatches divisors of
// the batch of a replica, shard groups all replicas or those of a node, the order of ranks is the
// scenario's. Of the schedules DualPipe is left out unless it is fixed: each device then holds two
// parts of the model.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "predict/layout_formula.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Layouts whose stages have the same parts.
struct PipelineFrame {
  int virtual_stages = 1;
  std::vector<PipelineSchedule> schedules;
};

struct ExpertDegrees {
  int expert = 1, tensor = 1;
};

// What goes with tensor, pipeline and context degrees.
struct LayoutOptions {
  std::vector<ExpertDegrees> experts;
  std::vector<bool> sequence;
  std::vector<LayoutSharding> shardings;
  std::vector<PipelineFrame> frames;
  std::vector<std::int64_t> microbatches;
  std::vector<Recompute> recompute;

  [[nodiscard]] std::int64_t count() const;
};

class SearchSpace {
 public:
  // Borrows the scenario. REQUIRES: it has a model and trains by strategy sync; devices >= 1.
  SearchSpace(const Scenario& scenario, std::int64_t devices);

  // Every tensor x pipeline x context that the devices can hold; `data` is 0 where they do not
  // divide.
  [[nodiscard]] const std::vector<Layout>& degrees() const { return degrees_; }
  [[nodiscard]] LayoutOptions options(const Layout& degrees) const;

  // What makes a combination legal: devices, batch and model divide. Layers do where all parts have
  // equally many blocks; where the number of stages does not divide them, where the fullest part
  // has little more than the mean.
  [[nodiscard]] bool divides(const Layout& degrees) const;    // devices and batch
  [[nodiscard]] bool has_shares(const Layout& layout) const;  // heads, steps and experts
  [[nodiscard]] bool has_parts(int pipeline, int parts) const;
  [[nodiscard]] static bool has_turns(PipelineSchedule schedule, int pipeline,
                                      std::int64_t microbatches);

  // Of a replica; 0: the global batch does not divide.
  [[nodiscard]] std::int64_t batch(const Layout& degrees) const;
  [[nodiscard]] std::int64_t global_batch(const Layout& degrees) const;

 private:
  [[nodiscard]] bool is_open(std::string_view key) const;
  [[nodiscard]] std::vector<LayoutSharding> shardings(const Layout& degrees) const;
  [[nodiscard]] std::vector<PipelineFrame> frames(int pipeline) const;

  const Scenario& scenario_;
  const Layout& given_;
  std::int64_t devices_;
  std::int64_t experts_ = 0;  // that the layers with experts have in common; 0: none has
  int blocks_ = 1;
  bool splits_products_ = false, has_sequence_ = false;
  std::vector<Layout> degrees_;
};

// The scenario with this layout alone, of so many devices; keys that are open besides have the
// scenario's values.
Scenario with_layout(const Scenario& scenario, const Layout& layout);

}  // namespace rehearse
