#include "predict/evaluate.h"

#include <cstdio>
#include <cstring>
#include <vector>

#include "predict/floats_text.h"

namespace rehearse {
namespace {

struct Count {
  long long samples = 0;
  long long correct = 0;
  double loss = 0;  // summed over samples
};

Count evaluate_share(Executor& net, const Dataset& data, std::int64_t begin, std::int64_t end) {
  const auto pixels = static_cast<std::size_t>(data.shape().elements());
  const auto batch = static_cast<std::size_t>(net.batch());
  std::vector<float> images(batch * pixels);
  std::vector<std::int32_t> labels(batch);
  Count count;
  for (std::int64_t first = begin; first + net.batch() <= end; first += net.batch()) {
    for (std::size_t i = 0; i < batch; ++i) {
      labels[i] = data.read(first + static_cast<std::int64_t>(i),
                            std::span(images).subspan(i * pixels, pixels));
    }
    net.load(images, labels);
    for (std::size_t layer = 1; layer < net.model().layers().size(); ++layer) net.forward(layer);
    count.samples += net.batch();
    count.correct += net.correct();
    count.loss += net.loss() * static_cast<double>(net.batch());
  }
  return count;
}

}  // namespace

Evaluation evaluate(Executor& net, const Dataset& data, MpiSession& session) {
  from_bytes(session.broadcast(to_bytes(net.statistics())), net.statistics());
  net.set_training(false);
  const std::int64_t ranks = session.size();
  const Count mine = evaluate_share(net, data, data.size() * session.rank() / ranks,
                                    data.size() * (session.rank() + 1) / ranks);
  net.set_training(true);
  char line[96];
  std::snprintf(line, sizeof line, "%lld %lld %a", mine.samples, mine.correct, mine.loss);
  Count all;
  for (const std::string& text : session.gather(line)) {
    Count part;
    std::sscanf(text.c_str(), "%lld %lld %la", &part.samples, &part.correct, &part.loss);
    all.samples += part.samples;
    all.correct += part.correct;
    all.loss += part.loss;
  }
  Evaluation evaluation{all.samples, 0, 0};
  if (all.samples > 0) {
    evaluation.accuracy = static_cast<double>(all.correct) / static_cast<double>(all.samples);
    evaluation.loss = all.loss / static_cast<double>(all.samples);
  }
  return evaluation;
}

}  // namespace rehearse
