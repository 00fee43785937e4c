// A point of a sweep whose job has a layout (runtime/parallel/layout.h).
#pragma once

#include <functional>

#include "kernels/models/device_memory.h"
#include "predict/job_point.h"
#include "predict/layout_job.h"
#include "predict/layout_network.h"
#include "predict/sample_point.h"
#include "sim/worlds/sim_device.h"

namespace rehearse {

// As sample_point, by the formulas of analytic fidelity (predict/layout_job.h).
SampledPoint sample_layout(const JobPoint& job, const BuiltNetwork& built,
                           const JointFactors* known);

// What noise looks at: how long a device computes in a step.
TaskCosts work_of(const LayoutStep& step);

// Adds what a step puts on the links: along each axis a rank sends what LayoutTraffic says.
void add_load(const JobPoint& point, const BuiltNetwork& built, const CostModel& cost,
              LayoutUnits& units, LayoutNetwork& network, SampledPoint& sample);

// Of the fullest device, all parts.
DeviceMemory layout_memory(const JobPoint& job);

}  // namespace rehearse
