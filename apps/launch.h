// Starts this program again as several ranks.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

// The words behind this program's name on its command line.
std::vector<std::string> own_arguments();

// Runs this program with `arguments` under mpirun with `ranks` ranks and waits for them. What
// they say reaches stdout and stderr, each line of an error once; the launcher's own words are left
// out. Returns the exit status of the ranks; where it is not 0, one of them has said why. Throws
// Error::environment where there is no MPI, where mpirun fails before a rank has said anything, in
// its words, and with the rank's number where one of them dies. Mpirun and its ranks end with this
// process. `survives`: the others go on when one of them dies, and that is no error.
int launch_ranks(int ranks, const std::vector<std::string>& arguments, bool survives = false);

}  // namespace rehearse
