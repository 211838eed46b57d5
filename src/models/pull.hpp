// Pull: brings a model file from somewhere else into the store, so that neither a cut nor a kill costs what has come.
//
// What came lies in the store's partial folder, with a note of what it is a part of (URL, the server's validator, the
// whole size). The next pull of the same thing goes on from there: it asks for the rest with Range and If-Range (RFC
// 9110), and begins anew when the server's file has changed or the server cannot continue. A cut in the middle is tried
// again, a few times; a place that cannot be reached at all is said at once. Nothing is installed before size, hash
// (where one is known) and header are right.
//
// Hosts are reached under net/client's rules: no private addresses unless `allow_private`. Blocking file I/O inside:
// run it on a thread of its own. Errors: what is wrong and how to mend it; cancelled leaves the part for the next time.
#pragma once

#include <chrono>
#include <string>

#include "base/task.hpp"
#include "models/model_store.hpp"
#include "models/source.hpp"

namespace entente::models {

struct PullOptions {
  std::string name;    // what to call it; empty: the source's own suggestion
  std::string sha256;  // expected, hexadecimal; empty: what the source says, if anything
  bool allow_private = false;
  int tries = 5;                         // in a row without a new byte, once something had come
  std::chrono::milliseconds wait{1000};  // before the second try; doubled for each further one
};

struct PullProgress {
  ModelStore::Progress fetching;  // total 0: not known
  ModelStore::Progress checking;  // the hash is computed
};

[[nodiscard]] Task<Installed> pull(ModelStore& store, Source source, Hub hub, PullOptions options,
                                   PullProgress progress = {});

}  // namespace entente::models
