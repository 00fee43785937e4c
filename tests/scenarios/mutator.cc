#include "tests/scenarios/mutator.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/contract.h"

namespace rehearse {
namespace {

using nlohmann::json;

using Words = std::vector<std::string>;

// Words that stand for each other: a plausible change swaps two of a list.
const std::vector<Words>& synonyms() {
  static const std::vector<Words> lists{
      {"resnet50", "resnet101", "vgg16", "alexnet", "inception_v3", "resnet152"},
      {"ring", "recursive_doubling", "rabenseifner", "halving_doubling", "binomial", "hierarchical",
       "node_leader", "in_network", "tree", "native", "auto"},
      {"p100-pcie-16gb", "p100-sxm2-16gb", "v100-sxm2-16gb", "a100-sxm4-80gb", "xeon-phi-7250"},
      {"aries-piz-daint", "ethernet-25g-roce", "ethernet-50g-big-basin", "infiniband-edr-fat-tree",
       "infiniband-ndr-eos", "slingshot-lumi"},
      {"contiguous", "random", "group_round_robin"},
      {"horovod", "buckets", "priority"},
      {"none", "fp16", "bf16", "topk", "onebit"},
      {"weak", "strong"},
      {"flow", "message", "analytic"},
      {"fp32", "fp16", "bf16", "tf32", "fp8"},
      {"single_switch", "fat_tree", "dragonfly", "dragonfly_plus", "torus", "mesh", "hyperx",
       "slim_fly"},
      {"horovod", "pytorch", "tensorflow", "megatron", "deepspeed", "none"},
      {"ideal", "nccl-a100-hdr", "open-mpi-hdr", "open-mpi-tcp-wall", "horovod-mpi-aries",
       "mlsl-omnipath", "gloo-ethernet-50g", "nccl-roce"},
      {"sgd", "adam", "adamw", "lars", "lamb"},
      {"minimal", "ugal", "valiant"},
      {"sync", "async_ps", "local_sgd", "lagged", "sync_backup_ps", "downpour", "easgd", "gem",
       "hybrid"},
      {"dedicated", "colocated"},
      {"round_robin", "balanced"},
      {"gpipe", "1f1b", "interleaved", "zb_h1", "zb_h2", "zb_v", "dualpipe", "dualpipe_v", "auto"},
      {"ring", "all_gather", "all_to_all"},
      {"none", "selective", "full", "auto"},
      {"tp-cp-ep-dp-pp", "tp-pp-dp-cp-ep", "pp-dp-tp-ep-cp"},
      {"iid", "by_class"}};
  return lists;
}

const std::vector<Words>& units() {
  static const std::vector<Words> lists{{"B", "kB", "MB", "GB", "KiB", "MiB", "GiB"},
                                        {"ns", "us", "ms", "s", "min"},
                                        {"B/s", "MB/s", "GB/s", "Gbit/s", "Mbit/s"}};
  return lists;
}

const std::vector<json>& odd_values() {
  static const std::vector<json> values{json(nullptr),
                                        json(true),
                                        json(0),
                                        json(-1),
                                        json(1e300),
                                        json(1e308),
                                        json(-1e308),
                                        json(1e-308),
                                        json(9223372036854775808.0),
                                        json(-1e-300),
                                        json(9223372036854775807),
                                        json(18446744073709551615ULL),
                                        json(2147483648LL),
                                        json(0.5),
                                        json(""),
                                        json("nan GB/s"),
                                        json("nan"),
                                        json("9223372036854775808"),
                                        json("1e-308 s"),
                                        json(std::string(3000, 'a')),
                                        json("\xff\xfe"),
                                        json("-5 ms"),
                                        json("1e308 GB"),
                                        json("0 s"),
                                        json(std::string("p100\0pcie/..", 12)),
                                        json::array(),
                                        json::object()};
  return values;
}

class Damage {
 public:
  Damage(json root, RandomStream random) : root_(std::move(root)), random_(random) {}

  std::string run() {
    const bool plausible = chance(0.55);
    const std::uint64_t changes = 1 + random_.below(plausible ? 3 : 4);
    for (std::uint64_t i = 0; i < changes; ++i) {
      if (plausible || chance(0.4)) {
        adjust();
      } else {
        disturb();
      }
    }
    std::string text = root_.dump(-1, ' ', false, json::error_handler_t::replace);
    if (!plausible && chance(0.3)) corrupt(text);
    return text;
  }

 private:
  bool chance(double share) { return random_.uniform() < share; }

  template <class List>
  const auto& any(const List& list) {
    return list[random_.below(list.size())];
  }

  // A place in the tree: every value but the root, reached from its parent.
  struct Place {
    json* parent;
    std::string key;    // of an object
    std::size_t index;  // of an array
    json* value;
  };

  static void collect(json& value, std::vector<Place>& places) {
    if (value.is_object()) {
      for (auto& [key, member] : value.items()) {
        places.push_back({&value, key, 0, &member});
        collect(member, places);
      }
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        places.push_back({&value, "", i, &value[i]});
        collect(value[i], places);
      }
    }
  }

  std::vector<Place> places() {
    std::vector<Place> all;
    collect(root_, all);
    return all;
  }

  // A change that a user might make.
  void adjust() {
    std::vector<Place> leaves;
    for (const Place& place : places()) {
      if (place.value->is_primitive()) leaves.push_back(place);
    }
    if (leaves.empty()) return;
    json& value = *any(leaves).value;
    if (value.is_boolean()) value = !value.get<bool>();
    if (value.is_number_integer()) adjust_integer(value);
    if (value.is_number_float()) value = value.get<double>() * (0.25 + random_.uniform() * 2);
    if (value.is_string()) adjust_word(value);
  }

