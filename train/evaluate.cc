#include "train/evaluate.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "train/floats_text.h"

namespace rehearse {
namespace {

struct Count {
  long long samples = 0;
  long long correct = 0;
  double loss = 0;  // summed over samples
};

// Runs batches of a set through the network.
class Evaluator {
 public:
  Evaluator(Executor& net, const Dataset& data)
      : net_(net),
        data_(data),
        pixels_(static_cast<std::size_t>(data.shape().elements())),
        images_(static_cast<std::size_t>(net.batch()) * pixels_),
        labels_(static_cast<std::size_t>(net.batch())) {}

  Count evaluate(std::int64_t begin, std::int64_t end) {
    Count count;
    for (std::int64_t first = begin; first < end; first += net_.batch()) {
      const Count batch = pass(first, end);
      const std::int64_t copies = std::max<std::int64_t>(0, first + net_.batch() - end);
      // Samples do not see each other here, so that a batch of copies tells what one adds.
      const Count last = copies > 0 ? pass(end - 1, end) : Count{};
      const auto share = static_cast<double>(copies) / static_cast<double>(net_.batch());
      count.samples += batch.samples - copies;
      count.correct += batch.correct - (last.correct > 0 ? copies : 0);
      count.loss += batch.loss - share * last.loss;
    }
    return count;
  }

 private:
  // Of the samples from `first` on, all behind the one before `end` replaced by that one.
  Count pass(std::int64_t first, std::int64_t end) {
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      const std::int64_t sample = std::min(first + static_cast<std::int64_t>(i), end - 1);
      labels_[i] = data_.read(sample, std::span(images_).subspan(i * pixels_, pixels_));
    }
    net_.load(images_, labels_);
    for (std::size_t layer = 1; layer < net_.model().layers().size(); ++layer) net_.forward(layer);
    return {net_.batch(), net_.correct(), net_.loss() * static_cast<double>(net_.batch())};
  }

  Executor& net_;
  const Dataset& data_;
  std::size_t pixels_;
  std::vector<float> images_;
  std::vector<std::int32_t> labels_;
};

}  // namespace

Evaluation evaluate(Executor& net, const Dataset& data, MpiSession& session) {
  from_bytes(session.broadcast(to_bytes(net.statistics().values())), net.statistics().values());
  net.set_training(false);
  const std::int64_t ranks = session.size();
  const Count mine = Evaluator(net, data).evaluate(data.size() * session.rank() / ranks,
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
