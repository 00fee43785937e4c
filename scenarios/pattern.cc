#include "scenarios/pattern.h"

#include "base/contract.h"

namespace rehearse {
namespace {

constexpr std::size_t kBytes = 256;

std::size_t index_of(char c) { return static_cast<unsigned char>(c); }

}  // namespace

// Builds the states from the end of the pattern's parts to their beginnings: what follows is known.
class Pattern::Reader {
 public:
  Reader(std::string_view text, std::vector<State>& states) : text_(text), states_(states) {}

  // A part as a range of the text; each function returns the state in which the part begins.
  std::size_t alternatives(std::size_t begin, std::size_t end, std::size_t next) {
    State branch;
    std::size_t from = begin;
    int depth = 0;
    for (std::size_t i = begin; i <= end; ++i) {
      if (i == end || (depth == 0 && text_[i] == '|')) {
        branch.to.push_back(sequence(from, i, next));
        from = i + 1;
      } else {
        i += skipped(i, depth);
      }
    }
    return add(std::move(branch));
  }

 private:
  // Of an escaped byte or a class: how many bytes behind this one belong to it.
  std::size_t skipped(std::size_t i, int& depth) const {
    if (text_[i] == '\\') return 1;
    if (text_[i] == '[') return text_.find(']', i) - i;
    depth += text_[i] == '(' ? 1 : text_[i] == ')' ? -1 : 0;
    return 0;
  }

  std::size_t end_of_atom(std::size_t i) const {
    int depth = 0;
    do {
      i += skipped(i, depth) + 1;
    } while (depth > 0);
    return i;
  }

  std::size_t sequence(std::size_t begin, std::size_t end, std::size_t next) {
    if (begin == end) return next;
    const std::size_t behind = end_of_atom(begin);
    const char repeat = behind < end ? text_[behind] : '\0';
    const bool optional = repeat == '?' || repeat == '*';
    const bool again = repeat == '*' || repeat == '+';
    const std::size_t rest = sequence(behind + (optional || again ? 1 : 0), end, next);
    if (!optional && !again) return atom(begin, behind, rest);
    const std::size_t choice = add({{}, {rest}});
    const std::size_t body = atom(begin, behind, again ? choice : rest);
    states_[choice].to.push_back(body);
    if (optional) return choice;
    return body;
  }

  std::size_t atom(std::size_t begin, std::size_t end, std::size_t next) {
    if (text_[begin] == '(') return alternatives(begin + 1, end - 1, next);
    State state{std::vector<bool>(kBytes), {next}};
    if (text_[begin] == '[') {
      for (std::size_t i = begin + 1; i + 1 < end; ++i) {
        const bool range = i + 3 < end && text_[i + 1] == '-';
        const std::size_t last = index_of(text_[range ? i + 2 : i]);
        for (std::size_t byte = index_of(text_[i]); byte <= last; ++byte) state.takes[byte] = true;
        if (range) i += 2;
      }
    } else {
      state.takes[index_of(text_[end - 1])] = true;
    }
    return add(std::move(state));
  }

  std::size_t add(State state) {
    states_.push_back(std::move(state));
    return states_.size() - 1;
  }

  std::string_view text_;
  std::vector<State>& states_;
};

Pattern::Pattern(std::string_view text) {
  EXPECTS(text.size() >= 2 && text.front() == '^' && text.back() == '$');
  states_.push_back({});
  first_ = Reader(text.substr(1, text.size() - 2), states_).alternatives(0, text.size() - 2, 0);
}

void Pattern::enter(std::size_t state, std::vector<bool>& states) const {
  std::vector<std::size_t> open{state};
  while (!open.empty()) {
    const std::size_t one = open.back();
    open.pop_back();
    if (states[one]) continue;
    states[one] = true;
    if (states_[one].takes.empty())
      open.insert(open.end(), states_[one].to.begin(), states_[one].to.end());
  }
}

bool Pattern::matches(std::string_view text) const {
  std::vector<bool> now(states_.size());
  enter(first_, now);
  for (const char c : text) {
    std::vector<bool> next(states_.size());
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (!now[i] || states_[i].takes.empty() || !states_[i].takes[index_of(c)]) continue;
      for (const std::size_t to : states_[i].to) enter(to, next);
    }
    now = std::move(next);
  }
  return now[0];
}

}  // namespace rehearse
