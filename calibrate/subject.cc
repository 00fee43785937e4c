#include "calibrate/subject.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>

#include "base/stats.h"
#include "kernels/cpu_layer_benchmark.h"
#include "kernels/job_keys.h"
#include "kernels/layer_key.h"
#include "runtime/data/input_pipeline.h"
#include "runtime/replica.h"

namespace rehearse {
namespace {

constexpr int kRepetitions = 3;

double seconds_of(const std::function<void()>& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// After one repetition that does not count. In between the rest of a step passes through the
// caches.
double median_seconds(Bytes evicted, const std::function<void()>& body) {
  std::vector<char> other(static_cast<std::size_t>(evicted.value()));
  body();
  std::vector<double> times;
  for (int i = 0; i < kRepetitions; ++i) {
    constexpr std::size_t kCacheLine = 64;
    for (std::size_t at = 0; at < other.size(); at += kCacheLine) ++other[at];
    times.push_back(seconds_of(body));
  }
  return quantile(times, 0.5);
}

Subject layer_subject(const std::shared_ptr<const Model>& model, std::size_t layer,
                      std::int64_t batch, int threads) {
  const auto amount = [&](Direction direction) {
    return work(*model, layer, direction, batch, Precision::fp32);
  };
  Subject subject;
  subject.key = layer_key(*model, layer);
  subject.batch = batch;
  subject.forward = amount(Direction::forward);
  subject.backward_data = amount(Direction::backward_data);
  subject.backward_weights = amount(Direction::backward_weights);
  LayerBenchmarkOptions options;
  options.batch = batch;
  options.threads = threads;
  options.repetitions = kRepetitions;
  options.evict_bytes = static_cast<std::int64_t>(recommended_eviction(*model, batch).value());
  const auto measure = [model, layer](const LayerBenchmarkOptions& how) {
    const MeasuredLayer times = benchmark_layer(*model, layer, how);
    return std::vector<double>{times.forward.alone.value(), times.backward_data.alone.value(),
                               times.backward_weights.alone.value()};
  };
  subject.measure = [measure, options] { return measure(options); };
  options.evict_bytes = 0;
  subject.measure_warm = [measure, options] { return measure(options); };
  return subject;
}

Subject update_subject(const KernelJob& job, int threads) {
  Subject subject;
  const std::int64_t elements = job.model->parameter_count();
  const int slots = optimizer_slots(job.optimizer);
  subject.key = update_key(job.optimizer.name, slots, elements);
  subject.forward.bytes = Bytes(4.0 * (3 + 2 * slots) * static_cast<double>(elements));
  subject.measure = [job, elements, threads] {
    const auto optimizer = make_optimizer(job.optimizer, optimizer_tensors(*job.model), threads);
    std::vector<float> parameters(static_cast<std::size_t>(elements), 0.5F);
    const std::vector<float> gradients(parameters.size(), 1e-3F);
    const double time = median_seconds(recommended_eviction(*job.model, job.batches.front()),
                                       [&] { optimizer->step(parameters, gradients, 1, 1e-6, 1); });
    return std::vector<double>{time, 0, 0};
  };
  return subject;
}

Subject input_subject(const KernelJob& job, std::int64_t batch) {
  Subject subject;
  const Shape shape = job.data->shape();
  subject.key = input_key(shape, job.data_format);
  subject.batch = batch;
  subject.forward.bytes = Bytes(8.0 * static_cast<double>(batch * shape.elements()));
  const Bytes evicted = recommended_eviction(*job.model, batch);
  subject.measure = [data = job.data, batch, evicted] {
    InputOptions options;
    options.batch = batch;
    options.last_step = 1 + kRepetitions;
    options.readers = 0;
    InputPipeline input(data, options);
    std::vector<float> device(static_cast<std::size_t>(batch * data->shape().elements()));
    const double time = median_seconds(evicted, [&] {
      const Batch& next = input.next();
      std::copy(next.images.begin(), next.images.end(), device.begin());
    });
    return std::vector<double>{time, 0, 0};
  };
  return subject;
}

}  // namespace

std::vector<Subject> subjects_of(const std::vector<KernelJob>& jobs, int threads) {
  std::vector<Subject> subjects;
  std::set<MeasuredLayers::Key> met;
  const auto add = [&](Subject subject) {
    if (met.emplace(subject.key, subject.batch).second) subjects.push_back(std::move(subject));
  };
  for (const KernelJob& job : jobs) {
    add(update_subject(job, threads));
    for (const std::int64_t batch : job.batches) {
      if (job.data) add(input_subject(job, batch));
      for (std::size_t layer = 1; layer < job.model->layers().size(); ++layer) {
        add(layer_subject(job.model, layer, batch, threads));
      }
    }
  }
  return subjects;
}

}  // namespace rehearse
