// The same job over several values of some keys, side by side: what `compare` answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "predict/prediction.h"
#include "topologies/graph/network_cost.h"

namespace rehearse {

struct ComparedNetwork {
  std::string shape;  // for people
  NetworkCost cost;   // of the whole cluster
};

struct ComparedRow {
  std::vector<std::string> values;  // of Comparison::varied, as the user wrote them
  Prediction prediction;
  std::optional<ComparedNetwork> network;  // none where no network is known
};

struct Comparison {
  std::vector<std::string> varied;  // dotted keys
  std::vector<ComparedRow> rows;
  std::vector<Warning> warnings;
  std::string currency;  // of the costs of the networks
};

// One warning "no_effect", with its reason, for every key with several values that changed nothing
// that is predicted by more than kNoEffect, whatever the other keys were.
std::vector<Warning> no_effects(const Comparison& comparison);

inline constexpr double kNoEffect = 1e-3;  // relative

// One warning "unpriced" for each part of a network that the price list does not know.
std::vector<Warning> unpriced_parts(const Comparison& comparison);

}  // namespace rehearse
