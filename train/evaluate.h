// How well a trained model does on samples that it has not seen.
#pragma once

#include "kernels/backend.h"
#include "runtime/data/dataset.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "train/run_record.h"

namespace rehearse {

// Every rank evaluates its share of the set in batches of the executor; the last one is filled up
// with copies of its last sample, which are then taken out again. All ranks use rank 0's running
// statistics. Complete on rank 0. `backend`: of the executor.
Evaluation evaluate(Executor& net, const Dataset& data, MpiSession& session,
                    const Backend& backend = cpu_backend());

}  // namespace rehearse
