// Starts this program again as several ranks.
#pragma once

namespace rehearse {

// Runs the command line of this process under mpirun with `ranks` ranks and waits for them. What
// they say reaches stdout and stderr, each line of an error once; the launcher's own words are left
// out. Returns the exit status of the ranks. Throws Error::environment where there is no MPI, and
// with the rank's number where one of them dies.
int launch_ranks(int ranks);

}  // namespace rehearse
