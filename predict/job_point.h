// A scenario at one point of its sweep: what follows from the number of workers, derived once.
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/models/model_split.h"
#include "runtime/parallel/split_groups.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Those who average gradients together.
struct Averaging {
  int ranks;
  int ranks_per_node;  // those that a hierarchical all-reduce sums first
};

class JobPoint {
 public:
  // Borrows the scenario. REQUIRES: it has a model; workers >= 1.
  JobPoint(const Scenario& scenario, std::int64_t workers);

  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  [[nodiscard]] const Model& model() const { return *scenario_.model; }
  [[nodiscard]] std::int64_t workers() const { return workers_; }
  [[nodiscard]] Roles roles() const { return scenario_.roles_at(workers_); }
  // Those of workers, and with those that servers have to themselves.
  [[nodiscard]] std::int64_t worker_nodes() const;
  [[nodiscard]] std::int64_t nodes() const { return worker_nodes() + scenario_.server_nodes(); }
  [[nodiscard]] bool on_one_node() const { return nodes() == 1; }
  [[nodiscard]] std::int64_t worker_batch() const { return worker_batch_; }
  [[nodiscard]] std::int64_t global_batch() const { return global_batch_; }
  // How the job is laid out over its devices; plain where it is data-parallel and no more.
  [[nodiscard]] const Layout& layout() const { return layout_; }
  // Whether its ranks run the list of a layout (scenarios/laid_out.h).
  [[nodiscard]] bool is_laid_out() const { return laid_out_; }
  // Which layers are split, and the groups of workers over which they are; null where none is.
  [[nodiscard]] const ModelSplit& split() const { return split_; }
  [[nodiscard]] const std::shared_ptr<const SplitGroups>& groups() const { return groups_; }

  // All workers, and those that hold the same shard of split layers.
  [[nodiscard]] Averaging all_workers() const;
  [[nodiscard]] Averaging same_shard() const;

 private:
  const Scenario& scenario_;
  std::int64_t workers_;
  std::int64_t worker_batch_, global_batch_;
  Layout layout_;
  bool laid_out_;
  ModelSplit split_;
  std::shared_ptr<const SplitGroups> groups_;
};

}  // namespace rehearse
