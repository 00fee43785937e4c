#include "calibrate/fits/nelder_mead.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"

namespace rehearse {
namespace {

using Point = std::vector<double>;

struct Vertex {
  Point x;
  double value = 0;
};

// from + factor * (to - from)
Point along(const Point& from, const Point& to, double factor) {
  Point x(from.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = from[i] + factor * (to[i] - from[i]);
  return x;
}

double extent(const std::vector<Vertex>& simplex) {
  double largest = 0;
  for (const Vertex& vertex : simplex) {
    for (std::size_t i = 0; i < vertex.x.size(); ++i) {
      largest = std::max(largest, std::abs(vertex.x[i] - simplex.front().x[i]));
    }
  }
  return largest;
}

// Of all vertices but the worst, which is last.
Point centroid(const std::vector<Vertex>& simplex) {
  Point mean(simplex.front().x.size(), 0);
  const auto count = static_cast<double>(simplex.size() - 1);
  for (std::size_t v = 0; v + 1 < simplex.size(); ++v) {
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += simplex[v].x[i] / count;
  }
  return mean;
}

}  // namespace

std::vector<double> nelder_mead(const std::function<double(const std::vector<double>&)>& function,
                                const std::vector<double>& start, const std::vector<double>& steps,
                                const NelderMeadOptions& options) {
  EXPECTS(!start.empty() && steps.size() == start.size());
  EXPECTS(options.most_evaluations > static_cast<int>(start.size()));
  int evaluations = 0;
  const auto evaluated = [&](Point x) {
    ++evaluations;
    const double value = function(x);
    return Vertex{std::move(x), value};
  };
  const auto better = [](const Vertex& a, const Vertex& b) { return a.value < b.value; };

  std::vector<Vertex> simplex{evaluated(start)};
  for (std::size_t i = 0; i < start.size(); ++i) {
    EXPECTS(steps[i] != 0);
    Point x = start;
    x[i] += steps[i];
    simplex.push_back(evaluated(std::move(x)));
  }
  std::sort(simplex.begin(), simplex.end(), better);

  while (evaluations < options.most_evaluations && extent(simplex) > options.smallest_step) {
    const Point middle = centroid(simplex);
    Vertex& worst = simplex.back();
    const double second_worst = simplex[simplex.size() - 2].value;
    Vertex reflected = evaluated(along(middle, worst.x, -1));
    if (reflected.value < simplex.front().value) {
      Vertex expanded = evaluated(along(middle, worst.x, -2));
      worst = better(expanded, reflected) ? std::move(expanded) : std::move(reflected);
    } else if (reflected.value < second_worst) {
      worst = std::move(reflected);
    } else {
      if (better(reflected, worst)) worst = std::move(reflected);
      Vertex contracted = evaluated(along(middle, worst.x, 0.5));
      if (better(contracted, worst)) {
        worst = std::move(contracted);
      } else {
        for (std::size_t v = 1; v < simplex.size(); ++v) {
          simplex[v] = evaluated(along(simplex.front().x, simplex[v].x, 0.5));
        }
      }
    }
    std::sort(simplex.begin(), simplex.end(), better);
  }
  return simplex.front().x;
}

}  // namespace rehearse
