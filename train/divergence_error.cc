// What the command line says of a run that a loss ended.
#include <string>

#include "base/error.h"
#include "base/quantity_text.h"
#include "train/train.h"

namespace rehearse {

Error divergence_error(const Divergence& d) {
  const std::string checkpoint =
      d.checkpoint ? "the newest checkpoint, of step " + std::to_string(*d.checkpoint) +
                         ", is intact: lower training.optimizer.lr, or go on from it with --resume "
                         "--set training.on_divergence=continue"
                   : "there is no checkpoint: lower training.optimizer.lr, or use --set "
                     "training.on_divergence=continue";
  const std::string rate = "at a learning rate of " + significant(d.rate);
  const std::string step = std::to_string(d.step);
  if (d.of_weights) {
    return Error::check_failed("weights are not finite after step " + step, rate, checkpoint);
  }
  return Error::check_failed(
      "the loss is not finite in step " + step,
      significant(d.loss) + " on rank " + std::to_string(d.rank) + ", " + rate, checkpoint);
}

}  // namespace rehearse
