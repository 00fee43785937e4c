#include "apps/machine_door.h"

#include <unistd.h>

#include <cmath>
#include <iostream>

#include "api/load.h"
#include "apps/launch.h"
#include "apps/output.h"

namespace rehearse {
namespace {

std::string seconds(Duration time) { return std::to_string(std::llround(time.value())) + " s"; }

// One line for each part on stderr; where that is a terminal, how far it is.
class StderrWatch : public CalibrationWatch {
 public:
  void note(const std::string& line) override { std::cerr << "rehearse: " + line + "\n"; }
  void begin(const std::string& part, Duration most) override {
    std::cerr << "rehearse: measuring " + part + " (" + seconds(most) + ")\n";
  }
  void passed(Duration passed, Duration most) override {
    if (!terminal_) return;
    std::cerr << "\r" + seconds(passed) + " of " + seconds(most) + "\033[K" << std::flush;
    drawn_ = true;
  }
  void end() override {
    if (drawn_) std::cerr << "\r\033[K" << std::flush;
    drawn_ = false;
  }
  void warn(const std::string& code, const std::string& what) override {
    end();
    std::cerr << "warning [" + code + "]: " + what + "\n" << std::flush;
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) == 1;
  bool drawn_ = false;
};

LoadOptions load_options(const ScenarioOptions& options, const std::vector<std::string>& overrides,
                         bool quiet) {
  return {.file = options.file,
          .overrides = overrides,
          .profile = options.profile,
          .cut_sweep = options.nodes.has_value(),
          .door = machine_door(quiet)};
}

void warn_of(const std::optional<std::string>& note, bool quiet) {
  OutputOptions output;
  output.quiet = quiet;
  if (note) warn(output, "sweep", *note);
}

}  // namespace

MachineDoor machine_door(bool quiet) {
  static StderrWatch watch;  // of the process's one stderr
  MachineDoor door;
  door.start_ranks = [quiet](int devices, const std::string& profile, Duration budget) {
    std::vector<std::string> words = {
        "calibrate", "collectives",           "-o",       profile,
        "--devices", std::to_string(devices), "--budget", std::to_string(budget.value()) + " s"};
    if (quiet) words.emplace_back("--quiet");
    return launch_ranks(devices, words) == 0;
  };
  if (!quiet) door.watch = &watch;
  return door;
}

JsonDocument load_document(const ScenarioOptions& options,
                           const std::vector<std::string>& overrides, bool quiet) {
  LoadedDocument loaded = load_document(load_options(options, overrides, quiet));
  warn_of(loaded.note, quiet);
  return std::move(loaded.document);
}

Scenario load(const ScenarioOptions& options, const std::vector<std::string>& overrides,
              bool quiet) {
  LoadedScenario loaded = load(load_options(options, overrides, quiet));
  warn_of(loaded.note, quiet);
  return std::move(loaded.scenario);
}

}  // namespace rehearse
