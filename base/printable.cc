#include "base/printable.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace rehearse {
namespace {

struct Character {
  std::size_t bytes = 0;  // 0: no UTF-8 begins here
  std::uint32_t code = 0;
};

// The character at the start of `text`, by the table of well-formed sequences of the Unicode
// standard (no overlong forms, no surrogates, nothing above U+10FFFF).
Character first_of(std::string_view text) {
  struct Form {
    unsigned char mask, lead;
    std::uint32_t least;
  };
  static constexpr std::array<Form, 4> kForms{
      {{0x80, 0x00, 0x0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}}};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t more = 0; more < kForms.size(); ++more) {
    const Form& form = kForms[more];
    if ((byte(0) & form.mask) != form.lead) continue;
    if (text.size() <= more) return {};
    std::uint32_t code = byte(0) & static_cast<unsigned char>(~form.mask);
    for (std::size_t i = 1; i <= more; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return {};
      code = code << 6 | (byte(i) & 0x3Fu);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < form.least || surrogate || code > 0x10FFFF) return {};
    return {more + 1, code};
  }
  return {};
}

// Controls, marks that turn the direction of writing or take no room, separators of lines.
bool is_shown(std::uint32_t code) {
  struct Range {
    std::uint32_t first, last;
  };
  static constexpr std::array<Range, 9> kHidden{{{0x00, 0x1F},
                                                 {0x7F, 0x9F},
                                                 {0x200B, 0x200F},
                                                 {0x2028, 0x202E},
                                                 {0x2060, 0x206F},
                                                 {0xFEFF, 0xFEFF},
                                                 {0xFFF0, 0xFFFC},
                                                 {0xFFFE, 0xFFFF},
                                                 {0xE0000, 0xE0FFF}}};
  for (const Range& range : kHidden) {
    if (code >= range.first && code <= range.last) return false;
  }
  return true;
}

std::string escaped(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += "\\x";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

std::string printable(std::string_view text) { return printable(text, std::string::npos); }

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  while (!text.empty()) {
    const Character c = first_of(text);
    const std::string_view bytes = text.substr(0, c.bytes == 0 ? 1 : c.bytes);
    const std::string piece = c.bytes > 0 && is_shown(c.code) ? std::string(bytes) : escaped(bytes);
    if (piece.size() > most - out.size()) return out + "…";
    out += piece;
    text.remove_prefix(bytes.size());
  }
  return out;
}

std::string short_number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

}  // namespace rehearse
