// Names of files on their way to their place, and what becomes of those whose process has been killed.
#pragma once

#include <string>

namespace tscaffe {

// A name beside `place` that nothing else has: it tells the process that writes there.
std::string AsideName(const std::string& place);

// Removes what is left beside `place` by processes that are gone, so that a training that is killed and taken up again
// every hour does not fill the disk. What another machine left on a shared disk goes after a day without a write.
void RemoveLeftovers(const std::string& place);

}  // namespace tscaffe
