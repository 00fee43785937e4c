#include "train/convert.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "kernels/models/part_parameters.h"
#include "kernels/optimizer.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/parallel/rank_chunks.h"
#include "scenarios/laid_out.h"
#include "train/job_identity.h"
#include "train/layout_run.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

Error none_in(const std::string& folder) {
  return Error::input("there is no intact checkpoint in '" + folder + "'", "",
                      "name the folder of a run that has some");
}

// Of one rank, of at most so many steps.
Checkpoint read_one(const LaidOutRun& run, int rank, std::int64_t most) {
  const std::string folder = checkpoints_of(*run.scenario, run.ranks, rank, run.folder);
  std::error_code unknown;
  if (!fs::exists(folder, unknown)) throw none_in(folder);
  std::optional<Checkpoint> found = CheckpointStore(folder).newest(nullptr, most);
  if (!found) throw none_in(folder);
  return std::move(*found);
}

// Arrays of the whole model, in plain order.
struct WholeState {
  std::vector<float> parameters, slots;
};

// use(part of the model, where it begins in the arrays of the rank).
template <class Use>
void for_each_part(const LaidOutRun& run, int rank, const Use& use) {
  const Layout layout = run.scenario->layout_at(run.ranks);
  const ProcessGrid grid(layout);
  std::size_t at = 0;
  for (const RankPart& part : rank_parts(*run.scenario->model, layout, grid, rank)) {
    use(part, at);
    at += static_cast<std::size_t>(part.of.model.parameter_count());
  }
}

std::size_t slots_of(const LaidOutRun& run) {
  return static_cast<std::size_t>(optimizer_slots(run.scenario->optimizer.rule));
}

// Slots are zero where another rank has them, so that zeros do not count.
void put_slots(const Model& model, const RankPart& part, std::span<const float> own,
               std::span<float> all) {
  for (const ParameterRun& run : parameter_runs(model, part.of, part.shape)) {
    for (std::int64_t i = 0; i < run.elements; ++i) {
      const float value = own[static_cast<std::size_t>(run.part + i)];
      if (value != 0) all[static_cast<std::size_t>(run.whole + i)] = value;
    }
  }
}

void put_together(const LaidOutRun& run, int rank, const Checkpoint& checkpoint, WholeState& all) {
  const Model& model = *run.scenario->model;
  const std::size_t whole = all.parameters.size(), slots = slots_of(run);
  const std::size_t own = checkpoint.parameters.size();
  if (checkpoint.optimizer_state.size() != slots * own) throw none_in(run.folder);
  for_each_part(run, rank, [&](const RankPart& part, std::size_t at) {
    const auto size = static_cast<std::size_t>(part.of.model.parameter_count());
    const std::span<const float> parameters(checkpoint.parameters);
    put_parameters(model, part.of, part.shape, parameters.subspan(at, size), all.parameters);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      const std::span<const float> states(checkpoint.optimizer_state);
      put_slots(model, part, states.subspan(slot * own + at, size),
                std::span(all.slots).subspan(slot * whole, whole));
    }
  });
}

// The arrays of a rank.
void cut(const LaidOutRun& run, int rank, const WholeState& all, Checkpoint& checkpoint) {
  const Model& model = *run.scenario->model;
  const std::size_t whole = all.parameters.size();
  checkpoint.parameters.clear();
  checkpoint.optimizer_state.clear();
  const auto append = [&](std::span<const float> from, std::vector<float>& to) {
    for_each_part(run, rank, [&](const RankPart& part, std::size_t) {
      const std::vector<float> own = cut_parameters(model, part.of, part.shape, from);
      to.insert(to.end(), own.begin(), own.end());
    });
  };
  append(all.parameters, checkpoint.parameters);
  for (std::size_t slot = 0; slot < slots_of(run); ++slot) {
    append(std::span(all.slots).subspan(slot * whole, whole), checkpoint.optimizer_state);
  }
}

}  // namespace

std::string checkpoint_folder_of(const std::string& path) {
  for (const fs::path& folder : {fs::path(path), fs::path(path) / "checkpoints"}) {
    std::error_code unknown;
    if (fs::exists(folder / kJobFile, unknown)) return folder.string();
  }
  throw Error::input("there are no checkpoints of a run in '" + path + "'",
                     std::string("'") + kJobFile + "' beside them says of which scenario they are",
                     "name the folder of a run with training.checkpoint_every");
}

int ranks_of_checkpoints(const std::string& folder) {
  for (const std::string& of_rank : {folder + "/rank-0", folder}) {
    std::error_code unknown;
    if (!fs::exists(of_rank, unknown)) continue;
    if (const auto found = CheckpointStore(of_rank).newest()) {
      return static_cast<int>(found->workers);
    }
  }
  throw none_in(folder);
}

std::int64_t convert(const LaidOutRun& from, const LaidOutRun& to) {
  expect_trainable(*to.scenario, to.ranks);
  const std::string first_of_to = checkpoints_of(*to.scenario, to.ranks, 0, to.folder);
  std::error_code unknown;
  if (fs::exists(first_of_to, unknown) && CheckpointStore(first_of_to).newest()) {
    throw Error::input("'" + first_of_to + "' holds checkpoints already", "",
                       "choose another folder");
  }
  const bool split = is_laid_out(*from.scenario, from.ranks);
  const int read = split ? from.ranks : 1;
  std::int64_t step = std::numeric_limits<std::int64_t>::max();
  for (int rank = 0; rank < read; ++rank) step = std::min(step, read_one(from, rank, step).step);
  Checkpoint checkpoint = read_one(from, 0, step);
  expect_same_job(checkpoint, *from.scenario, from.ranks);
  WholeState all{
      std::vector<float>(static_cast<std::size_t>(from.scenario->model->parameter_count())), {}};
  all.slots.resize(slots_of(from) * all.parameters.size());
  if (split) {
    for (int rank = 0; rank < read; ++rank) {
      const Checkpoint own = read_one(from, rank, step);
      if (own.step != step) throw none_in(from.folder);
      put_together(from, rank, own, all);
    }
  } else {
    all = {checkpoint.parameters, checkpoint.optimizer_state};
  }
  checkpoint.workers = to.ranks;
  checkpoint.identity = job_identity(*to.scenario, to.ranks);
  if (!is_laid_out(*to.scenario, to.ranks)) {
    checkpoint.parameters = all.parameters;
    checkpoint.optimizer_state = all.slots;
    CheckpointStore(to.folder).write(checkpoint);
    return step;
  }
  for (int rank = 0; rank < to.ranks; ++rank) {
    cut(to, rank, all, checkpoint);
    CheckpointStore(checkpoints_of(*to.scenario, to.ranks, rank, to.folder)).write(checkpoint);
  }
  return step;
}

}  // namespace rehearse
