#include "calibrate/fits/gaussian.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rehearse {
namespace {

// One number of variance 4 around 1, measured as 3 with variance 1: the gain is 4 / 5, so the mean
// is 1 + 0.8 · 2 = 2.6 and the variance 4 · (1 - 0.8) = 0.8.
TEST(Gaussian, OneMeasurementOfOneNumber) {
  const Gaussian prior{Eigen::VectorXd::Constant(1, 1), Eigen::MatrixXd::Constant(1, 1, 4)};
  const Gaussian posterior =
      condition(prior, Eigen::MatrixXd::Constant(1, 1, 1), Eigen::VectorXd::Constant(1, 3),
                Eigen::VectorXd::Constant(1, 1));
  EXPECT_NEAR(posterior.mean[0], 2.6, 1e-12);
  EXPECT_NEAR(posterior.covariance(0, 0), 0.8, 1e-12);
}

// Two independent numbers of variance 1 whose sum is measured as 3 with variance 1: the sum has
// variance 2, each covaries by 1 with it; each mean is 3 / 3 = 1, each variance 1 - 1/3, and they
// get a covariance of -1/3.
TEST(Gaussian, ASumTiesItsParts) {
  const Gaussian prior{Eigen::VectorXd::Zero(2), Eigen::MatrixXd::Identity(2, 2)};
  const Gaussian posterior =
      condition(prior, Eigen::MatrixXd::Constant(1, 2, 1), Eigen::VectorXd::Constant(1, 3),
                Eigen::VectorXd::Constant(1, 1));
  EXPECT_NEAR(posterior.mean[0], 1, 1e-12);
  EXPECT_NEAR(posterior.mean[1], 1, 1e-12);
  EXPECT_NEAR(posterior.covariance(0, 0), 2.0 / 3, 1e-12);
  EXPECT_NEAR(posterior.covariance(0, 1), -1.0 / 3, 1e-12);
}

// [4 2; 2 5] = L L' with L = [2 0; 1 2].
TEST(Gaussian, RootOfACovariance) {
  Eigen::Matrix2d covariance;
  covariance << 4, 2, 2, 5;
  const Eigen::MatrixXd root = triangular_root(covariance);
  EXPECT_NEAR(root(0, 0), 2, 1e-12);
  EXPECT_EQ(root(0, 1), 0);
  EXPECT_NEAR(root(1, 0), 1, 1e-12);
  EXPECT_NEAR(root(1, 1), 2, 1e-12);
}

// The second is half of the first, the third is certain.
TEST(Gaussian, RootOfASingularCovariance) {
  Eigen::Matrix3d covariance;
  covariance << 4, 2, 0, 2, 1, 0, 0, 0, 0;
  const Eigen::MatrixXd root = triangular_root(covariance);
  EXPECT_NEAR((root * root.transpose() - covariance).norm(), 0, 1e-12);
  EXPECT_EQ(root(1, 1), 0);
  EXPECT_EQ(root(2, 2), 0);
}

// Of [2 0; 1 2] the sum moves by (3, 2): its deviation is sqrt(13), and the turned root's first
// column moves it by as much, its second not at all.
TEST(Gaussian, TurnedRootHasOneColumnForADirection) {
  Eigen::Matrix2d root;
  root << 2, 0, 1, 2;
  const Eigen::MatrixXd turned = turned_root(root, Eigen::VectorXd::Ones(2));
  EXPECT_NEAR(turned.col(0).sum(), std::sqrt(13.0), 1e-12);
  EXPECT_NEAR(turned.col(1).sum(), 0, 1e-12);
  EXPECT_NEAR((turned * turned.transpose() - root * root.transpose()).norm(), 0, 1e-12);
  EXPECT_EQ(turned_root(root, Eigen::VectorXd::Zero(2)), Eigen::MatrixXd(root));
}

}  // namespace
}  // namespace rehearse
