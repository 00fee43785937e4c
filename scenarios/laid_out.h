// Which program trains: the list of a layout (runtime/strategies/layout_sgd.h) or a strategy that
// knows data parallelism only.
#pragma once

#include <cstdint>

#include "scenarios/scenario.h"

namespace rehearse {

// Under synchronous SGD, wherever a layout goes beyond data parallelism; and of plain data
// parallelism, for language models under frameworks that train them so (pytorch, megatron,
// deepspeed), so that a layout costs the same whether it is predicted or found by a search. Keys
// that only the other program knows (compression, batching other than buckets, dense) keep it.
bool is_laid_out(const Scenario& scenario, std::int64_t workers);

}  // namespace rehearse
