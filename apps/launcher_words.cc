#include "apps/launcher_words.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace rehearse {
namespace {

constexpr std::size_t kLongestLine = std::size_t{1} << 16;
constexpr std::size_t kLongestReason = 450;

// What stands behind `mark` up to the next of `ends`; empty where there is no mark.
std::string_view behind(std::string_view text, std::string_view mark, std::string_view ends) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + mark.size());
  return text.substr(0, text.find_first_of(ends));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "mpirun noticed that process rank 1 with PID 99 on node vm exited on signal 9 (Killed)."
std::string death_in(std::string_view text) {
  const std::string_view rank = behind(text, "process rank ", " ");
  const std::string_view node = behind(text, " on node ", " ");
  const std::string_view signal = behind(text, " exited on signal ", " .");
  const std::string_view name = behind(text, " (", ")");
  if (!is_number(rank) || node.empty() || !is_number(signal)) return "";
  std::string death = "rank " + std::string(rank) + " on " + std::string(node) +
                      " died of signal " + std::string(signal);
  return name.empty() ? death : death + " (" + std::string(name) + ")";
}

// Of a run that goes on: how far it is, and who keeps it waiting.
bool is_progress(std::string_view text) {
  return text.starts_with("rehearse: step ") || text.starts_with("rehearse: rank ");
}

bool is_rule(std::string_view text) {
  constexpr std::size_t kShortest = 20;
  return text.size() >= kShortest && text.find_first_not_of('-') == std::string_view::npos;
}

// Appends the words of `text`, one blank between two.
void append_words(std::string& to, std::string_view text) {
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ';
    if (to.size() >= kLongestReason) return;
    if (!blank) {
      to += c;
    } else if (!to.empty() && to.back() != ' ') {
      to += ' ';
    }
  }
  if (!to.empty() && to.back() != ' ') to += ' ';
}

}  // namespace

void LauncherWords::hear(const char* text, std::size_t length) {
  rest_.append(text, length);
  std::size_t begin = 0;
  for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    line(rest_.substr(begin, end - begin));
  }
  rest_.erase(0, begin);
  if (rest_.size() > kLongestLine) rest_.resize(kLongestLine);
}

void LauncherWords::end() {
  if (!rest_.empty()) line(rest_);
  rest_.clear();
}

void LauncherWords::line(const std::string& text) {
  const bool warning = text.starts_with("warning [");
  if (warning || text.starts_with("rehearse: ")) {
    told_ |= !warning && !is_progress(text);
    if (said_.insert(text).second) pass_on_(text);
    return;
  }
  if (is_rule(text)) {
    if (between_rules_ && !message_.empty()) message_is_whole_ = true;
    between_rules_ = !between_rules_;
    return;
  }
  if (std::string death = death_in(text); !death.empty()) death_ = std::move(death);
  if (!between_rules_) {
    append_words(loose_, text);
  } else if (!message_is_whole_) {
    append_words(message_, text);
  }
}

std::string LauncherWords::reason() const {
  std::string text = message_.empty() ? loose_ : message_;
  if (text.size() >= kLongestReason) text += "…";
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace rehearse
