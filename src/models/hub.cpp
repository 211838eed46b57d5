#include "models/hub.hpp"

#include <algorithm>
#include <format>
#include <vector>

#include "models/fetch_errors.hpp"
#include "net/client.hpp"
#include "wire/json.hpp"

namespace entente::models {

namespace {

constexpr std::uint64_t most_listing_bytes = 16 * 1024 * 1024;

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string text_in(const wire::Json& object, std::string_view name) {
  const wire::Json* found = object.find(name);
  const std::string* text = found ? found->as<std::string>() : nullptr;
  return text ? *text : std::string();
}

struct Listed {
  std::string path, quantisation, sha256;
  std::uint64_t bytes = 0;
};

// The GGUF files of a listing that are models in one file, by their names' ends.
Result<std::vector<Listed>> read_listing(std::string_view body) {
  TRY_ASSIGN(wire::Json document, wire::parse_json(body));
  const auto* entries = document.as<wire::Json::Array>();
  if (!entries) return fail(ErrorCode::upstream_failed, "The hub's list of files is no list.");
  std::vector<Listed> out;
  for (const wire::Json& entry : *entries) {
    Listed file{.path = text_in(entry, "path")};
    std::string name = name_for_file(file.path);
    auto colon = name.find(':');
    if (!lower(file.path).ends_with(".gguf") || colon == std::string::npos || name.starts_with("mmproj")) continue;
    file.quantisation = name.substr(colon + 1);
    if (const wire::Json* size = entry.find("size"); size && size->as<std::int64_t>()) {
      file.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, *size->as<std::int64_t>()));
    }
    if (const wire::Json* lfs = entry.find("lfs"); lfs && is_sha256(text_in(*lfs, "oid")))
      file.sha256 = text_in(*lfs, "oid");
    out.push_back(std::move(file));
  }
  return out;
}

}  // namespace

void add_authorization(net::Headers& headers, const Hub& hub, std::string_view url) {
  if (!hub.token.empty() && url.starts_with(hub.endpoint + "/")) headers.add("authorization", "Bearer " + hub.token);
}

Task<Source> find_quantisation(Source source, Hub hub, bool allow_private) {
  net::FetchRequest request{
      .url = std::format("{}/api/models/{}/tree/main?recursive=true", hub.endpoint, source.repository)};
  add_authorization(request.headers, hub, request.url);
  CO_TRY_ASSIGN(auto fetched, co_await net::fetch(std::move(request),
                                                  {.allow_private = allow_private, .most_bytes = most_listing_bytes}));
  if (fetched->status() != 200) co_return fail(refused(fetched->status(), source.repository));
  CO_TRY_ASSIGN(std::string body, co_await net::read_all(*fetched));
  CO_TRY_ASSIGN(std::vector<Listed> files, read_listing(body));

  auto found = std::ranges::find(files, lower(source.quantisation), &Listed::quantisation);
  if (found == files.end()) {
    std::string known;
    for (const Listed& file : files) known += (known.empty() ? "" : ", ") + file.quantisation;
    co_return fail(ErrorCode::not_found,
                   known.empty()
                       ? std::format("{} holds no model in one GGUF file.", source.repository)
                       : std::format("{} has no {}; it has {}.", source.repository, source.quantisation, known));
  }
  source.kind = Source::Kind::hub_file;
  source.location = hub_file_url(hub, source.repository, found->path);
  source.sha256 = found->sha256;
  source.bytes = found->bytes;
  co_return source;
}

Task<Source> ask_for_hash(Source source, Hub hub, bool allow_private) {
  net::FetchRequest request{.method = "HEAD", .url = source.location};
  add_authorization(request.headers, hub, request.url);
  CO_TRY_ASSIGN(auto fetched, co_await net::fetch(std::move(request), {.allow_private = allow_private}));
  if (fetched->status() >= 400) co_return fail(refused(fetched->status(), source.location));
  std::string_view tag = fetched->headers().get("x-linked-etag");
  if (tag.starts_with('"') && tag.ends_with('"') && tag.size() > 2) tag = tag.substr(1, tag.size() - 2);
  if (is_sha256(tag)) {
    source.sha256 = tag;
    source.bytes = std::strtoull(std::string(fetched->headers().get("x-linked-size")).c_str(), nullptr, 10);
  }
  co_return source;
}

}  // namespace entente::models
