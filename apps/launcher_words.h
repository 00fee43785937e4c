// What mpirun and the ranks under it write to stderr: whose words are whose.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace rehearse {

class LauncherWords {
 public:
  // `pass_on` gets what the ranks say, each line once.
  explicit LauncherWords(std::function<void(const std::string&)> pass_on)
      : pass_on_(std::move(pass_on)) {}

  void hear(const char* text, std::size_t length);
  void end();  // nothing more will come: what is left without a line feed is a line

  // "rank 1 on node7 died of signal 9 (Killed)", in mpirun's words; empty if none did.
  [[nodiscard]] const std::string& death() const { return death_; }

  // Whether a rank has said something that is no progress: then it has said why it failed.
  [[nodiscard]] bool ranks_have_told() const { return told_; }

  // Why mpirun itself failed, in its words, as one line: its first message, which Open MPI puts
  // between two rules of dashes, else the first lines that no rank has said. Empty if it said
  // nothing.
  [[nodiscard]] std::string reason() const;

 private:
  void line(const std::string& text);

  std::function<void(const std::string&)> pass_on_;
  std::string rest_;
  std::string death_;
  bool told_ = false;
  bool between_rules_ = false;
  std::string message_, loose_;  // of mpirun: the first between rules, and what stands elsewhere
  bool message_is_whole_ = false;
  std::set<std::string> said_;
};

}  // namespace rehearse
