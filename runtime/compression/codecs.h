// Who makes which codec. Internal to the folder.
#pragma once

#include "runtime/compression/codec.h"

namespace rehearse {

std::unique_ptr<Codec> make_cast(ElementType type);  // REQUIRES: float16 or bfloat16
std::unique_ptr<Codec> make_top_k(double ratio);
std::unique_ptr<Codec> make_one_bit();

}  // namespace rehearse
