// Calibrates this machine: kernels and noise in this process, collectives as ranks of a launcher.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/units.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Told what a calibration does. By default nobody listens.
class CalibrationWatch {
 public:
  virtual ~CalibrationWatch() = default;
  virtual void note(const std::string&) {}  // one line worth saying
  // A part begins, which takes so long at most; how long it has taken; it is over.
  virtual void begin(const std::string&, Duration) {}
  virtual void passed(Duration, Duration) {}
  virtual void end() {}
  virtual void warn(const std::string&, const std::string&) {}  // code, and what
};

// How a door reaches this machine.
struct MachineDoor {
  // Starts `devices` ranks of a launcher, each of which calls calibrate() with collectives alone,
  // and waits for them; returns whether they did it. Empty: collectives are not measured.
  std::function<bool(int devices, const std::string& profile, Duration budget)> start_ranks{};
  CalibrationWatch* watch = nullptr;  // null: nobody listens
};

struct CalibrateOptions {
  bool kernels = true;
  bool collectives = true;  // left out where there is one device or no MPI
  bool noise = true;
  int devices = 1;
  std::vector<Scenario> scenarios;  // whose layers are measured
  Duration budget{60};              // of everything together
  bool only_missing = false;        // layers that the profile has already are not measured again
};

// Writes the profile, or completes it: parts of an earlier file that are not measured now are kept.
// It is written by rename, once all of kernels and noise is measured and once for the collectives:
// who is killed before leaves it as it was. The budget counts from the call; what exceeds it is the
// end of the operation under way. Children and ranks end with this process.
// Under a launcher, which is how the collectives run, all ranks call and rank 0 writes; the rest is
// refused there (Error::environment).
void calibrate(const CalibrateOptions& what, const std::string& profile, const MachineDoor& door);

}  // namespace rehearse
