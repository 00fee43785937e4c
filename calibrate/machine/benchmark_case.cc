#include "calibrate/machine/benchmark_case.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <set>

#include "kernels/backend.h"
#include "kernels/devices/job_keys.h"
#include "kernels/devices/layer_key.h"
#include "runtime/data/input_pipeline.h"
#include "runtime/worlds/replica.h"

namespace rehearse {
namespace {

using SharedEviction = std::shared_ptr<CacheEviction>;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// After runs that do not count and the rest of a step passing through the caches. Small work on
// fresh memory takes some runs until it is as fast as in a training that goes on.
double seconds_of(CacheEviction& eviction, Bytes evicted, const std::function<void()>& body) {
  constexpr double kWarmUp = 0.02;
  const auto start = std::chrono::steady_clock::now();
  do {
    body();
    eviction.run(evicted);
  } while (seconds_since(start) < kWarmUp);
  const auto begin = std::chrono::steady_clock::now();
  body();
  return seconds_since(begin);
}

BenchmarkCase layer_case(const std::shared_ptr<const Model>& model, std::size_t layer,
                         std::int64_t batch, int threads, const SharedEviction& eviction) {
  const auto amount = [&](Direction direction) {
    return work(*model, layer, direction, batch, Precision::fp32);
  };
  BenchmarkCase result;
  result.key = layer_key(*model, layer);
  result.batch = batch;
  result.forward = amount(Direction::forward);
  result.backward_data = amount(Direction::backward_data);
  result.backward_weights = amount(Direction::backward_weights);
  LayerBenchmarkOptions options;
  options.batch = batch;
  options.threads = threads;
  options.repetitions = 1;
  options.evicted = recommended_eviction(*model, batch);
  const auto measure = [model, layer](const LayerBenchmarkOptions& how) {
    const MeasuredLayer times = cpu_backend().benchmark_layer(*model, layer, how);
    return std::vector<double>{times.forward.alone.value(), times.backward_data.alone.value(),
                               times.backward_weights.alone.value()};
  };
  result.measure_warm = [measure, options] { return measure(options); };
  options.eviction = eviction.get();
  result.measure = [measure, options, eviction] { return measure(options); };
  return result;
}

BenchmarkCase update_case(const KernelJob& job, int threads, const SharedEviction& eviction) {
  BenchmarkCase result;
  const std::int64_t elements = job.model->parameter_count();
  result.key = update_key(job.optimizer.name, optimizer_slots(job.optimizer), elements);
  result.forward.bytes = optimizer_traffic(job.optimizer, elements);
  result.measure = [job, elements, threads, eviction] {
    const auto optimizer =
        cpu_backend().make_optimizer(job.optimizer, optimizer_tensors(*job.model), threads);
    std::vector<float> parameters(static_cast<std::size_t>(elements), 0.5F);
    std::vector<float> gradients(parameters.size(), 1e-3F);
    const UpdateFactors factors{.lr = 1e-6};
    const double time =
        seconds_of(*eviction, recommended_eviction(*job.model, job.batches.front()),
                   [&] { optimizer->step(tensor_of(parameters), tensor_of(gradients), factors); });
    return std::vector<double>{time, 0, 0};
  };
  return result;
}

BenchmarkCase input_case(const KernelJob& job, std::int64_t batch, const SharedEviction& eviction) {
  BenchmarkCase result;
  const Shape shape = job.data->shape();
  result.key = input_key(shape, job.data_format);
  result.batch = batch;
  result.forward.bytes = Bytes(8.0 * static_cast<double>(batch * shape.elements()));
  const Bytes evicted = recommended_eviction(*job.model, batch);
  result.measure = [data = job.data, batch, evicted, eviction] {
    InputOptions options;
    options.batch = batch;
    options.last_step = std::numeric_limits<std::int64_t>::max();
    options.readers = 0;
    InputPipeline input(data, options);
    std::vector<float> device(static_cast<std::size_t>(batch * data->shape().elements()));
    const double time = seconds_of(*eviction, evicted, [&] {
      const Batch& next = input.next();
      std::copy(next.images.begin(), next.images.end(), device.begin());
    });
    return std::vector<double>{time, 0, 0};
  };
  return result;
}

// About how long it takes: a processor does some ten operations in the time of a byte.
double weight(const BenchmarkCase& result) {
  double sum = 0;
  for (const Work* work : {&result.forward, &result.backward_data, &result.backward_weights}) {
    sum += work->flops.value() + 10 * work->bytes.value();
  }
  return sum;
}

}  // namespace

std::vector<BenchmarkCase> benchmark_cases(const std::vector<KernelJob>& jobs, int threads) {
  std::vector<BenchmarkCase> cases;
  std::set<MeasuredLayers::Key> met;
  const auto add = [&](BenchmarkCase result) {
    if (met.emplace(result.key, result.batch).second) cases.push_back(std::move(result));
  };
  const auto eviction = std::make_shared<CacheEviction>();
  for (const KernelJob& job : jobs) {
    add(update_case(job, threads, eviction));
    const auto first = static_cast<std::ptrdiff_t>(cases.size());
    for (const std::int64_t batch : job.batches) {
      if (job.data) add(input_case(job, batch, eviction));
      for (std::size_t layer = 1; layer < job.model->layers().size(); ++layer) {
        add(layer_case(job.model, layer, batch, threads, eviction));
      }
    }
    std::stable_sort(
        cases.begin() + first, cases.end(),
        [](const BenchmarkCase& a, const BenchmarkCase& b) { return weight(a) > weight(b); });
  }
  return cases;
}

}  // namespace rehearse
