// SimGrid starts once per process, so every simulation of a test runs in a child of its own.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <vector>

namespace rehearse {

// Runs `body` in a child process and returns the numbers it returns. A child that dies fails the
// test.
inline std::vector<double> forked(const std::function<std::vector<double>()>& body) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    int status = 1;
    try {
      const std::vector<double> numbers = body();
      const auto bytes = static_cast<ssize_t>(numbers.size() * sizeof(double));
      status = write(ends[1], numbers.data(), static_cast<std::size_t>(bytes)) == bytes ? 0 : 1;
    } catch (const std::exception& error) {
      fprintf(stderr, "%s\n", error.what());
    }
    _exit(status);
  }
  close(ends[1]);
  std::vector<double> numbers;
  for (double number = 0; read(ends[0], &number, sizeof number) == sizeof number;) {
    numbers.push_back(number);
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the simulation died";
  return numbers;
}

}  // namespace rehearse
