#include "base/contract.h"

#include <string>

namespace rehearse {

void contract_failed(const char* kind, const char* condition, const char* file, int line) {
  throw ContractViolation(std::string(file) + ":" + std::to_string(line) + ": " + kind + " " +
                          condition);
}

}  // namespace rehearse
