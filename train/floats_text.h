// Numbers as the bytes that a session carries between the ranks of one job.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/contract.h"

namespace rehearse {

template <class Number>
std::string to_bytes(std::span<const Number> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}
inline std::string to_bytes(std::span<float> values) {
  return to_bytes(std::span<const float>(values));
}

// REQUIRES: `bytes` holds exactly as many numbers as `to`.
template <class Number>
void from_bytes(const std::string& bytes, std::span<Number> to) {
  EXPECTS(bytes.size() == to.size_bytes());
  if (!bytes.empty()) std::memcpy(to.data(), bytes.data(), bytes.size());
}

template <class Number>
std::vector<Number> numbers_of(const std::string& bytes) {
  std::vector<Number> values(bytes.size() / sizeof(Number));
  from_bytes(bytes, std::span<Number>(values));
  return values;
}

}  // namespace rehearse
