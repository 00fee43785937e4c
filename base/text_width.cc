#include "base/text_width.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/contract.h"

namespace rehearse {
namespace {

constexpr char32_t kNoCharacter = 0xFFFD;
constexpr std::string_view kEllipsis = "…";

// Of U+0020 to U+007E, in thousandths of the size: the advance widths of DejaVu Sans.
constexpr std::array<std::int16_t, 95> kAscii{
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361,  318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635,  611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352,  635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592,  525, 636, 337, 636, 838};

struct Span {
  char32_t first, last;
};

// Combining marks and what joins or selects characters.
constexpr std::array<Span, 6> kNoWidth{{{0x0300, 0x036F},
                                        {0x200B, 0x200F},
                                        {0x202A, 0x202E},
                                        {0x2060, 0x2064},
                                        {0xFE00, 0xFE0F},
                                        {0xFEFF, 0xFEFF}}};

// East Asian wide and full-width characters and pictographs (Unicode Standard Annex 11), roughly.
constexpr std::array<Span, 9> kSquare{{{0x1100, 0x115F},
                                       {0x2E80, 0xA4CF},
                                       {0xA960, 0xA97F},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF00, 0xFF60},
                                       {0xFFE0, 0xFFE6},
                                       {0x1F000, 0x3FFFD}}};

bool is_in(const auto& spans, char32_t c) {
  return std::any_of(spans.begin(), spans.end(),
                     [c](const Span& span) { return span.first <= c && c <= span.last; });
}

// In thousandths of the size.
double width_of(char32_t c) {
  if (c < 0x20) return kAscii[0];  // written as a space
  if (c < 0x7F) return kAscii[c - 0x20];
  if (is_in(kNoWidth, c)) return 0;
  if (is_in(kSquare, c)) return 1000;
  if (c == 0x2013 || c == 0xB7) return 500;  // – ·
  if (c < 0x0400) return 700;                // Latin with accents, Greek
  return c < 0x1000 ? 900 : 1000;            // Cyrillic and further alphabets; signs
}

// The bytes of the lead of a sequence of UTF-8 and what it holds; 0 for bytes that lead none.
std::size_t length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

// Where each character begins, and the end.
std::vector<std::size_t> beginnings(std::string_view words) {
  std::vector<std::size_t> begin{0};
  for (std::size_t at = 0; at < words.size(); begin.push_back(at)) next_character(words, at);
  return begin;
}

}  // namespace

char32_t next_character(std::string_view words, std::size_t& at) {
  EXPECTS(at < words.size());
  const auto lead = static_cast<unsigned char>(words[at]);
  const std::size_t length = length_of(lead);
  if (length == 0 || at + length > words.size()) {
    ++at;
    return kNoCharacter;
  }
  char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto more = static_cast<unsigned char>(words[at + i]);
    if ((more & 0xC0U) != 0x80) {
      ++at;
      return kNoCharacter;
    }
    c = c << 6U | (more & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
  if (c < kLeast[length] || c > 0x10FFFF || is_surrogate) {
    ++at;
    return kNoCharacter;
  }
  at += length;
  return c;
}

double text_width(std::string_view words, double size) {
  double width = 0;
  for (std::size_t at = 0; at < words.size();) width += width_of(next_character(words, at));
  return width * size / 1000;
}

std::string fitted(std::string_view words, double size, double width) {
  if (text_width(words, size) <= width) return std::string(words);
  const std::vector<std::size_t> begin = beginnings(words);
  const std::size_t characters = begin.size() - 1;
  double room = width - text_width(kEllipsis, size);
  std::size_t head = 0, tail = 0;
  // One character after the other from both sides, the beginning first.
  while (head + tail < characters) {
    const bool from_head = head <= tail;
    const std::size_t nth = from_head ? head : characters - 1 - tail;
    room -= text_width(words.substr(begin[nth], begin[nth + 1] - begin[nth]), size);
    if (room < 0 && head > 0) break;
    ++(from_head ? head : tail);
  }
  return std::string(words.substr(0, begin[head])) + std::string(kEllipsis) +
         std::string(words.substr(begin[characters - tail]));
}

std::vector<std::string> wrapped(std::string_view words, double size, double width,
                                 std::size_t most_lines) {
  EXPECTS(most_lines >= 1);
  std::vector<std::string> lines;
  while (lines.size() + 1 < most_lines && text_width(words, size) > width) {
    std::size_t cut = std::string_view::npos;
    for (std::size_t at = words.find(' '); at != std::string_view::npos;
         at = words.find(' ', at + 1)) {
      if (text_width(words.substr(0, at), size) > width) break;
      cut = at;
    }
    if (cut == std::string_view::npos || cut == 0) break;
    lines.emplace_back(words.substr(0, cut));
    words.remove_prefix(cut + 1);
  }
  lines.push_back(fitted(words, size, width));
  return lines;
}

}  // namespace rehearse
