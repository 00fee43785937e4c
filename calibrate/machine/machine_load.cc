#include "calibrate/machine/machine_load.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/quantity_text.h"

namespace rehearse {
namespace {

constexpr double kBusyShare = 0.05;

Duration used_by(int who) {
  rusage usage{};
  if (getrusage(who, &usage) != 0) return Duration(0);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return Duration(seconds(usage.ru_utime) + seconds(usage.ru_stime));
}

}  // namespace

std::vector<int> usable_core_numbers() {
  std::vector<int> cores;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

double busy_ticks(const std::string& proc_stat, const std::vector<int>& cores) {
  double sum = 0;
  std::istringstream lines(proc_stat);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    // "cpu3 user nice system idle iowait irq softirq steal …"; "cpu" alone is the sum of all.
    if (!name.starts_with("cpu") || name.size() == 3) continue;
    const bool counts = std::any_of(cores.begin(), cores.end(), [&](int core) {
      return name.compare(3, std::string::npos, std::to_string(core)) == 0;
    });
    if (!counts) continue;
    constexpr int kIdle = 3;
    constexpr int kWaiting = 4;
    constexpr int kFields = 8;  // those behind are parts of the first two
    double ticks = 0;
    for (int field = 0; field < kFields && words >> ticks; ++field) {
      if (field != kIdle && field != kWaiting) sum += ticks;
    }
  }
  return sum;
}

CpuTime cpu_time(const std::vector<int>& cores) {
  CpuTime time;
  time.wall = Duration(
      std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count());
  time.cores = std::max(1, static_cast<int>(cores.size()));
  time.own = used_by(RUSAGE_SELF) + used_by(RUSAGE_CHILDREN);
  std::ifstream in("/proc/stat");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  time.busy = text.empty() ? time.own : Duration(busy_ticks(text, cores) / per_second);
  return time;
}

bool MachineLoad::is_busy() const { return others > kBusyShare * cores; }

MachineLoad load_between(const CpuTime& before, const CpuTime& after) {
  MachineLoad load;
  load.cores = after.cores;
  const Duration wall = after.wall - before.wall;
  const Duration others = (after.busy - before.busy) - (after.own - before.own);
  // The kernel counts in ticks: what is left may come out below zero.
  if (wall > Duration(0)) load.others = std::max(0.0, others / wall);
  return load;
}

std::string to_text(const MachineLoad& load) {
  return "other programs kept " + significant(load.others, 2) + " of " +
         std::to_string(load.cores) + " cores busy";
}

}  // namespace rehearse
