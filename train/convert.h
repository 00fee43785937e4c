// Lays the checkpoints of a run out for other ranks: other degrees of tensor, pipeline and data
// parallelism of the same model, data and optimizer.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/scenario.h"

namespace rehearse {

// Checkpoints of a run: which scenario on how many ranks, in which folder.
struct LaidOutRun {
  const Scenario* scenario = nullptr;
  int ranks = 1;
  std::string folder;
};

// The folder of checkpoints of a run, which is named itself or by the folder that holds it. Throws
// Error::input where there is none of which convert knows the scenario.
std::string checkpoint_folder_of(const std::string& path);

// Reads the newest checkpoint that all ranks of `from` have and writes those of all ranks of `to`,
// whose folder must hold none. Returns the step that they are of. Throws Error::input where there
// is none, or it is of another job, and what expect_trainable throws of `to`.
std::int64_t convert(const LaidOutRun& from, const LaidOutRun& to);

// Ranks that wrote the checkpoints of a folder. Throws Error::input where there are none.
int ranks_of_checkpoints(const std::string& folder);

}  // namespace rehearse
