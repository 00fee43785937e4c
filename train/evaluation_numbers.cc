#include "train/evaluation_numbers.h"

#include <cmath>
#include <cstddef>

namespace rehearse {
namespace {

constexpr std::size_t kNumbers = 7;  // of an evaluation

double or_nan(const std::optional<double>& value) { return value.value_or(NAN); }

RunEvaluation evaluation_of(const double* numbers, bool test_set) {
  RunEvaluation result;
  result.step = std::llround(numbers[0]);
  result.seconds = numbers[1];
  result.samples = std::llround(numbers[2]);
  result.loss = numbers[3];
  result.learning_rate = numbers[4];
  if (!test_set) return result;
  result.test_loss = numbers[5];
  result.test_accuracy = numbers[6];
  return result;
}

}  // namespace

std::vector<double> evaluation_numbers(const std::vector<RunEvaluation>& evaluations) {
  std::vector<double> numbers;
  for (const RunEvaluation& e : evaluations) {
    numbers.insert(numbers.end(),
                   {static_cast<double>(e.step), e.seconds, static_cast<double>(e.samples), e.loss,
                    e.learning_rate, or_nan(e.test_loss), or_nan(e.test_accuracy)});
  }
  return numbers;
}

std::vector<RunEvaluation> evaluations_of(const std::vector<double>& numbers) {
  std::vector<RunEvaluation> evaluations;
  for (std::size_t i = 0; i + kNumbers <= numbers.size(); i += kNumbers) {
    evaluations.push_back(evaluation_of(&numbers[i], !std::isnan(numbers[i + 6])));
  }
  return evaluations;
}

}  // namespace rehearse
