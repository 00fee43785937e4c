// The keys of training that say how workers agree on the weights (docs/formats.md, "training").
#pragma once

#include <cstdint>

#include "base/enum_names.h"
#include "base/units.h"
#include "runtime/strategies/roles.h"

namespace rehearse {

enum class StrategyKind {
  sync,            // all gradients are averaged in every step
  async_ps,        // servers apply every gradient when it comes (TensorFlow)
  sync_backup_ps,  // servers apply the mean of the first gradients of a step (SyncReplicas)
  downpour,        // a master applies what workers' weights have moved (NNLO)
  easgd,           // weights and a centre pull each other (NNLO)
  gem,             // gradient energy matching (NNLO)
  hybrid,          // synchronous groups around servers of layers (Kurth et al., SC17)
  lagged,          // the average of some steps ago is applied
  local_sgd        // weights are averaged every so many steps
};

inline constexpr auto kStrategyNames =
    enum_names<StrategyKind>("sync", "async_ps", "sync_backup_ps", "downpour", "easgd", "gem",
                             "hybrid", "lagged", "local_sgd");

// Those that keep the parameters, or a part of them, for workers.
struct ServerOptions {
  enum class Sharding { round_robin, balanced };  // of tensors over servers

  int count = 1;
  bool colocated = false;  // on the nodes of workers; else each on a node of its own
  Sharding sharding = Sharding::round_robin;
  // How fast a server goes through memory when it applies an update: weights, gradient and slots,
  // read and written.
  Bandwidth update_bandwidth{50e9};
};

struct StrategyOptions {
  StrategyKind kind = StrategyKind::sync;
  ServerOptions servers;        // async_ps, sync_backup_ps, hybrid
  int backup_workers = 0;       // sync_backup_ps: whose gradients a step does not wait for
  int masters = 1;              // downpour, easgd, gem: above 1 a top master and so many below
  std::int64_t sync_every = 1;  // downpour, easgd, gem: steps between two exchanges
  // downpour: an update counts only when it is of the newest weights, and is applied when 95 % of
  // the workers have sent theirs.
  bool gated = false;
  int processes = 1;                // downpour, easgd, gem: ranks of a worker, which share a batch
  int groups = 1;                   // hybrid
  bool momentum_correction = true;  // hybrid: less momentum for more groups
  std::int64_t lag = 1;             // lagged: steps between a gradient and its application
  std::int64_t sync_first = 0, sync_last = 0;  // lagged: steps at the ends without lag
  std::int64_t local_steps = 1;                // local_sgd: steps between two averages
  double easgd_force = 0.9;
  double gem_kappa = 2.0, gem_momentum = 0.9, gem_lr = 0.01;
};

// Whether a strategy has servers, or masters: ranks that compute no gradients.
constexpr bool has_servers(StrategyKind kind) {
  return kind == StrategyKind::async_ps || kind == StrategyKind::sync_backup_ps ||
         kind == StrategyKind::hybrid;
}
constexpr bool has_masters(StrategyKind kind) {
  return kind == StrategyKind::downpour || kind == StrategyKind::easgd || kind == StrategyKind::gem;
}

// The ranks of a job with so many workers. REQUIRES: workers >= 1.
Roles roles_of(const StrategyOptions& options, std::int64_t workers);

}  // namespace rehearse
