#include "tests/runtime/sample_text.h"

#include <array>

#include "base/random.h"

namespace rehearse::test {
namespace {

constexpr std::array kPeople{"the baker",  "my sister",  "an old sailor", "the gardener",
                             "her friend", "the doctor", "a young clerk", "the teacher"};
constexpr std::array kDeeds{"carries", "finds",  "paints", "sells",
                            "repairs", "counts", "hides",  "describes"};
constexpr std::array kAdjectives{"small", "green", "heavy", "broken", "golden", "quiet"};
constexpr std::array kThings{"lamp",  "boat", "basket", "letter", "window",
                             "clock", "coat", "bottle", "map",    "table"};
constexpr std::array kPlaces{"in the garden", "near the river", "at the market",
                             "behind the old mill", "on the hill"};
constexpr std::array kTimes{"in the morning", "every Sunday", "before it rains", "at night"};
constexpr std::array kReasons{"because the road is long", "although nobody asks for it",
                              "while the others are asleep", "so that everyone can see it"};

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed, {0x73656e74}) {}

  std::string sentence() {
    std::string text = perhaps() ? clause() : phrase(kTimes) + " " + clause();
    if (perhaps()) text += " " + phrase(kPlaces);
    if (perhaps()) text += ", " + phrase(kReasons);
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text + (random_.below(6) == 0 ? ".\n" : ". ");
  }

 private:
  template <std::size_t kCount>
  std::string phrase(const std::array<const char*, kCount>& list) {
    return list[random_.below(kCount)];
  }
  bool perhaps() { return random_.below(2) == 0; }
  std::string clause() {
    return phrase(kPeople) + " " + phrase(kDeeds) + " the " +
           (perhaps() ? phrase(kAdjectives) + " " : "") + phrase(kThings);
  }

  RandomStream random_;
};

}  // namespace

std::string sample_text(std::size_t bytes, std::uint64_t seed) {
  Writer writer(seed);
  std::string text;
  while (text.size() < bytes) text += writer.sentence();
  return text;
}

}  // namespace rehearse::test
