// How gradients travel under Horovod, as a search tries it.
//
//   for (const FusionTrial& trial : try_fusions(scenario)) …  // of one point of its sweep
#pragma once

#include <string>
#include <vector>

#include "base/breakdown.h"
#include "base/units.h"
#include "scenarios/scenario.h"

namespace rehearse {

// training.allreduce.fusion and cycle.
struct GradientFusion {
  Bytes fusion;
  Duration cycle;

  bool operator==(const GradientFusion&) const = default;
};

// Every pair of values of the keys that are "auto": of a fusion buffer 0, 4, 8, 16, 32 and 64 MiB,
// of a cycle 1, 2.5, 5, 10 and 25 ms. Horovod's own tuner looks from 0 to 64 MiB and from 1 to
// 100 ms, and begins with 4 MiB and 5 ms, 32 and 50, 16 and 25, 8 and 10 (horovod,
// common/parameter_manager.cc). A key that is not open has the scenario's value.
std::vector<GradientFusion> fusions_of(const Scenario& scenario);

// The scenario with these values, neither of them open.
Scenario with_fusion(const Scenario& scenario, const GradientFusion& how);

// "fusion 32.0 MiB, cycle 5.00 ms"
std::string to_text(const GradientFusion& how);

// What a step takes with one of them.
struct FusionTrial {
  GradientFusion how;
  double seconds = 0;
  double memory = 0;  // bytes of a device
  Breakdown parts;
};

// All of fusions_of without noise, by analytic fidelity where every rank has all of the model under
// strategy sync, else by the scenario's own; in their order. Throws Error::input as predict.
// REQUIRES: one point in the sweep; keys of the layout are not open.
std::vector<FusionTrial> try_fusions(const Scenario& scenario);

// The scenario at one point of its sweep with the fastest of them, the first of equals; where the
// layout is not plain, with its own values: nothing but plain replicas waits for cycles. REQUIRES:
// keys of the layout are not open.
Scenario with_best_fusion(const Scenario& scenario, std::int64_t workers);

}  // namespace rehearse
