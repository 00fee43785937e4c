// Split layers on real numbers: whatever the split, the workers learn what one worker with all
// samples learns.
//
// The network is h0 = w0 * x (by element), h1 = W1 h0, y = W2 h1, with the gradient y - t at its
// end. W1 and W2 are split, w0 is not.
#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/strategies/sync_sgd.h"
#include "runtime/worlds/inline_device.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {
namespace {

constexpr int kIn = 3, kMiddle = 4, kOut = 8;
constexpr int kSamples = 2;  // of a worker
constexpr float kRate = 0.01F;
constexpr int kSteps = 3;

using Numbers = std::vector<float>;

float& at(Numbers& matrix, int columns, int row, int column) {
  return matrix[static_cast<std::size_t>(row * columns + column)];
}

// Sample `s` of all, by feature; and what the network should answer.
float input(int s, int i) { return static_cast<float>((3 * s + 2 * i) % 5) - 1.5F; }
float target(int s, int o) { return static_cast<float>((2 * s + o) % 3); }
float start_w0(int i) { return 1 + 0.1F * static_cast<float>(i); }
float start_w1(int m, int i) { return 0.2F * static_cast<float>((m + 2 * i) % 4) - 0.3F; }
float start_w2(int o, int m) { return 0.1F * static_cast<float>((3 * o + m) % 5) - 0.2F; }

// One worker of `workers`, in a group of `parts`.
struct Worker {
  Worker(int world_rank, int ways) : rank(world_rank), parts(ways), shard(world_rank % ways) {
    for (int i = 0; i < kIn; ++i) parameters.push_back(start_w0(i));
    for (int o = 0; o < outs(); ++o) {
      for (int m = 0; m < kMiddle; ++m) parameters.push_back(start_w2(shard * outs() + o, m));
    }
    for (int m = 0; m < middles(); ++m) {
      for (int i = 0; i < kIn; ++i) parameters.push_back(start_w1(shard * middles() + m, i));
    }
    gradients.resize(parameters.size());
    const auto group = static_cast<std::size_t>(parts * kSamples);
    h0.resize(group * kIn);
    h1.resize(group * kMiddle);
    y.resize(kSamples * kOut);
    d_h0 = h0;
    d_h1 = h1;
  }

  [[nodiscard]] int outs() const { return kOut / parts; }
  [[nodiscard]] int middles() const { return kMiddle / parts; }
  [[nodiscard]] int group_samples() const { return parts * kSamples; }
  // Of sample `s` of the worker, and of the group.
  [[nodiscard]] int own(int s) const { return rank * kSamples + s; }

  float& w0(Numbers& from, int i) const { return from[static_cast<std::size_t>(i)]; }
  float& w2(Numbers& from, int o, int m) const {
    return from[static_cast<std::size_t>(kIn + o * kMiddle + m)];
  }
  float& w1(Numbers& from, int m, int i) const {
    return from[static_cast<std::size_t>(kIn + outs() * kMiddle + m * kIn + i)];
  }
  // Gathered features lie shard by shard: all samples of the group with the features of shard 0, …
  float& middle(Numbers& from, int s, int m) const {
    const int begin = m / middles() * group_samples() * middles();
    return from[static_cast<std::size_t>(begin + s * middles() + m % middles())];
  }
  // The outputs of the shard for the samples of the group; after the all-to-all those of the
  // worker's samples lie shard by shard as well.
  float& own_out(int s, int o) {
    const int begin = o / outs() * kSamples * outs();
    return y[static_cast<std::size_t>(begin + s * outs() + o % outs())];
  }

  void forward(std::size_t layer);
  void backward(std::size_t layer);
  void update(int workers);

  int rank, parts, shard;
  Numbers parameters, gradients;  // w0, then the shards of W2 and W1
  Numbers h0, h1, y, d_h0, d_h1;
};

void Worker::forward(std::size_t layer) {
  if (layer == 1) {
    for (int s = 0; s < kSamples; ++s) {
      for (int i = 0; i < kIn; ++i) {
        at(h0, kIn, shard * kSamples + s, i) = w0(parameters, i) * input(own(s), i);
      }
    }
  }
  for (int s = 0; s < group_samples() && layer == 2; ++s) {
    for (int m = 0; m < middles(); ++m) {
      float& sum = middle(h1, s, shard * middles() + m) = 0;
      for (int i = 0; i < kIn; ++i) sum += w1(parameters, m, i) * at(h0, kIn, s, i);
    }
  }
  for (int s = 0; s < group_samples() && layer == 3; ++s) {
    for (int o = 0; o < outs(); ++o) {
      float& sum = at(y, outs(), s, o) = 0;
      for (int m = 0; m < kMiddle; ++m) sum += w2(parameters, o, m) * middle(h1, s, m);
    }
  }
  if (layer == 4) {  // the loss leaves its gradient in place of the outputs
    for (int s = 0; s < kSamples; ++s) {
      for (int o = 0; o < kOut; ++o) own_out(s, o) -= target(own(s), o);
    }
  }
}

void Worker::backward(std::size_t layer) {
  if (layer == 3) {
    for (int s = 0; s < group_samples(); ++s) {
      for (int m = 0; m < kMiddle; ++m) {
        float& sum = middle(d_h1, s, m) = 0;
        for (int o = 0; o < outs(); ++o) {
          sum += w2(parameters, o, m) * at(y, outs(), s, o);
          w2(gradients, o, m) += at(y, outs(), s, o) * middle(h1, s, m);
        }
      }
    }
  }
  if (layer == 2) {
    for (int s = 0; s < group_samples(); ++s) {
      for (int i = 0; i < kIn; ++i) {
        float& sum = at(d_h0, kIn, s, i) = 0;
        for (int m = 0; m < middles(); ++m) {
          const float d = middle(d_h1, s, shard * middles() + m);
          sum += w1(parameters, m, i) * d;
          w1(gradients, m, i) += d * at(h0, kIn, s, i);
        }
      }
    }
  }
  for (int s = 0; s < kSamples && layer == 1; ++s) {
    for (int i = 0; i < kIn; ++i) {
      w0(gradients, i) += at(d_h0, kIn, shard * kSamples + s, i) * input(own(s), i);
    }
  }
}

void Worker::update(int workers) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    parameters[i] -= kRate * gradients[i] / static_cast<float>(workers * kSamples);
    gradients[i] = 0;
  }
}

