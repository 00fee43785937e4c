// Which of the library's implementations of a primitive to take.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>

namespace rehearse::cpu {

// Whether the library has nothing better than its plain loops.
template <class PrimitiveDesc>
bool is_slow(const PrimitiveDesc& desc) {
  return std::string(desc.impl_info_str()).find("ref") != std::string::npos;
}

// `make()` returns a primitive descriptor or throws dnnl::error where no implementation fits.
template <class Make>
auto attempt(const Make& make) -> std::optional<decltype(make())> {
  try {
    return make();
  } catch (const dnnl::error&) {
    return std::nullopt;
  }
}

}  // namespace rehearse::cpu
