#include "tests/runtime/layout_job.h"

#include <mutex>

#include "kernels/backend.h"
#include "kernels/models/part_parameters.h"
#include "runtime/data/dataset.h"
#include "runtime/worlds/layout_replica.h"

namespace rehearse::test {
namespace {

std::shared_ptr<const Dataset> text_for(const Model& model) {
  std::int64_t vocabulary = 0;
  for (const Layer& layer : model.layers()) {
    if (layer.kind == LayerKind::embedding) vocabulary = layer.vocabulary;
  }
  return make_synthetic_text(
      {.vocabulary = vocabulary, .sequence = model.input_shape().sequence, .size = 256, .seed = 3});
}

InputOptions input_of(const LayoutJob& job, int replica, int replicas) {
  InputOptions in;
  in.batch = job.global_batch() / replicas;
  in.rank = replica;
  in.workers = replicas;
  in.last_step = job.steps;
  in.readers = 0;
  in.seed = job.seed;
  return in;
}

// Of an array in the order of parameters().
std::vector<float> plain_of(LayoutReplica& replica, int chunk, std::int64_t elements,
                            std::span<float> parameters, std::span<const float> array) {
  const std::vector<float> kept(parameters.begin(), parameters.end());
  std::ranges::copy(array, parameters.begin());
  std::vector<float> plain(static_cast<std::size_t>(elements));
  replica.export_parameters(chunk, plain);
  std::ranges::copy(kept, parameters.begin());
  return plain;
}

}  // namespace

LayoutRun train_alone(const LayoutJob& job) {
  const Model& model = *job.model;
  const auto net = cpu_backend().make_executor(model, {.batch = job.global_batch()});
  net->import_parameters(initial_parameters(model, job.seed));
  const auto rule = cpu_backend().make_optimizer(job.rule, optimizer_tensors(model));
  InputPipeline input(text_for(model), input_of(job, 0, 1));
  LayoutRun run;
  const auto size = static_cast<std::size_t>(model.parameter_count());
  for (std::int64_t step = 0; step < job.steps; ++step) {
    const Batch& batch = input.next();
    net->load(batch.images, batch.labels);
    for (std::size_t i = 1; i < model.layers().size(); ++i) net->forward(i);
    run.losses.push_back(net->loss());
    for (std::size_t i = model.layers().size() - 1; i >= 1; --i) net->backward(i);
    if (step == 0) {
      const std::span<float> parameters = net->parameters().values();
      const std::vector<float> kept(parameters.begin(), parameters.end());
      std::ranges::copy(net->gradients().values(), parameters.begin());
      run.gradients.resize(size);
      net->export_parameters(run.gradients);
      std::ranges::copy(kept, parameters.begin());
    }
    rule->step(net->parameters(), net->gradients(), {.lr = job.lr});
  }
  run.parameters.resize(size);
  net->export_parameters(run.parameters);
  return run;
}

LayoutRun train_laid_out(const LayoutJob& job) {
  const Model& model = *job.model;
  const Layout& layout = job.layout;
  const ProcessGrid grid(layout);
  const std::vector<float> initial = initial_parameters(model, job.seed);
  const auto data = text_for(model);
  const auto ranks = static_cast<std::size_t>(grid.ranks());
  std::vector<std::vector<RankPart>> parts;
  std::vector<std::shared_ptr<const RankProgram>> programs;
  for (int rank = 0; rank < grid.ranks(); ++rank) {
    parts.push_back(rank_parts(model, layout, grid, rank));
    ProgramOptions how = job.program;
    how.norm = how.norm || job.loss_scale > 0;
    programs.push_back(std::make_shared<const RankProgram>(
        rank_program(rank_chunks(model, layout, parts.back()), layout, grid, rank, how)));
  }
  std::vector<LossScale> scales(ranks);
  for (LossScale& scale : scales) scale.restore(job.loss_scale, 0);
  const LearningRate rate({.lr = job.lr}, 1, 1);
  std::vector<std::unique_ptr<InputPipeline>> inputs;
  std::vector<std::unique_ptr<LayoutReplica>> replicas;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const int replica = grid.place(static_cast<int>(rank), GridAxis::data);
    inputs.push_back(std::make_unique<InputPipeline>(data, input_of(job, replica, layout.data)));
    LayoutReplica::Options of{.microbatch = layout.microbatch, .microbatches = layout.microbatches};
    of.rule = job.rule;
    of.rate = &rate;
    of.input = inputs.back().get();
    of.replica = replica;
    of.replicas = layout.data;
    if (job.loss_scale > 0) of.loss_scale = &scales[rank];
    replicas.push_back(
        std::make_unique<LayoutReplica>(cpu_backend(), parts[rank], *programs[rank], of));
    for (std::size_t c = 0; c < parts[rank].size(); ++c) {
      const RankPart& part = parts[rank][c];
      replicas.back()->import_parameters(static_cast<int>(c),
                                         cut_parameters(model, part.of, part.shape, initial));
    }
  }
  LayoutSgd::Options options{.steps = job.steps, .layout = layout};
  options.call = job.call;
  options.program = [&](int rank) { return programs[static_cast<std::size_t>(rank)]; };
  const LayoutSgd strategy(options);

  LayoutRun run;
  run.losses.resize(static_cast<std::size_t>(job.steps));
  run.records.resize(ranks);
  run.gradients.resize(initial.size());
  run.parameters.resize(initial.size());
  std::vector<std::vector<double>> losses(ranks);
  std::mutex mutex;
  const auto put = [&](std::size_t rank, std::span<const float> array, std::vector<float>& to) {
    LayoutReplica& replica = *replicas[rank];
    const std::vector<float> kept(array.begin(), array.end());
    for (std::size_t c = 0; c < parts[rank].size(); ++c) {
      const RankPart& part = parts[rank][c];
      const std::vector<float> plain =
          plain_of(replica, static_cast<int>(c), part.of.model.parameter_count(),
                   replica.tensors().parameters.values(), kept);
      const std::scoped_lock lock(mutex);
      put_parameters(model, part.of, part.shape, plain, to);
    }
  };
  job.run_ranks(grid.ranks(), {.device = [&](int rank) -> Device& {
                  return *replicas[static_cast<std::size_t>(rank)];
                }},
                [&](World& world) {
                  const auto rank = static_cast<std::size_t>(world.transport().rank());
                  LayoutReplica& replica = *replicas[rank];
                  const ModelTensors tensors = replica.tensors();
                  strategy.run(world, tensors, [&](std::int64_t step, const StepRecord& record) {
                    run.records[rank].push_back(record);
                    if (const auto loss = replica.loss()) losses[rank].push_back(*loss);
                    if (step == 0 && layout.zero == 0)
                      put(rank, tensors.gradients.values(), run.gradients);
                  });
                  put(rank, tensors.parameters.values(), run.parameters);
                });
  const double scale = 1.0 / static_cast<double>(layout.microbatches * layout.data);
  for (float& gradient : run.gradients) gradient *= static_cast<float>(scale);
  if (layout.zero > 0) run.gradients.clear();
  int with_loss = 0;
  for (const std::vector<double>& of_rank : losses) {
    if (of_rank.empty()) continue;
    ++with_loss;
    for (std::size_t i = 0; i < of_rank.size(); ++i) run.losses[i] += of_rank[i];
  }
  for (double& loss : run.losses) loss /= with_loss;
  for (const LossScale& last : scales) run.loss_scales.push_back(last.value());
  return run;
}

}  // namespace rehearse::test
