// Which rank holds a run up: judged from what the ranks say of themselves every now and then.
//
//   StallJudge judge(hosts, /*mine=*/0, Duration(60));
//   judge.hear(1, {.stage = Stage::passes, .step = 12, .moves = 481}, now);
//   for (const std::string& line : judge.look(now, judge.speaks(3, now))) say(line);
//
// The caller's clock stands still while the caller itself is stopped: who was asleep together with
// everybody else blames nobody.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"

namespace rehearse {

enum class Stage : std::uint8_t {
  preparation,
  input,       // reads the batch of the step
  passes,      // computes
  all_reduce,  // waits for gradients
  update,
  pause,  // waits for the others between two steps
  checkpoint,
  evaluation,
  left,  // has finished
};

// What a rank says of itself.
struct Whereabouts {
  Stage stage = Stage::preparation;
  std::int64_t step = 0;   // counted from 1
  std::int64_t moves = 0;  // grows with everything that the rank does
};

class StallJudge {
 public:
  // `hosts`: of the ranks, by rank; `mine`: the rank that judges; `after`: a silence or standstill
  // that is worth a word. REQUIRES: after > 0.
  StallJudge(std::vector<std::string> hosts, int mine, Duration after);

  // What `rank`, which may be the own one, said at `now`. REQUIRES: now does not go back.
  void hear(int rank, const Whereabouts& where, Duration now);

  // One line for every rank that has been silent for `after`, or that stands still where it should
  // work while another waits; again when twice the time has passed, four times, …; nothing of that
  // where another rank speaks. And one for a rank that was named here and answers again.
  [[nodiscard]] std::vector<std::string> look(Duration now, bool speaks);

  // Whether the first of `observers` ranks that are not silent is the own one.
  [[nodiscard]] bool speaks(int observers, Duration now) const;
  [[nodiscard]] bool all_have_left() const;  // all but the own one

 private:
  struct Rank {
    std::string host;
    Whereabouts where{};
    Duration heard{}, moved{};
    Duration named_again{};  // the silence or standstill at which it is named next
    Duration silent_since{};
    bool named_silent = false;
    bool answers = false;  // again, which is still to be said
  };

  [[nodiscard]] std::string name_of(std::size_t rank) const;
  [[nodiscard]] std::string witness(std::size_t but, Duration now) const;
  void judge(std::size_t rank, Duration now, std::vector<std::string>& lines);

  std::vector<Rank> ranks_;
  std::size_t mine_;
  Duration after_;
};

}  // namespace rehearse
