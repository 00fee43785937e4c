// The words of an enumeration whose values count from 0: one table for both directions.
//
//   constexpr auto kScalingNames = enum_names<Scaling>("weak", "strong");
//   kScalingNames.text(Scaling::strong);           // "strong"
//   kScalingNames.value("weak");                   // Scaling::weak; nothing for a word of no value
//   kScalingNames.read(reader, "scaling");         // of a file, strictly (base/json_reader.h)
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/contract.h"

namespace rehearse {

template <class Enum, std::size_t N>
class EnumNames {
 public:
  // One word for each of the first N values, in their order.
  constexpr explicit EnumNames(const std::array<std::string_view, N>& words) : words_(words) {}

  // REQUIRES: the table has a word for the value.
  [[nodiscard]] constexpr std::string_view text(Enum value) const {
    const auto at = static_cast<std::size_t>(value);
    EXPECTS(at < N);
    return words_[at];
  }

  [[nodiscard]] constexpr std::optional<Enum> value(std::string_view word) const {
    for (std::size_t i = 0; i < N; ++i) {
      if (words_[i] == word) return static_cast<Enum>(i);
    }
    return std::nullopt;
  }

  // The value of the word that words() has at a place. REQUIRES: place < N.
  [[nodiscard]] constexpr Enum at(std::size_t place) const {
    EXPECTS(place < N);
    return static_cast<Enum>(place);
  }

  // In the order of the enumeration, for messages and choices.
  [[nodiscard]] std::vector<std::string> words() const { return {words_.begin(), words_.end()}; }

  [[nodiscard]] constexpr std::array<Enum, N> values() const {
    std::array<Enum, N> all{};
    for (std::size_t i = 0; i < N; ++i) all[i] = static_cast<Enum>(i);
    return all;
  }

  // The value at a key of an ObjectReader; the second of one that may be absent. Throw Error::input
  // for another word.
  template <class Reader>
  Enum read(Reader& reader, std::string_view key) const {
    return at(reader.choice(key, words()));
  }
  template <class Reader>
  std::optional<Enum> read_optional(Reader& reader, std::string_view key) const {
    const std::optional<std::size_t> place = reader.optional_choice(key, words());
    return place ? std::optional(at(*place)) : std::nullopt;
  }

 private:
  std::array<std::string_view, N> words_;
};

template <class Enum, class... Words>
constexpr EnumNames<Enum, sizeof...(Words)> enum_names(const Words&... words) {
  return EnumNames<Enum, sizeof...(Words)>({std::string_view(words)...});
}

}  // namespace rehearse
