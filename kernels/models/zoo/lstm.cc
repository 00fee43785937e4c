// A recurrent classifier of sequences: one LSTM of 128 units over 20 steps of 32 inputs, whose last
// state a dense layer scores; with 10 classes 82,432 + 1,290 = 83,722 parameters.
#include "kernels/models/zoo/chain.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {

Model lstm(const Plan& plan) {
  Chain net("lstm", {.channels = 32, .sequence = 20});
  net.lstm("lstm", 128);
  net.dense("scores", plan.classes);
  return std::move(net).finish();
}

}  // namespace rehearse::zoo
