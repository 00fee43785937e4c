#include "base/enum_names.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json_reader.h"

namespace rehearse {
namespace {

enum class Colour { red, green, blue };

constexpr auto kNames = enum_names<Colour>("red", "green", "blue");

TEST(EnumNames, ThereAndBack) {
  for (const Colour colour : kNames.values()) {
    EXPECT_EQ(kNames.value(kNames.text(colour)), colour);
  }
  EXPECT_EQ(kNames.text(Colour::green), "green");
  EXPECT_EQ(kNames.value("grey"), std::nullopt);
  EXPECT_EQ(kNames.words(), (std::vector<std::string>{"red", "green", "blue"}));
  EXPECT_EQ(kNames.at(2), Colour::blue);
  static_assert(kNames.text(Colour::red) == "red");
}

TEST(EnumNames, AValueWithoutAWordIsABug) {
  constexpr auto kFew = enum_names<Colour>("red");
  EXPECT_THROW((void)kFew.text(Colour::blue), ContractViolation);
  EXPECT_THROW((void)kFew.at(1), ContractViolation);
}

TEST(EnumNames, ReadsAFile) {
  const JsonDocument document =
      JsonDocument::parse_text(R"({"front": "blue", "back": "rde"})", "f.json");
  ObjectReader reader = document.root();
  EXPECT_EQ(kNames.read(reader, "front"), Colour::blue);
  EXPECT_EQ(kNames.read_optional(reader, "side"), std::nullopt);
  try {
    (void)kNames.read_optional(reader, "back");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "f.json: /back: 'rde' is not known (it can be red, green or blue): did you mean "
              "'red'?");
  }
}

}  // namespace
}  // namespace rehearse
