#include "calibrate/fits/gaussian.h"

#include <cmath>

#include "base/contract.h"

namespace rehearse {

Gaussian condition(const Gaussian& prior, const Eigen::MatrixXd& rows,
                   const Eigen::VectorXd& values, const Eigen::VectorXd& errors) {
  EXPECTS(rows.rows() == values.size() && rows.rows() == errors.size());
  EXPECTS(rows.cols() == prior.mean.size() && (errors.array() > 0).all());
  const Eigen::MatrixXd cross = prior.covariance * rows.transpose();
  Eigen::MatrixXd spread = rows * cross;
  spread.diagonal() += errors.array().square().matrix();
  const Eigen::LDLT<Eigen::MatrixXd> solver(spread);
  Gaussian posterior;
  posterior.mean = prior.mean + cross * solver.solve(values - rows * prior.mean);
  posterior.covariance = prior.covariance - cross * solver.solve(cross.transpose());
  return posterior;
}

Eigen::MatrixXd triangular_root(const Eigen::MatrixXd& covariance) {
  const Eigen::Index n = covariance.rows();
  EXPECTS(covariance.cols() == n);
  const double rounding = n == 0 ? 0 : 1e-12 * covariance.diagonal().maxCoeff();
  Eigen::MatrixXd root = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    const double pivot = covariance(j, j) - root.row(j).head(j).squaredNorm();
    EXPECTS(pivot >= -rounding);
    if (pivot <= rounding) continue;
    root(j, j) = std::sqrt(pivot);
    for (Eigen::Index i = j + 1; i < n; ++i) {
      root(i, j) = (covariance(i, j) - root.row(i).head(j).dot(root.row(j).head(j))) / root(j, j);
    }
  }
  return root;
}

Eigen::MatrixXd turned_root(const Eigen::MatrixXd& root, const Eigen::VectorXd& direction) {
  EXPECTS(root.rows() == direction.size());
  Eigen::VectorXd v = root.transpose() * direction;
  if (v.norm() == 0) return root;
  // Householder's reflection that takes the first unit vector to v / |v|.
  v.normalize();
  v[0] -= 1;
  if (v.norm() == 0) return root;
  return root - 2 / v.squaredNorm() * (root * v) * v.transpose();
}

}  // namespace rehearse
