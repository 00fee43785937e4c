#include "calibrate/fits/convergence_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/numbers.h"

namespace rehearse {
namespace {

using Points = std::vector<ConvergencePoint>;

// samples = (constant + slope B) (1 + penalty sigma), and the sum of the squared relative errors.
struct Line {
  double constant = 0, slope = 0, penalty = 0, squares = 0;

  [[nodiscard]] double at(const ConvergencePoint& p) const {
    return (constant + slope * p.update_samples) * (1 + penalty * p.staleness);
  }
};

// The best for a penalty, which leaves a linear problem.
Line line_for(const Points& points, double penalty) {
  const auto rows = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd matrix(rows, 2);
  double largest = 0;  // the two columns have the same scale
  for (const ConvergencePoint& p : points) largest = std::max(largest, p.update_samples);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const ConvergencePoint& p = points[static_cast<std::size_t>(i)];
    const double factor = (1 + penalty * p.staleness) / p.samples;
    matrix(i, 0) = factor;
    matrix(i, 1) = factor * p.update_samples / largest;
  }
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(rows);
  const Eigen::Vector2d best = matrix.colPivHouseholderQr().solve(ones);
  return {best[0], best[1] / largest, penalty, (matrix * best - ones).squaredNorm()};
}

// Looks for the penalty among 0 and powers of 10^(1/8), then between the neighbours of the best by
// the golden section.
Line line_with_penalty(const Points& points) {
  constexpr int kLeast = -48;  // 10^-6
  constexpr int kMost = 24;    // 10^3
  const auto penalty = [](int step) { return step < kLeast ? 0 : std::pow(10.0, step / 8.0); };
  int best = kLeast - 1;
  double squares = line_for(points, 0).squares;
  for (int step = kLeast; step <= kMost; ++step) {
    const double here = line_for(points, penalty(step)).squares;
    if (here >= squares) continue;
    squares = here;
    best = step;
  }
  double low = penalty(best - 1);
  double high = penalty(best + 1);
  constexpr double kGolden = 0.6180339887498949;  // (sqrt(5) - 1) / 2
  for (int i = 0; i < 100; ++i) {
    const double left = high - kGolden * (high - low);
    const double right = low + kGolden * (high - low);
    if (line_for(points, left).squares <= line_for(points, right).squares) {
      high = right;
    } else {
      low = left;
    }
  }
  const Line inside = line_for(points, (low + high) / 2);
  const Line none = line_for(points, 0);
  return inside.squares < none.squares ? inside : none;
}

// Whether the points tell the three numbers apart: the derivatives of ln(samples) by them are
// independent.
bool determined(const Points& points, const Line& line) {
  const auto rows = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd matrix(rows, 3);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const ConvergencePoint& p = points[static_cast<std::size_t>(i)];
    const double linear = line.constant + line.slope * p.update_samples;
    matrix(i, 0) = 1 / linear;
    matrix(i, 1) = p.update_samples / linear;
    matrix(i, 2) = p.staleness / (1 + line.penalty * p.staleness);
  }
  for (Eigen::Index column = 0; column < 3; ++column) matrix.col(column).normalize();
  constexpr double kIndependent = 1e-6;
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> parts(matrix);
  parts.setThreshold(kIndependent);
  return parts.rank() == 3;
}

void expect_batches(const Points& points) {
  std::set<double> batches;
  for (const ConvergencePoint& p : points) batches.insert(p.update_samples);
  if (batches.size() >= 2) return;
  const std::string what = batches.empty() ? "no run reaches the target"
                                           : "all runs that reach the target have updates of " +
                                                 grouped(*batches.begin()) + " samples";
  throw Error::input(what, "the critical batch shows in the difference of two batches",
                     "add runs with another global batch");
}

std::string source_of(const Points& points, bool stale) {
  std::string source = "fit to " + std::to_string(points.size()) + " runs (";
  for (std::size_t i = 0; i < points.size(); ++i) {
    source += (i == 0 ? "" : ", ") + points[i].name();
  }
  source += ")";
  if (stale) {
    source += ", all at a mean staleness of " + exact(points.front().staleness) +
              ", which samples_at_small_batch holds";
  }
  return source;
}

}  // namespace

std::string ConvergencePoint::name() const {
  const std::filesystem::path path(file);
  const std::filesystem::path name = path.filename();
  return name == "run.json" ? (path.parent_path().filename() / name).string() : name.string();
}

ConvergenceFit fit_convergence(const std::vector<ConvergencePoint>& points,
                               const MetricTarget& target) {
  expect_batches(points);
  const bool differ = std::ranges::any_of(
      points, [&](const auto& p) { return p.staleness != points.front().staleness; });
  const Line line = differ ? line_with_penalty(points) : line_for(points, 0);
  if (differ && !determined(points, line)) {
    throw Error::input("the batch and the staleness of the runs change together",
                       "what each of them costs cannot be told apart",
                       "add a run with the batch of another and less staleness");
  }
  if (!(line.slope > 0)) {
    throw Error::input("the samples to " + to_text(target) + " do not grow with the batch",
                       "all batches are far below the critical one",
                       "add runs with larger batches, or evaluate more often");
  }
  if (!(line.constant > 0)) {
    throw Error::input("the samples to " + to_text(target) + " grow as the batch does, or faster",
                       "all batches are far above the critical one",
                       "add runs with smaller batches, or evaluate more often");
  }
  ConvergenceFit fit;
  fit.points = points;
  for (const ConvergencePoint& p : points) fit.fitted.push_back(line.at(p));
  fit.convergence = {.target = target,
                     .samples_at_small_batch = line.constant,
                     .critical_batch = line.constant / line.slope,
                     .staleness_penalty = line.penalty,
                     .source = source_of(points, !differ && points.front().staleness > 0)};
  return fit;
}

}  // namespace rehearse
