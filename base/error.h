// The one exception of the project: bad input or a bad environment, told in one line.
//
//   throw Error::input("'bacth' is not a key of training", "", "use 'batch'").at("s.json",
//   "/training/bacth");
//   -> s.json: /training/bacth: 'bacth' is not a key of training: use 'batch'
//
// Our own bugs are contract violations (base/contract.h); simulated failures are events, never
// exceptions. Libraries throw; only apps catches, prints the line and chooses the exit status.
#pragma once

#include <exception>
#include <string>

namespace rehearse {

class Error : public std::exception {
 public:
  // The value is the exit status of the command line.
  enum class Kind { check_failed = 1, input = 2, environment = 3 };

  // `what`: the problem. `why`: the reason, may be empty. `remedy`: what to do, may be empty.
  Error(Kind kind, std::string what, std::string why, std::string remedy);

  static Error input(std::string what, std::string why = "", std::string remedy = "");
  static Error environment(std::string what, std::string why = "", std::string remedy = "");
  static Error check_failed(std::string what, std::string why = "", std::string remedy = "");

  // Names the place, unless an inner call already did.
  [[nodiscard]] Error at(const std::string& file, const std::string& json_path) const;

  // The same, with a circumstance added to the reason: of which of several cases it is true.
  [[nodiscard]] Error in_case(const std::string& circumstance) const;

  [[nodiscard]] const char* what() const noexcept override { return line_.c_str(); }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& json_path() const { return json_path_; }

 private:
  void compose();

  Kind kind_;
  std::string what_, why_, remedy_, file_, json_path_, line_;
};

}  // namespace rehearse
