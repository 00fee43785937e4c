// Contracts: a failed EXPECTS (caller's fault) or ENSURES (ours) is a bug of this project, not of
// its input. It throws ContractViolation, which only apps catches (exit status 4).
#pragma once

#include <stdexcept>

namespace rehearse {

class ContractViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void contract_failed(const char* kind, const char* condition, const char* file,
                                  int line);

}  // namespace rehearse

#define EXPECTS(condition) \
  ((condition) ? void() : ::rehearse::contract_failed("expects", #condition, __FILE__, __LINE__))
#define ENSURES(condition) \
  ((condition) ? void() : ::rehearse::contract_failed("ensures", #condition, __FILE__, __LINE__))
