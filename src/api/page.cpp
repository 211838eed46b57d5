#include "api/page.hpp"

#include <algorithm>
#include <format>
#include <ranges>
#include <string>

#include "api/routes.hpp"
#include "base/ascii.hpp"

namespace entente::api {

namespace {

constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src "
    "'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// "q=0", "Q=0.000": the only weight that says no.
bool refuses(std::string_view parameters) {
  for (auto part : parameters | std::views::split(';')) {
    std::string_view word = trim(std::string_view(part));
    if (word.size() < 3 || (word[0] != 'q' && word[0] != 'Q') || word[1] != '=') continue;
    return word.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

bool takes(std::string_view accept_encoding, std::string_view coding) {
  bool by_star = false;
  for (auto part : accept_encoding | std::views::split(',')) {
    std::string_view entry(part);
    auto mark = entry.find(';');
    std::string_view name = trim(entry.substr(0, mark));
    bool wanted = mark == std::string_view::npos || !refuses(entry.substr(mark + 1));
    if (equal_without_case(name, coding)) return wanted;
    if (name == "*") by_star = wanted;
  }
  return by_star;
}

// Any of the tags in If-None-Match, weak or strong (RFC 9110, section 13.1.2).
bool names_tag(std::string_view if_none_match, std::string_view tag) {
  for (auto part : if_none_match | std::views::split(',')) {
    std::string_view one = trim(std::string_view(part));
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == tag) return true;
  }
  return false;
}

struct Representation {
  PageFile::Bytes bytes;
  std::string_view coding;  // for Content-Encoding
};

Representation representation(const PageFile& file, Coding coding) {
  switch (coding) {
    case Coding::brotli: return {file.brotli, "br"};
    case Coding::gzip: return {file.gzip, "gzip"};
    case Coding::identity: break;
  }
  return {file.plain, ""};
}

}  // namespace

const PageFile* find_page_file(std::span<const PageFile> files, std::string_view path) {
  auto found = std::ranges::find(files, path.empty() ? "index.html" : path, &PageFile::path);
  return found == files.end() ? nullptr : &*found;
}

Coding choose_coding(std::string_view accept_encoding, const PageFile& file) {
  if (!file.brotli.empty() && takes(accept_encoding, "br")) return Coding::brotli;
  if (!file.gzip.empty() && takes(accept_encoding, "gzip")) return Coding::gzip;
  return Coding::identity;  // even where the client refuses it: better than no page
}

net::Response to_folder(const net::Request& request) {
  std::string address = request.folder + (request.query.empty() ? "" : "?" + request.query);
  return {.status = 308, .headers = {{"location", std::move(address)}, {"cache-control", "no-cache"}}, .body = {}};
}

net::Response page_response(const PageFile& file, const net::Request& request) {
  auto [bytes, coding] = representation(file, choose_coding(request.headers.get("accept-encoding"), file));
  std::string tag = std::format("\"{}{}{}\"", file.hash, coding.empty() ? "" : "-", coding);
  net::Response response{
      .status = 200,
      .headers = {{"etag", tag},
                  {"cache-control", file.hashed_name ? "public, max-age=31536000, immutable" : "no-cache"},
                  {"vary", "Accept-Encoding"},
                  {"content-security-policy", std::string(content_policy)},
                  {"x-content-type-options", "nosniff"},
                  {"referrer-policy", "no-referrer"},
                  {"cross-origin-opener-policy", "same-origin"},
                  {"cross-origin-resource-policy", "same-origin"}},
      .body = {}};
  if (names_tag(request.headers.get("if-none-match"), tag)) {
    response.status = 304;
    return response;
  }
  response.headers.add("content-type", std::string(file.type));
  if (!coding.empty()) response.headers.add("content-encoding", std::string(coding));
  response.body.assign(bytes.begin(), bytes.end());
  return response;
}

Task<> show_page(Context& context, const Services&, std::string_view path) {
  if (!context.request().folder.empty()) co_return co_await context.reply(to_folder(context.request()));
  const PageFile* file = find_page_file(page_files(), path);
  if (!file) {
    co_return fail(
        {.code = ErrorCode::not_found,
         .message = std::format("Nothing answers at /{}. /openapi.json lists what does.", path.substr(0, 128)),
         .reason = "unknown_url"});
  }
  co_return co_await context.reply(page_response(*file, context.request()));
}

}  // namespace entente::api
