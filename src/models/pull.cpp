#include "models/pull.hpp"

#include <algorithm>
#include <charconv>
#include <format>
#include <optional>

#include "models/fetch_errors.hpp"
#include "models/hub.hpp"
#include "models/partial_file.hpp"
#include "net/client.hpp"
#include "net/runner.hpp"

namespace entente::models {

namespace {

constexpr std::uint64_t spare_room = 64 * 1024 * 1024;  // left to everybody else on the disk

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// "bytes 100-199/200": where what comes begins, and the whole size.
struct ContentRange {
  std::uint64_t begin = 0, total = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  auto dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos) return std::nullopt;
  auto begin = to_number(text.substr(0, dash)), total = to_number(text.substr(slash + 1));
  if (!begin) return std::nullopt;
  return ContentRange{.begin = *begin, .total = total.value_or(0)};  // "*": the server does not know
}

// What If-Range may name: a strong ETag, else a date.
std::string validator_of(const net::Headers& headers) {
  std::string_view tag = headers.get("etag");
  return std::string(tag.starts_with('"') ? tag : headers.get("last-modified"));
}

class Download {
 public:
  Download(PartialFile& part, const Source& source, const Hub& hub, const PullOptions& options,
           const ModelStore::Progress& progress)
      : part_(part), source_(source), hub_(hub), options_(options), progress_(progress) {}

  // Until the part is the whole file.
  Task<> run() {
    int failures = 0;
    std::uint64_t furthest = part_.size();
    while (!whole()) {
      Result<> tried = co_await attempt();
      if (tried) continue;  // or to be begun anew
      if (!worth_another_try(tried.error())) co_return fail(tried.error());
      failures = part_.size() > furthest ? 1 : failures + 1;  // the same bytes again are no progress
      furthest = std::max(furthest, part_.size());
      if (failures >= options_.tries) co_return fail(after_all_tries(tried.error()));
      CO_TRY(co_await net::pause(options_.wait * (1 << (failures - 1))));
    }
    co_return Result<>{};
  }

 private:
  std::uint64_t total() const { return part_.about().total ? part_.about().total : source_.bytes; }
  bool whole() const { return ended_ || (total() > 0 && part_.size() == total()); }

  // Something came once, so the place exists and the line was cut; or the server itself says "later".
  bool worth_another_try(const Error& error) const {
    bool of_the_line = error.code == ErrorCode::upstream_failed || error.code == ErrorCode::timeout;
    return (of_the_line && received_ > 0) || busy_;
  }

  Error after_all_tries(Error error) const {
    if (part_.size() > 0) error.message += " What has come is kept: the same command goes on from there.";
    return error;
  }

  // Whether what is there can be gone on with: the server must be able to tell us that its file is still the same, or
  // the hash will.
  bool can_resume() const {
    return part_.size() > 0 && (!part_.about().validator.empty() || !expected_sha256().empty());
  }
  const std::string& expected_sha256() const { return options_.sha256.empty() ? source_.sha256 : options_.sha256; }

  Task<> attempt() {
    busy_ = false;
    net::FetchRequest request{.url = source_.location};
    add_authorization(request.headers, hub_, request.url);
    bool resuming = can_resume();
    if (resuming) {
      request.headers.add("range", std::format("bytes={}-", part_.size()));
      if (!part_.about().validator.empty()) request.headers.add("if-range", part_.about().validator);
    }
    CO_TRY_ASSIGN(auto fetched, co_await net::fetch(std::move(request), {.allow_private = options_.allow_private,
                                                                         .idle_time = std::chrono::seconds(30),
                                                                         .redirects = 10}));
    unsigned status = fetched->status();
    if (resuming && (status == 416 || (status == 206 && !continues(fetched->headers())))) {
      // Not our file any more, or not the rest of it.
      co_return part_.begin_anew({});
    }
    if (status == 200) {
      CO_TRY(begin(fetched->headers()));
    } else if (status != 206 || !resuming) {
      busy_ = status == 429 || status >= 500;
      co_return fail(refused(status, source_.location));
    }
    co_return co_await receive(*fetched);
  }

  bool continues(const net::Headers& headers) const {
    auto range = parse_content_range(headers.get("content-range"));
    return range && range->begin == part_.size() && (range->total == 0 || total() == 0 || range->total == total());
  }

