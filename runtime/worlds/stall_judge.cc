#include "runtime/worlds/stall_judge.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/contract.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

// A rank that stands still here keeps the others waiting. A rank that evaluates may take its time.
bool works(Stage stage) {
  return stage == Stage::input || stage == Stage::passes || stage == Stage::update ||
         stage == Stage::checkpoint;
}

bool waits(Stage stage) { return stage == Stage::all_reduce || stage == Stage::pause; }

std::string doing(const Whereabouts& where) {
  const std::string step = "step " + std::to_string(where.step);
  switch (where.stage) {
    case Stage::preparation:
      return "prepares the run";
    case Stage::input:
      return "reads the input of " + step;
    case Stage::passes:
      return "computes " + step;
    case Stage::all_reduce:
      return "waits in the all-reduce of " + step;
    case Stage::update:
      return "updates the weights in " + step;
    case Stage::pause:
      return "waits for the others after " + step;
    case Stage::checkpoint:
      return "saves the checkpoint of " + step;
    case Stage::evaluation:
      return "evaluates";
    case Stage::left:
      break;
  }
  return "has finished";
}

std::string whole_seconds(Duration time) {
  constexpr double kFine = 10;  // s, from which tenths tell nothing
  const double value = time.value();
  return (value < kFine ? significant(value, 2) : std::to_string(std::llround(value))) + " s";
}

}  // namespace

StallJudge::StallJudge(std::vector<std::string> hosts, int mine, Duration after)
    : mine_(static_cast<std::size_t>(mine)), after_(after) {
  EXPECTS(after > Duration(0));
  EXPECTS(mine_ < hosts.size());
  for (std::string& host : hosts) {
    Rank rank;
    rank.host = std::move(host);
    rank.named_again = after;
    ranks_.push_back(std::move(rank));
  }
}

void StallJudge::hear(int rank, const Whereabouts& where, Duration now) {
  Rank& one = ranks_.at(static_cast<std::size_t>(rank));
  if (one.named_silent) {
    one.named_silent = false;
    one.answers = true;
    one.silent_since = one.heard;
    one.named_again = after_;
  }
  const bool moved = where.moves != one.where.moves || where.stage != one.where.stage;
  one.heard = now;
  one.where = where;
  if (!moved) return;
  one.moved = now;
  one.named_again = after_;
}

std::vector<std::string> StallJudge::look(Duration now, bool speaks) {
  std::vector<std::string> lines;
  for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
    Rank& one = ranks_[rank];
    if (std::exchange(one.answers, false)) {
      lines.push_back(name_of(rank) + " answers again after " +
                      whole_seconds(one.heard - one.silent_since));
    }
    if (speaks) judge(rank, now, lines);
  }
  return lines;
}

void StallJudge::judge(std::size_t rank, Duration now, std::vector<std::string>& lines) {
  Rank& one = ranks_[rank];
  if (one.where.stage == Stage::left) return;
  const Duration silent = now - one.heard;
  const Duration still = now - one.moved;
  if (silent >= one.named_again && rank != mine_) {
    lines.push_back(name_of(rank) + " has not answered for " + whole_seconds(silent) + ": rank " +
                    std::to_string(mine_) + " " + doing(ranks_[mine_].where) +
                    " (a stopped process, or a node out of reach)");
    one.named_silent = true;
    one.named_again = 2 * silent;
  } else if (silent < after_ && still >= one.named_again && works(one.where.stage)) {
    const std::string waiting = witness(rank, now);
    if (waiting.empty()) return;
    lines.push_back(name_of(rank) + " has not moved on for " + whole_seconds(still) + ": it " +
                    doing(one.where) + ", " + waiting);
    one.named_again = 2 * still;
  }
}

std::string StallJudge::name_of(std::size_t rank) const {
  return "rank " + std::to_string(rank) + " on " + ranks_[rank].host;
}

// A rank that has waited for so long; empty if there is none.
std::string StallJudge::witness(std::size_t but, Duration now) const {
  for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
    const Rank& one = ranks_[rank];
    if (rank == but || !waits(one.where.stage) || now - one.moved < after_) continue;
    return "rank " + std::to_string(rank) + " " + doing(one.where);
  }
  return "";
}

bool StallJudge::speaks(int observers, Duration now) const {
  // One that has finished still speaks until all have.
  const auto awake = std::find_if(ranks_.begin(), ranks_.begin() + observers, [&](const Rank& one) {
    return one.where.stage == Stage::left || now - one.heard < after_;
  });
  return awake - ranks_.begin() == static_cast<std::ptrdiff_t>(mine_);
}

bool StallJudge::all_have_left() const {
  for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
    if (rank != mine_ && ranks_[rank].where.stage != Stage::left) return false;
  }
  return true;
}

}  // namespace rehearse
