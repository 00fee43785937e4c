// Which cores a worker computes on when a node is shared out among several.
#pragma once

namespace rehearse {

// Binds the calling process, and the threads that it will start, to cores index * threads to
// (index + 1) * threads - 1 of those it may use now. Returns false, and binds nothing, where there
// are fewer or the system refuses.
bool bind_to_cores(int index, int threads);

// Cores this process may use.
int usable_cores();

}  // namespace rehearse
