#include "calibrate/machine/message_pieces.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/contract.h"
#include "base/stats.h"

namespace rehearse {
namespace {

constexpr std::size_t kMostPieces = 4;
constexpr std::size_t kFewestPoints = 2;  // of a piece, where there are that many

// What repeated measurements of one size differ by at the best of times. Without it the criterion
// would buy pieces for the last digit of smooth data.
constexpr double kResolution = 0.01;

struct Line {
  double latency = 0;  // seconds
  double slope = 0;    // seconds per byte
  double error = 0;    // sum of squared relative errors
};

// Weighted least squares of latency + slope x, weights 1 / t^2, both not negative.
Line fit_line(std::span<const MessagePoint> points) {
  double w = 0, wx = 0, wxx = 0, wt = 0, wxt = 0;
  for (const MessagePoint& p : points) {
    const double x = p.size.value();
    const double t = p.time.value();
    w += 1 / (t * t);
    wx += x / (t * t);
    wxx += x * x / (t * t);
    wt += 1 / t;
    wxt += x / t;
  }
  Line line;
  const double determinant = w * wxx - wx * wx;
  if (determinant > 0) {
    line.latency = (wt * wxx - wxt * wx) / determinant;
    line.slope = (w * wxt - wx * wt) / determinant;
  }
  if (determinant <= 0 || line.slope < 0) line = {wt / w, 0, 0};
  if (line.latency < 0) line = {0, wxt / wxx, 0};
  for (const MessagePoint& p : points) {
    const double e = (line.latency + line.slope * p.size.value()) / p.time.value() - 1;
    line.error += e * e;
  }
  return line;
}

FittedPiece as_piece(const Line& line, Bytes from, Bytes last) {
  // A flat piece has some bandwidth, too: one that adds a thousandth at its end.
  const double flattest = 1e-3 * line.latency / std::max(1.0, last.value());
  return {from, Duration(line.latency), Bandwidth(1 / std::max(line.slope, flattest))};
}

// For every number of pieces and points, the least error and where the last piece begins.
class Splits {
 public:
  explicit Splits(std::span<const MessagePoint> points)
      : points_(points), shortest_(std::min(kFewestPoints, points.size())) {
    const std::size_t n = points.size();
    least_.assign(kMostPieces + 1, std::vector<double>(n + 1, kNever));
    begins_.assign(kMostPieces + 1, std::vector<std::size_t>(n + 1, 0));
    least_[0][0] = 0;
    for (std::size_t begin = 0; begin < n; ++begin) {
      for (std::size_t end = begin + shortest_; end <= n; ++end) {
        const double error = fit_line(points.subspan(begin, end - begin)).error;
        for (std::size_t k = 1; k <= kMostPieces; ++k) extend(k, begin, end, error);
      }
    }
  }

  [[nodiscard]] double error(std::size_t pieces) const { return least_[pieces].back(); }

  [[nodiscard]] std::vector<FittedPiece> pieces(std::size_t count) const {
    std::vector<FittedPiece> result;
    std::size_t end = points_.size();
    for (std::size_t k = count; k > 0; --k) {
      const std::size_t begin = begins_[k][end];
      result.push_back(as_piece(fit_line(points_.subspan(begin, end - begin)),
                                begin == 0 ? Bytes(0) : points_[begin].size,
                                points_[end - 1].size));
      end = begin;
    }
    std::reverse(result.begin(), result.end());
    return result;
  }

 private:
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  // Begins ascend in the constructor, so least_[k - 1][begin] is final when it is read.
  void extend(std::size_t k, std::size_t begin, std::size_t end, double error) {
    const double total = least_[k - 1][begin] + error;
    if (total >= least_[k][end]) return;
    least_[k][end] = total;
    begins_[k][end] = begin;
  }

  std::span<const MessagePoint> points_;
  std::size_t shortest_;
  std::vector<std::vector<double>> least_;  // [pieces][points]
  std::vector<std::vector<std::size_t>> begins_;
};

std::size_t count_by_schwarz(const Splits& splits, std::size_t points) {
  const auto n = static_cast<double>(points);
  std::size_t best = 1;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 1; k <= kMostPieces && std::isfinite(splits.error(k)); ++k) {
    const double variance = splits.error(k) / n + kResolution * kResolution;
    const double criterion = n * std::log(variance) + 3 * static_cast<double>(k) * std::log(n);
    if (criterion >= least) continue;
    least = criterion;
    best = k;
  }
  return best;
}

}  // namespace

MessageFit fit_messages(std::span<const MessagePoint> points) {
  EXPECTS(points.size() >= 2 && points.front().size >= Bytes(0));
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECTS(points[i].time > Duration(0));
    EXPECTS(i == 0 || points[i - 1].size < points[i].size);
  }
  const Splits splits(points);
  MessageFit fit;
  fit.pieces = splits.pieces(count_by_schwarz(splits, points.size()));
  std::vector<double> errors;
  for (const MessagePoint& p : points) {
    errors.push_back(std::abs(message_time(fit.pieces, p.size) / p.time - 1));
  }
  fit.median_error = quantile(errors, 0.5);
  fit.worst_error = quantile(errors, 1);
  return fit;
}

Duration message_time(std::span<const FittedPiece> pieces, Bytes size) {
  EXPECTS(!pieces.empty());
  const auto beyond = std::find_if(pieces.begin() + 1, pieces.end(),
                                   [&](const FittedPiece& p) { return p.from > size; });
  const FittedPiece& piece = *(beyond - 1);
  return piece.latency + size / piece.bandwidth;
}

}  // namespace rehearse
