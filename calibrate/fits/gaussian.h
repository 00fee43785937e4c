// Joint normal distributions, and what measurements make of them.
#pragma once

#include <Eigen/Dense>

namespace rehearse {

struct Gaussian {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;  // may be singular
};

// The distribution of x after measuring rows · x = values, each with an independent normal error of
// this standard deviation (Kalman's update). REQUIRES: as many rows, values and errors; each error
// above 0.
Gaussian condition(const Gaussian& prior, const Eigen::MatrixXd& rows,
                   const Eigen::VectorXd& values, const Eigen::VectorXd& errors);

// A lower triangular L with L L' = covariance, by Cholesky; a direction without variance gets
// zeros. REQUIRES: positive semidefinite.
Eigen::MatrixXd triangular_root(const Eigen::MatrixXd& covariance);

// Another root of the same covariance, whose first column is what moves direction · x, the others
// leave it where it is. REQUIRES: as many rows as the direction.
Eigen::MatrixXd turned_root(const Eigen::MatrixXd& root, const Eigen::VectorXd& direction);

}  // namespace rehearse
