// Principal: who asks, as the key proved it: which tenant pays, for which project, with which key.
#pragma once

#include <string>
#include <vector>

namespace entente {

struct Principal {
  std::string tenant;               // id, "ten_…"
  std::string project;              // id, "prj_…"
  std::string key;                  // id of the key, never the secret
  std::vector<std::string> labels;  // put on every piece of work sent with this key
};

}  // namespace entente
