// The building blocks of Inception-v3 (Szegedy et al., arXiv:1512.00567, figures 5 to 7), as
// torchvision.
#pragma once

#include <string>

#include "kernels/models/zoo/chain.h"

namespace rehearse::zoo::inception {

// Convolution without bias, batch normalisation, ReLU. Returns the ReLU's layer.
std::size_t unit(Chain& net, const std::string& name, std::int64_t channels, Window window);

// A kernel of height x width at stride 1 with the padding that keeps the size.
Window same(std::int64_t height, std::int64_t width);

void block_a(Chain& net, const std::string& name, std::int64_t pool_channels);  // 35x35
void block_b(Chain& net, const std::string& name);                              // 35x35 to 17x17
void block_c(Chain& net, const std::string& name, std::int64_t channels);       // 17x17
void block_d(Chain& net, const std::string& name);                              // 17x17 to 8x8
void block_e(Chain& net, const std::string& name);                              // 8x8

// The auxiliary classifier with its own loss; leaves the cursor where it was.
void auxiliary_head(Chain& net, std::int64_t classes);

}  // namespace rehearse::zoo::inception
