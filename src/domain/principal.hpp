// Principal: who asks, as the key proved it: which tenant pays, for which project, with which key.
#pragma once

#include <string>
#include <vector>

namespace entente {

struct Principal {
  std::string tenant;   // id, "ten_…"
  std::string project;  // id, "prj_…"
  std::string key;      // id of the key, never the secret
  // What their owners call them, which is how policies name them.
  std::string tenant_name, project_name, key_name;
  std::vector<std::string> labels;  // put on every piece of work sent with this key
};

}  // namespace entente
