// What a training run must keep to go on after it was interrupted, and the folder that keeps it.
//
//   CheckpointStore store(folder);
//   std::vector<std::string> skipped;
//   if (std::optional<Checkpoint> last = store.newest(&skipped)) resume(*last);
//   … store.write(checkpoint);      // rank 0 alone, every so many steps
//
// At any moment, also after a crash or loss of power during write(), the folder holds the newest
// checkpoint that was written completely: a file gets its name only after its content has reached
// the device. Format: docs/formats.md.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rehearse {

struct Checkpoint {
  std::int64_t step = 0;  // steps done
  std::int64_t workers = 0;
  // Whatever must agree for a resumed run to be the same run (model, parameters, optimizer, seed…);
  // the store does not look into it.
  std::string identity{};
  std::vector<float> parameters{};  // plain order
  std::vector<float> optimizer_state{};
  std::vector<float> statistics{};
  std::int64_t optimizer_steps = 0;
  std::vector<double> losses{};
  double seconds = 0;           // that the steps took
  double loss_scale = 0;        // of training in fp16 (kernels/loss_scale.h); 0: there is none
  std::int64_t good_steps = 0;  // since the loss scale changed
  std::vector<double> evaluations{};  // as the trainer writes them; the store does not look into it

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// One process at a time may write to a folder. Checkpoints are numbered in the order of writing,
// and the highest number is the newest, whatever its step: a run that went back is not overruled
// by the steps it gave up.
class CheckpointStore {
 public:
  // Creates the folder. Throws Error::environment where that fails. REQUIRES: keep >= 1.
  explicit CheckpointStore(std::string folder, int keep = 2);

  // Adds a checkpoint; then removes what an interrupted write left behind, and every file older
  // than the newest `keep` intact ones (a file that cannot be removed is left for the next time).
  // Throws Error::environment when the disk is full, the folder is read-only…: what was there
  // before stays, of the new one nothing does.
  void write(const Checkpoint& checkpoint);

  // The newest intact checkpoint, of those of at most `most` steps. Appends to `skipped` one line
  // for every newer file that is not intact or cannot be read.
  [[nodiscard]] std::optional<Checkpoint> newest(
      std::vector<std::string>* skipped = nullptr,
      std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;

 private:
  void clean_up() const;
  [[nodiscard]] bool is_intact(std::uint64_t number) const;

  std::string folder_;
  int keep_;
  mutable std::set<std::uint64_t> intact_;  // read or written here: need not be read again
};

}  // namespace rehearse
