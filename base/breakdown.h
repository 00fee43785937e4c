// Where the time of a training step goes, phase by phase: one type for records of real runs, for
// simulated steps and for predictions.
//
//   Breakdown parts;
//   parts[StepPhase::compute] += work;
//   for (const StepPhase phase : kStepPhases) print(to_text(phase), parts[phase]);
//
// A new phase is an enumerator with its line in the table of breakdown.cc, and an entry in
// docs/formats.md, which says what each phase means.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/units.h"

namespace rehearse {

enum class StepPhase : std::uint8_t {
  compute,                // the device is busy with forward and backward passes
  recompute,              // … with activations that were not kept
  exposed_communication,  // waiting for data on the wire
  straggler_wait,         // waiting for slower ranks before it
  pipeline_bubble,        // a stage of a pipeline has nothing to do
  server_wait,            // waiting for a server that serves others
  input_wait,             // waiting for the batch
  optimizer,              // the update
  offload,                // waiting for copies to or from host memory
  other                   // what is left: the device waits for its host
};

inline constexpr int kNumberOfStepPhases = 10;

// All of them, in the order in which they are printed.
inline constexpr std::array<StepPhase, kNumberOfStepPhases> kStepPhases = [] {
  std::array<StepPhase, kNumberOfStepPhases> all{};
  for (int i = 0; i < kNumberOfStepPhases; ++i) {
    all[static_cast<std::size_t>(i)] = static_cast<StepPhase>(i);
  }
  return all;
}();

std::string_view to_text(StepPhase phase);  // as in files: "exposed_communication"
std::string_view heading(StepPhase phase);  // for people: "exposed communication"
// Whether tables of people show the phase where it is zero everywhere.
bool is_always_shown(StepPhase phase);

// A duration for each phase; they add up to the step.
class Breakdown {
 public:
  Duration& operator[](StepPhase phase) { return parts_[static_cast<std::size_t>(phase)]; }
  Duration operator[](StepPhase phase) const { return parts_[static_cast<std::size_t>(phase)]; }

  [[nodiscard]] Duration sum() const;

  Breakdown& operator+=(const Breakdown& other);
  Breakdown& operator*=(double factor);
  friend Breakdown operator*(Breakdown parts, double factor) { return parts *= factor; }

  bool operator==(const Breakdown&) const = default;

 private:
  std::array<Duration, kNumberOfStepPhases> parts_{};
};

}  // namespace rehearse
