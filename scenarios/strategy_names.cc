#include "scenarios/strategy_names.h"

namespace rehearse {

const std::vector<std::string>& strategies() {
  static const std::vector<std::string> kNames{"sync"};
  return kNames;
}

const std::vector<std::string>& later_strategies() {
  static const std::vector<std::string> kNames{
      "async_ps", "sync_backup_ps", "downpour", "easgd", "gem", "hybrid", "lagged", "local_sgd"};
  return kNames;
}

}  // namespace rehearse
