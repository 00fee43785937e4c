#include "base/xml_text.h"

#include "base/text_width.h"

namespace rehearse {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// U+FFFE, U+FFFF and what is no UTF-8.
bool is_allowed(char32_t c) { return c < 0xFFFD || c > 0xFFFF; }

}  // namespace

std::string xml_escaped(std::string_view words) {
  std::string result;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t begin = at;
    const char32_t c = next_character(words, at);
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        if (c < 0x20) {
          result += ' ';
        } else {
          result += is_allowed(c) ? words.substr(begin, at - begin) : kReplacement;
        }
    }
  }
  return result;
}

}  // namespace rehearse
