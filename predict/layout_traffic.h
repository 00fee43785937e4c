// What a rank sends in a step under a layout, by what it is for: the rule of thumb that compares
// gradients with activations.
#pragma once

#include "predict/layout_job.h"

namespace rehearse {

struct LayoutTraffic {
  double gradients = 0;  // bytes: of gradients and of parameters that are shared out
  double tensor = 0;     // of activations along the tensor axis
  double context = 0, expert = 0;
  double expert_within = 0;  // of `expert`, what is handed on inside nodes (deduplicated dispatch)
  double tile_rows = 0, tile_columns = 0;  // of halos
  double tiles = 0;                        // of sums and whole images
  double stages = 0;                       // of activations between stages
};

// Of the stage that sends most. `in_node`: ranks of a group of the expert axis that share a node
// (LayoutExchanges::experts_in_node).
LayoutTraffic traffic_of(const Scenario& scenario, const CostModel& cost, LayoutUnits& units,
                         const Layout& layout, int in_node);

}  // namespace rehearse
