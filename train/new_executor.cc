#include "train/new_executor.h"

#include "kernels/backend.h"

namespace rehearse {

std::unique_ptr<Executor> new_executor(const Scenario& scenario, int workers,
                                       const TrainOptions& options) {
  auto net =
      options.backend->make_executor(*scenario.model, {.batch = scenario.worker_batch(workers),
                                                       .threads = options.threads,
                                                       .dropout_seed = scenario.seed,
                                                       .precision = scenario.precision});
  if (!options.resume) net->import_parameters(initial_parameters(*scenario.model, scenario.seed));
  return net;
}

}  // namespace rehearse
