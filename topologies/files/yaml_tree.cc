#include "topologies/files/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_set>

#include "base/error.h"

namespace rehearse {
namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kMostValues = 1'000'000;

// Builds the tree from the events of yaml-cpp. Keys of maps must be scalars.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const std::string& file) : file_(file) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    OnScalar(mark, "", anchor, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw refuse(mark, "an alias is not followed", "write the value itself");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    expect_room(mark, anchor);
    if (!open_.empty() && open_.back()->kind == YamlNode::Kind::map && !has_key_) {
      if (!keys_.back().insert(value).second) {
        throw refuse(mark, "key '" + value + "' stands twice", "keep one of them");
      }
      key_ = value;
      has_key_ = true;
      return;
    }
    YamlNode* node = place(mark);
    node->text = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

  YamlNode root;

 private:
  [[nodiscard]] Error refuse(const YAML::Mark& mark, std::string what, std::string remedy) const {
    return Error::input(std::move(what), "", std::move(remedy))
        .at(file_, "line " + std::to_string(mark.line + 1));
  }

  void expect_room(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw refuse(mark, "an anchor is not read", "write the value itself");
    if (++values_ > kMostValues) {
      throw refuse(mark, "the file holds more than a million values", "split it");
    }
  }

  YamlNode* place(const YAML::Mark& mark) {
    YamlNode* node = &root;
    if (!open_.empty() && open_.back()->kind == YamlNode::Kind::map) {
      node = &open_.back()->entries.emplace_back(std::move(key_), YamlNode{}).second;
      has_key_ = false;
    } else if (!open_.empty()) {
      node = &open_.back()->items.emplace_back();
    }
    node->line = mark.line + 1;
    return node;
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    expect_room(mark, anchor);
    if (!open_.empty() && open_.back()->kind == YamlNode::Kind::map && !has_key_) {
      throw refuse(mark, "a key is no plain word", "write KEY: VALUE");
    }
    if (open_.size() == kDeepest) throw refuse(mark, "nested deeper than 64", "flatten it");
    YamlNode* node = place(mark);
    node->kind = kind;
    open_.push_back(node);
    keys_.emplace_back();
  }
  void close() {
    open_.pop_back();
    keys_.pop_back();
  }

  const std::string& file_;
  std::vector<YamlNode*> open_;  // the last one is filled; those before it do not move meanwhile
  std::vector<std::unordered_set<std::string>> keys_;  // of each
  std::string key_;
  bool has_key_ = false;
  std::size_t values_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(const std::string& key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

YamlNode parse_yaml(const std::string& text, const std::string& file) {
  TreeBuilder builder(file);
  try {
    std::istringstream input(text);
    YAML::Parser parser(input);
    parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& error) {
    throw Error::input("this is no YAML", error.msg, "check that the file is whole")
        .at(file, "line " + std::to_string(error.mark.line + 1));
  }
  return std::move(builder.root);
}

}  // namespace rehearse
