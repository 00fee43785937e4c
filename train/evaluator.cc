#include "train/evaluator.h"

#include <algorithm>
#include <vector>

namespace rehearse {
namespace {

// Runs batches of a set through the network.
class Evaluator {
 public:
  Evaluator(Executor& net, const Dataset& data)
      : net_(net),
        data_(data),
        pixels_(static_cast<std::size_t>(data.shape().elements())),
        images_(static_cast<std::size_t>(net.batch()) * pixels_),
        own_(static_cast<std::size_t>(data.labels())),
        labels_(static_cast<std::size_t>(net.batch()) * own_) {}

  EvaluationCount evaluate(std::int64_t begin, std::int64_t end) {
    EvaluationCount count;
    for (std::int64_t first = begin; first < end; first += net_.batch()) {
      const EvaluationCount batch = pass(first, end);
      const std::int64_t copies = std::max<std::int64_t>(0, first + net_.batch() - end);
      // Samples do not see each other here, so that a batch of copies tells what one adds.
      const EvaluationCount last = copies > 0 ? pass(end - 1, end) : EvaluationCount{};
      const auto share = static_cast<double>(copies) / static_cast<double>(net_.batch());
      count.samples += batch.samples - copies;
      count.labels = count.samples * data_.labels();
      count.correct += batch.correct - last.correct * copies / net_.batch();
      count.loss += batch.loss - share * last.loss;
    }
    return count;
  }

 private:
  // Of the samples from `first` on, all behind the one before `end` replaced by that one.
  EvaluationCount pass(std::int64_t first, std::int64_t end) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(net_.batch()); ++i) {
      const std::int64_t sample = std::min(first + static_cast<std::int64_t>(i), end - 1);
      data_.read(sample, std::span(images_).subspan(i * pixels_, pixels_),
                 std::span(labels_).subspan(i * own_, own_));
    }
    net_.load(images_, labels_);
    for (std::size_t layer = 1; layer < net_.model().layers().size(); ++layer) net_.forward(layer);
    return {net_.batch(), net_.batch() * data_.labels(), net_.correct(),
            net_.loss() * static_cast<double>(net_.batch())};
  }

  Executor& net_;
  const Dataset& data_;
  std::size_t pixels_;
  std::vector<float> images_;
  std::size_t own_;  // labels of a sample
  std::vector<std::int32_t> labels_;
};

}  // namespace

EvaluationCount evaluate_samples(Executor& net, const Dataset& data, std::int64_t begin,
                                 std::int64_t end) {
  net.set_training(false);
  const EvaluationCount count = Evaluator(net, data).evaluate(begin, end);
  net.set_training(true);
  return count;
}

}  // namespace rehearse
