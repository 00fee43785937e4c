// What others did on this machine while it was measured: a time that was taken beside them is too
// long, and nobody would know.
//
//   const std::vector<int> cores = usable_core_numbers();
//   const CpuTime before = cpu_time(cores);
//   … measure, in this process and in children that are waited for …
//   const MachineLoad load = load_between(before, cpu_time(cores));
#pragma once

#include <string>
#include <vector>

#include "base/units.h"

namespace rehearse {

// At one moment, since some start.
struct CpuTime {
  Duration wall;
  Duration busy;  // of the cores, together; stolen time counts
  Duration own;   // of this process and of its children that have ended
  int cores = 1;
};

// That this process may use now.
std::vector<int> usable_core_numbers();

// From /proc/stat and getrusage(2). Without /proc `busy` is `own`: then nobody else is seen.
CpuTime cpu_time(const std::vector<int>& cores);

struct MachineLoad {
  double others = 0;  // cores that others kept busy, mean over the time
  int cores = 1;

  // Times taken meanwhile are not those of an idle machine: others had more than a twentieth of the
  // cores. An idle system's own services take a hundredth.
  [[nodiscard]] bool is_busy() const;
};

MachineLoad load_between(const CpuTime& before, const CpuTime& after);

// "other programs kept 0.90 of 2 cores busy"
std::string to_text(const MachineLoad& load);

// The time in which these cores were not idle, by the text of /proc/stat, in
// ticks; iowait is idle.
double busy_ticks(const std::string& proc_stat, const std::vector<int>& cores);

}  // namespace rehearse
