#include "tests/fuzz/inputs.h"

#include <algorithm>

namespace rehearse {
namespace {

constexpr std::uint64_t kChoice = 1, kBytes = 2;  // streams of random numbers
constexpr std::size_t kForeign = 2000;            // bytes of another format's text

std::vector<std::string> words_for(const Door& door, const std::vector<Door>& all) {
  std::vector<std::string> words;
  for (const Door& one : all) words.insert(words.end(), one.words.begin(), one.words.end());
  // Its own come about as often as those of all others.
  const std::size_t foreign = words.size();
  for (std::size_t i = 0; !door.words.empty() && i < foreign; ++i) {
    words.push_back(door.words[i % door.words.size()]);
  }
  return words;
}

std::vector<std::string> others_for(const Door& door, const std::vector<Door>& all) {
  std::vector<std::string> others;
  for (const Door& one : all) {
    if (!one.seeds.empty()) others.push_back(one.seeds.back().substr(0, kForeign));
  }
  for (const std::string& seed : door.seeds) others.push_back(seed.substr(0, kLargestInput));
  return others;
}

}  // namespace

Inputs::Inputs(const Door& door, const std::vector<Door>& all)
    : door_(door), texts_(words_for(door, all), others_for(door, all)) {
  if (door.json) trees_.emplace(door.seeds);
}

std::string Inputs::text(std::uint64_t seed, std::uint64_t number) const {
  RandomStream random(seed, {kChoice, number});
  const bool tree = trees_ && random.uniform() < 0.7;
  std::string text =
      tree ? trees_->text(seed, number) : door_.seeds[random.below(door_.seeds.size())];
  if (!tree || random.uniform() < 0.15) {
    text = texts_.damage(std::move(text), RandomStream(seed, {kBytes, number}));
  }
  text.resize(std::min(text.size(), kLargestInput));
  return text;
}

}  // namespace rehearse
