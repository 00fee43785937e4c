// Simple English sentences for language models to learn from.
#pragma once

#include <cstdint>
#include <string>

namespace rehearse::test {

// At least so many bytes, up to the end of a sentence; the same for equal arguments.
std::string sample_text(std::size_t bytes, std::uint64_t seed = 1);

}  // namespace rehearse::test