  // The whole file is coming.
  Result<> begin(const net::Headers& headers) {
    std::string_view type = headers.get("content-type");
    if (type.starts_with("text/html")) return check_gguf_begin("<html", source_.location);
    std::uint64_t bytes = to_number(headers.get("content-length")).value_or(0);
    if (bytes > 0 && source_.bytes > 0 && bytes != source_.bytes) {
      return fail(ErrorCode::upstream_failed,
                  std::format("{} is {} bytes long, where {} were promised. It is another file.", source_.location,
                              bytes, source_.bytes));
    }
    TRY(part_.begin_anew({.validator = validator_of(headers), .total = bytes}));
    return {};
  }

  Result<> check_room(std::uint64_t needed) const {
    std::filesystem::path folder = part_.path().parent_path();
    std::uint64_t room = room_at(folder);
    if (room >= spare_room && room - spare_room >= needed) return {};
    return fail(
        ErrorCode::unavailable,
        std::format("{} MB more are needed in {}, and {} MB are free there. Free some, or set engine.models_dir to "
                    "another disk.",
                    (needed + spare_room) / 1'000'000, folder.string(), room / 1'000'000));
  }

  Task<> receive(net::Fetched& fetched) {
    CO_TRY(check_room(total() > part_.size() ? total() - part_.size() : 0));
    bool checked = part_.size() >= 4;
    std::uint64_t room_checked_at = part_.size();
    while (true) {
      CO_TRY_ASSIGN(std::optional<std::string> piece, co_await fetched.next_piece());
      if (!piece) break;
      CO_TRY(part_.append(*piece));
      received_ += piece->size();
      if (!checked && part_.size() >= 4) {  // hours later would be late to say that this is a web page
        CO_TRY(check_gguf_begin(part_.first_bytes(), source_.location));
        checked = true;
      }
      if (total() > 0 && part_.size() > total()) {
        co_return fail(ErrorCode::upstream_failed, std::format("{} gives more than it announced.", source_.location));
      }
      if (part_.size() - room_checked_at > spare_room / 2) {
        CO_TRY(check_room(0));
        room_checked_at = part_.size();
      }
      if (progress_) progress_(part_.size(), total());
    }
    if (total() > 0 && part_.size() < total()) {
      co_return fail(ErrorCode::upstream_failed,
                     std::format("{} ended after {} of {} bytes.", source_.location, part_.size(), total()));
    }
    ended_ = true;
    co_return Result<>{};
  }

  PartialFile& part_;
  const Source& source_;
  const Hub& hub_;
  const PullOptions& options_;
  const ModelStore::Progress& progress_;
  std::uint64_t received_ = 0;  // in this run
  bool ended_ = false;          // the server said: this was all
  bool busy_ = false;           // the server said: later
};

// A file with this content is there already, under whatever name: only the name is missing.
std::optional<Installed> find_content(const ModelStore& store, const std::string& sha256) {
  auto installed = store.list();
  if (sha256.empty() || !installed) return std::nullopt;
  auto found = std::ranges::find(*installed, sha256, &Installed::sha256);
  return found == installed->end() ? std::nullopt : std::optional(*found);
}

// A part that is not what was wanted is of no use to a next try.
bool is_hopeless(const Error& error) { return error.code == ErrorCode::invalid_request; }

}  // namespace

Task<Installed> pull(ModelStore& store, Source source, Hub hub, PullOptions options, PullProgress progress) {
  std::string name = options.name.empty() ? source.name : options.name;
  CO_TRY(check_model_name(name));
  if (source.kind == Source::Kind::file) {
    co_return store.import_file(source.location, name, source.location, options.sha256, progress.checking);
  }
  if (source.kind == Source::Kind::hub_quantisation) {
    CO_TRY_ASSIGN(source, co_await find_quantisation(std::move(source), hub, options.allow_private));
  } else if (source.kind == Source::Kind::hub_file) {
    CO_TRY_ASSIGN(source, co_await ask_for_hash(std::move(source), hub, options.allow_private));
  }
  std::string sha256 = options.sha256.empty() ? source.sha256 : options.sha256;
  if (auto there = find_content(store, sha256)) {
    co_return store.import_file(there->path, name, source.location, sha256, progress.checking);
  }

  CO_TRY_ASSIGN(PartialFile part, PartialFile::open(store.partial_folder(), source.location));
  Result<> come = co_await Download(part, source, hub, options, progress.fetching).run();
  if (!come) {
    if (is_hopeless(come.error()) || part.size() == 0) part.discard();
    co_return fail(come.error());
  }
  auto installed = store.adopt(part.path(), name, source.location, sha256, progress.checking);
  if (installed || is_hopeless(installed.error())) part.discard();
  co_return installed;
}

}  // namespace entente::models
