// Text as it may stand in an XML document or attribute.
#pragma once

#include <string>
#include <string_view>

namespace rehearse {

// Escapes < > & and quotes. What XML 1.0 does not allow is replaced: control characters by spaces,
// other characters and bytes that are no UTF-8 by U+FFFD.
std::string xml_escaped(std::string_view words);

}  // namespace rehearse