// What the group of one worker holds: w0 of the worker, then W1 and W2 put together.
Numbers whole(std::vector<Worker>& all, int rank) {
  Worker& mine = all[static_cast<std::size_t>(rank)];
  const auto holder = [&](int index, int per_shard) -> Worker& {
    return all[static_cast<std::size_t>(rank / mine.parts * mine.parts + index / per_shard)];
  };
  Numbers learnt;
  for (int i = 0; i < kIn; ++i) learnt.push_back(mine.w0(mine.parameters, i));
  for (int m = 0; m < kMiddle; ++m) {
    Worker& worker = holder(m, mine.middles());
    for (int i = 0; i < kIn; ++i) {
      learnt.push_back(worker.w1(worker.parameters, m % mine.middles(), i));
    }
  }
  for (int o = 0; o < kOut; ++o) {
    Worker& worker = holder(o, mine.outs());
    for (int m = 0; m < kMiddle; ++m) {
      learnt.push_back(worker.w2(worker.parameters, o % mine.outs(), m));
    }
  }
  return learnt;
}

// What each worker has learnt.
std::vector<Numbers> train(int workers, int parts) {
  const std::int64_t group = std::int64_t{parts} * kSamples;
  SyncSgd::Options options;
  options.steps = kSteps;
  options.workers = workers;
  options.reducer.cycle = options.shard_reducer.cycle = Duration(1e-4);
  std::vector<TrainingLayer> layers{
      {1, {kIn}}, {2, {kMiddle / parts * kIn}}, {3, {kOut / parts * kMiddle}}, {4, {}}};
  if (parts > 1) {
    options.groups = std::make_shared<SplitGroups>(workers, parts);
    layers[1] = {2, layers[1].parameters, true, group * kIn, true, 0};
    layers[2] = {3, layers[2].parameters, true, group * kMiddle, true, kSamples * kOut};
  } else {
    // The parameters lie as in a split network, not in the order in which gradients become ready.
    options.reducer.overlap = false;
  }
  const SyncSgd program(layers, options);
  std::vector<Worker> all;
  for (int rank = 0; rank < workers; ++rank) all.emplace_back(rank, parts);
  std::vector<std::unique_ptr<Device>> devices;
  for (Worker& worker : all) {
    devices.push_back(make_inline_device([&](const Task& task) {
      if (task.pass == Pass::forward) worker.forward(task.layer);
      if (task.pass == Pass::backward) worker.backward(task.layer);
      if (task.pass == Pass::update) worker.update(workers);
    }));
  }
  MemoryWorldOptions world_options;
  world_options.device = [&](int rank) -> Device& {
    return *devices[static_cast<std::size_t>(rank)];
  };
  run_in_memory(workers, world_options, [&](World& world) {
    Worker& worker = all[static_cast<std::size_t>(world.transport().rank())];
    const auto elements = static_cast<std::int64_t>(worker.parameters.size());
    EXPECT_EQ(program.parameter_elements(), elements);
    ModelTensors model{{worker.parameters.data(), elements}, {worker.gradients.data(), elements}};
    model.activations = [&](const Task& task, Operation operation) {
      if (operation == Operation::all_to_all) return worker.y.data();
      if (operation == Operation::all_gather) {
        return (task.layer == 2 ? worker.h0 : worker.h1).data();
      }
      return (task.layer == 2 ? worker.d_h0 : worker.d_h1).data();
    };
    program.run(world, model, [](std::int64_t, const StepRecord& record) {
      EXPECT_NEAR(record.parts.sum().value(), (record.end - record.begin).value(), 1e-9);
      const auto exchanges = std::ranges::count_if(record.spans, [](const StepSpan& span) {
        return span.what == StepSpan::What::activations;
      });
      EXPECT_TRUE(exchanges == 0 || exchanges == 6);
    });
  });
  std::vector<Numbers> learnt;
  for (int rank = 0; rank < workers; ++rank) learnt.push_back(whole(all, rank));
  return learnt;
}

TEST(SplitLayers, LearnWhatWholeLayersLearn) {
  for (const int workers : {4, 8}) {
    const std::vector<Numbers> expected = train(workers, 1);
    EXPECT_NE(expected[0][0], start_w0(0));  // something was learnt
    for (const int parts : {2, 4}) {
      const std::vector<Numbers> learnt = train(workers, parts);
      for (std::size_t rank = 0; rank < learnt.size(); ++rank) {
        for (std::size_t i = 0; i < expected[0].size(); ++i) {
          EXPECT_NEAR(learnt[rank][i], expected[0][i], 1e-5)
              << workers << " in groups of " << parts;
        }
      }
    }
  }
}

}  // namespace
}  // namespace rehearse
