#include "base/breakdown.h"

namespace rehearse {
namespace {

struct Words {
  std::string_view key, heading;
  bool always;
};

// By enumerator.
constexpr std::array<Words, kNumberOfStepPhases> kWords{
    {{"compute", "compute", true},
     {"recompute", "recompute", false},
     {"exposed_communication", "exposed communication", true},
     {"straggler_wait", "straggler wait", true},
     {"pipeline_bubble", "pipeline bubble", false},
     {"server_wait", "server wait", false},
     {"input_wait", "input wait", false},
     {"optimizer", "optimizer", true},
     {"offload", "offload", false},
     {"other", "other", true}}};

const Words& words(StepPhase phase) { return kWords[static_cast<std::size_t>(phase)]; }

}  // namespace

std::string_view to_text(StepPhase phase) { return words(phase).key; }
std::string_view heading(StepPhase phase) { return words(phase).heading; }
bool is_always_shown(StepPhase phase) { return words(phase).always; }

Duration Breakdown::sum() const {
  Duration sum;
  for (const Duration part : parts_) sum += part;
  return sum;
}

Breakdown& Breakdown::operator+=(const Breakdown& other) {
  for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i] += other.parts_[i];
  return *this;
}

Breakdown& Breakdown::operator*=(double factor) {
  for (Duration& part : parts_) part *= factor;
  return *this;
}

}  // namespace rehearse
