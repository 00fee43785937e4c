#include "train/starting_point.h"

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/text_file.h"
#include "train/job_identity.h"
#include "train/train.h"

namespace rehearse {

std::optional<Checkpoint> starting_point(const Scenario& scenario, int workers, std::int64_t steps,
                                         const std::string& folder, bool resume,
                                         const std::function<void(const std::string&)>& note) {
  std::vector<std::string> damaged;
  std::optional<Checkpoint> found;
  std::error_code unknown;
  if (!folder.empty() && std::filesystem::exists(folder, unknown)) {
    found = CheckpointStore(folder).newest(&damaged);
  }
  if (!resume) {
    if (!found) return std::nullopt;
    throw Error::input("'" + folder + "' holds the checkpoints of an earlier run", "",
                       "go on from them with --resume, or choose another --out");
  }
  if (!found) {
    const std::string why = damaged.empty() ? "" : "all of its files are damaged: " + damaged[0];
    throw Error::input("there is no intact checkpoint in '" + folder + "'", why,
                       "start without --resume");
  }
  if (note) {
    for (const std::string& file : damaged) note(file + ": damaged, it was passed over");
  }
  expect_same_job(*found, scenario, workers);
  if (found->step > steps) {
    throw Error::input("the checkpoint is at step " + std::to_string(found->step) +
                           " and the run ends at step " + std::to_string(steps),
                       "nothing is left to do", "ask for more steps");
  }
  return found;
}

void keep_job(const std::string& folder, const std::string& job) {
  if (folder.empty() || job.empty()) return;
  const CheckpointStore store(folder);  // makes it
  write_text_file((std::filesystem::path(folder) / kJobFile).string(), job);
}

}  // namespace rehearse
