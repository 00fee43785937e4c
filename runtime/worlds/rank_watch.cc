#include "runtime/worlds/rank_watch.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>
#include <string>

namespace rehearse {
namespace {

std::string own_host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

}  // namespace

RankWatch::RankWatch(MpiSession& session) {
  std::string list;
  for (const std::string& one : session.gather(own_host() + " " + std::to_string(getpid()))) {
    list += one + "\n";
  }
  std::istringstream lines(session.broadcast(list));
  std::string host;
  pid_t process = 0;
  while (lines >> host >> process) {
    const bool watched = host == own_host() && process != getpid();
    processes_.push_back(watched ? process : 0);
  }
}

bool RankWatch::gone(int rank) {
  const std::lock_guard lock(mutex_);
  if (gone_.contains(rank)) return true;
  const pid_t process = processes_[static_cast<std::size_t>(rank)];
  if (process == 0 || kill(process, 0) == 0 || errno != ESRCH) return false;
  gone_.insert(rank);
  return true;
}

}  // namespace rehearse
