// What a model hub says of its files before they are fetched: which file has a quantisation, how large it is, its hash.
// The hub is Hugging Face's API, or one that speaks it (HF_ENDPOINT).
#pragma once

#include "base/task.hpp"
#include "models/source.hpp"
#include "net/http.hpp"

namespace entente::models {

// Makes a hub_quantisation into a hub_file, with size and hash where the hub knows them.
[[nodiscard]] Task<Source> find_quantisation(Source source, Hub hub, bool allow_private);

// Size and SHA-256 of a hub_file, from the headers X-Linked-Size and X-Linked-ETag; as it was when the hub says
// neither.
[[nodiscard]] Task<Source> ask_for_hash(Source source, Hub hub, bool allow_private);

// The header that proves who asks, if this URL belongs to the hub.
void add_authorization(net::Headers& headers, const Hub& hub, std::string_view url);

}  // namespace entente::models
