// How much of its time a job keeps that fails at random and goes back to its last checkpoint.
//
// Failures are exponential: they come at a rate l while the job runs. With the time dt of training
// between two checkpoints, the time w that a checkpoint holds up training, the time u of a restart
// and the time q in the queue before it,
//
//   goodput = dt / ((1/l + q) e^(l u) (e^(l (dt + w)) - 1))
//
// which is exact (Daly, "A higher order estimate of the optimum checkpoint interval for restart
// dumps", Future Generation Computer Systems 22, 2006; without q, which the paper does not have). A
// job may fail while it restarts, but not while it waits in the queue. By Wald's identity it fails
// l times in each second that it runs, e^(l u) (e^(l (dt + w)) - 1) times for each dt, and each
// time waits for q.
#pragma once

#include "base/units.h"

namespace rehearse {

struct FailureModel {
  double rate = 0;     // 1/s, of failures that send the job back
  double restart = 0;  // s, u
  double queue = 0;    // s, q
  double cost = 0;     // s, w
};

// The share of time that counts, 0 to 1. Without failures dt / (dt + w). REQUIRES: interval > 0;
// it may be infinite where the rate is 0.
double goodput(const FailureModel& model, double interval);

// Daly's optimum of dt, s: sqrt(2 w M) - w with M = 1/l, and M where w is at least M/2 (the simple
// form of the paper above). Infinite without failures, 0 where w is 0.
double daly_interval(const FailureModel& model);

}  // namespace rehearse
