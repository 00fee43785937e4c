// Processes that work for another one must not outlive it.
#pragma once

#include <sys/types.h>

namespace rehearse {

// Called by a child right after fork(): the kernel kills it as soon as `parent`, the process that
// forked it, is gone, by whatever signal. Ends the child at once if that has happened already.
// Holds for the thread that forked: fork from one that lives as long as the work (prctl(2),
// PR_SET_PDEATHSIG). A child of the child must call it too.
void end_with_parent(pid_t parent);

}  // namespace rehearse