  void adjust_integer(json& value) {
    const auto number = static_cast<double>(value.get<std::int64_t>());
    static constexpr std::array kFactors{0.5, 0.9, 1.0, 1.0, 1.1, 2.0, 3.0};
    const double changed = number * any(kFactors) + static_cast<double>(random_.below(2));
    if (changed < 9e15) value = static_cast<std::int64_t>(changed);
  }

  void adjust_word(json& value) {
    const std::string word = value.get<std::string>();
    for (const Words& list : synonyms()) {
      if (std::find(list.begin(), list.end(), word) == list.end()) continue;
      value = any(list);
      return;
    }
    double number = 0;
    const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (status != std::errc() || end == word.data() || *end != ' ') return;
    const std::string unit = end + 1;
    for (const Words& list : units()) {
      if (std::find(list.begin(), list.end(), unit) == list.end()) continue;
      number *= 0.1 + 2 * random_.uniform();
      value = std::to_string(number) + " " + (chance(0.5) ? unit : any(list));
      return;
    }
  }

  // A change that nobody should make.
  void disturb() {
    const std::vector<Place> all = places();
    if (all.empty()) {
      root_ = odd_values()[random_.below(odd_values().size())];
      return;
    }
    const Place place = any(all);
    switch (random_.below(9)) {
      case 0:
        *place.value = any(odd_values());
        break;
      case 1:
        erase(place);
        break;
      case 2:
        *place.value = json(*any(all).value);
        break;
      case 3:
        rename(place);
        break;
      case 4:
        graft(place, any(all));
        break;
      case 5:
        nest(place);
        break;
      case 6:
        exchange(all);
        break;
      case 7:
        lengthen(*place.value);
        break;
      default:
        misspell(place);
        break;
    }
  }

  static void erase(const Place& place) {
    if (place.parent->is_object()) place.parent->erase(place.key);
    if (place.parent->is_array()) place.parent->erase(place.index);
  }

  void rename(const Place& place) {
    if (!place.parent->is_object() || place.key.empty()) return;
    json value = *place.value;
    std::string key = place.key;
    key[random_.below(key.size())] = static_cast<char>('a' + random_.below(26));
    place.parent->erase(place.key);
    (*place.parent)[key] = std::move(value);
  }

  // Copies a member to where it does not belong.
  static void graft(const Place& to, const Place& from) {
    const json value = *from.value;
    if (to.parent->is_array()) to.parent->push_back(value);
    if (to.parent->is_object()) (*to.parent)[from.key.empty() ? to.key : from.key] = value;
  }

  void nest(const Place& place) {
    const std::uint64_t depth = 1 + random_.below(chance(0.1) ? 200 : 5);
    const bool arrays = chance(0.5);
    json value = *place.value;
    for (std::uint64_t i = 0; i < depth; ++i) {
      json outer = arrays ? json::array() : json::object();
      if (arrays) outer.push_back(std::move(value));
      if (!arrays) outer[place.key] = std::move(value);
      value = std::move(outer);
    }
    *place.value = std::move(value);
  }

  // Exchanges two values; no one holds the other.
  void exchange(const std::vector<Place>& all) {
    json& a = *any(all).value;
    json& b = *any(all).value;
    if (a.is_primitive() && b.is_primitive()) std::swap(a, b);
  }

  // Repeats the elements of an array, or makes one of a value.
  void lengthen(json& value) {
    const std::uint64_t times = 1 + random_.below(chance(0.1) ? 3000 : 5);
    const json element = value.is_array() && !value.empty() ? json(any(value)) : value;
    if (!value.is_array()) value = json::array();
    for (std::uint64_t i = 0; i < times; ++i) value.push_back(element);
  }

  void misspell(const Place& place) {
    if (!place.value->is_string()) {
      *place.value = place.value->dump(-1, ' ', false, json::error_handler_t::replace) + " GB";
      return;
    }
    std::string word = place.value->get<std::string>();
    if (word.empty()) return;
    word[random_.below(word.size())] = static_cast<char>(random_.below(256));
    *place.value = word;
  }

  // Damage below the level of JSON.
  void corrupt(std::string& text) {
    const std::size_t at = random_.below(text.size());
    switch (random_.below(5)) {
      case 0:
        text.resize(at);
        break;
      case 1:
        text[at] = static_cast<char>(random_.below(256));
        break;
      case 2:
        text.insert(at, std::string(1 + random_.below(8), any(std::string("{[\"0,:}]"))));
        break;
      case 3:
        text.insert(at, text.substr(at / 2, random_.below(40)));
        break;
      default:
        double_key(text, at);
        break;
    }
  }

  // Writes a member of an object a second time.
  static void double_key(std::string& text, std::size_t at) {
    const std::size_t start = text.find("{\"", at);
    const std::size_t end = start == std::string::npos ? start : text.find(':', start);
    if (end == std::string::npos) return;
    text.insert(start + 1, text.substr(start + 1, end - start) + "1,");
  }

  json root_;
  RandomStream random_;
};

}  // namespace

Mutator::Mutator(const std::vector<std::string>& corpus) {
  EXPECTS(!corpus.empty());
  for (const std::string& text : corpus) corpus_.push_back(json::parse(text, nullptr, true, true));
}
Mutator::~Mutator() = default;

std::string Mutator::text(std::uint64_t seed, std::uint64_t number) const {
  RandomStream random(seed, {number});
  const json& chosen = corpus_[random.below(corpus_.size())];
  return Damage(chosen, random).run();
}

}  // namespace rehearse
