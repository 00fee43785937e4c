// The sizes of --sizes.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

// Whole bytes, ascending, each once: "8B..8GiB" is 8, 16, 32, … up to the second, "1KiB,3000,8M" a
// list. Without a unit a number counts bytes; K, M, G and T are binary, as nccl-tests have them.
// Throws Error::input for what is no size, a range from large to small, and more than 10,000 sizes.
std::vector<double> parse_sizes(const std::string& text);

}  // namespace rehearse
