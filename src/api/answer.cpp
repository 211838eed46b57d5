#include "api/answer.hpp"

#include <utility>

#include "api/able.hpp"
#include "api/errors.hpp"
#include "api/rates.hpp"
#include "api/sent_stream.hpp"
#include "base/crypto.hpp"

namespace entente::api {

net::Headers answered_by(const gateway::Answering& answering) {
  net::Headers headers{{"entente-deployment", answering.deployment},
                       {"entente-provider", answering.provider},
                       {"entente-model", answering.provider_model},
                       {"entente-place", answering.place},
                       {"entente-decision", answering.decision}};
  std::string left_out;
  for (const std::string& what : answering.left_out) (left_out += left_out.empty() ? "" : ", ") += what;
  // Names of a client's schema, which may be of any letters.
  for (char& c : left_out) c = c < 0x20 || c > 0x7E ? '?' : c;
  if (!left_out.empty()) headers.add("entente-schema-left-out", std::move(left_out));
  return headers;
}

namespace {

// Who answers, and what is left to who asks.
net::Headers told_to(const Context& context, const Services& services, const gateway::Answering& answering) {
  net::Headers headers = answered_by(answering);
  add_rates(headers, services.gateway->quotas(), context.principal, dialect_of(context.request()),
            services.clock->now());
  return headers;
}

// What signs the heads of a stream; nothing where it shall carry none: by the configuration, by the request, or because
// it is no stream of events.
const SentStream::Sign* signs_heads(const Services& services, std::string_view wish,
                                    const wire::StreamedAnswer& answer) {
  if (wish == "off" || answer.media_type() != "text/event-stream") return nullptr;
  return &services.sign_head;
}

// Deltas are sent as soon as no other is at hand; what carries no text waits for what comes next. So an answer costs
// few packets, and nobody waits for them.
class StreamingSink final : public gateway::Sink {
 public:
  StreamingSink(Context& context, const Services& services, wire::StreamedAnswer& answer, const KeepAnswer& keep)
      : StreamingSink(context, services, answer, keep, context.request().headers.get("entente-heads")) {}

  ~StreamingSink() override { context_.stop_saying_when_quiet(); }
  StreamingSink(const StreamingSink&) = delete;
  StreamingSink& operator=(const StreamingSink&) = delete;

  Task<> begin(const gateway::Answering& answering) override {
    if (context_.begun()) co_return Result<>{};
    net::Exchange::QuietPiece quiet;
    if (answer_.media_type() == "text/event-stream") quiet = [this] { return quiet_piece(); };
    co_return co_await context_.begin_stream(answer_.media_type(), told_to(context_, services_, answering),
                                             std::move(quiet));
  }

  // The connection stays open while a model is loaded.
  Task<bool> waiting(const gateway::Answering& answering, std::string_view what) override {
    CO_TRY(co_await begin(answering));
    std::string comment;
    answer_.wait(comment, what);
    if (!comment.empty()) CO_TRY(co_await context_.write(comment));
    co_return true;
  }

  Task<> event(const Event& event) override {
    answer_.append(pending_, event);
    said_ = said_ || is_delta(event);
    return pending_.size() < most_pending ? Sink::flush() : flush();
  }

  Task<> flush() override {
    if (!said_ || pending_.empty()) co_return Result<>{};
    said_ = false;
    stream_.add(pending_);
    pending_ += stream_.head_if_due();
    Result<> sent = co_await context_.write(pending_);
    pending_.clear();
    co_return sent;
  }

  Task<> keep() override { return keep_ ? keep_() : Sink::keep(); }

  // The last frames are known before they are sent: the record speaks of them, too.
  std::optional<store::SentBody> sent(bool whole) override {
    if (whole) close();
    counted_ = true;
    return stream_.body();
  }

  Task<> end() {
    close();
    co_return co_await context_.finish(stream_.head(audit::StreamState::end) + pending_);
  }

  // Too late for a status: the stream ends with what the dialect has for an error, and not as a whole one would.
  Task<> fail(const Error& error) {
    if (!answer_.can_fail()) co_return Result<>{};  // not finished: the client sees the cut
    if (!ended_) {
      stream_.add(pending_);
      pending_ += stream_.head(audit::StreamState::cut);
    }
    answer_.fail(pending_, shown_to_client(error));
    co_return co_await context_.finish(pending_);
  }

 private:
  StreamingSink(Context& context, const Services& services, wire::StreamedAnswer& answer, const KeepAnswer& keep,
                std::string_view wish)
      : context_(context),
        services_(services),
        answer_(answer),
        keep_(keep),
        stream_(context.id(), *services.clock, signs_heads(services, wish, answer),
                wish == "on" ? SentStream::Ends::always : SentStream::Ends::when_begun) {}

  // A comment is no part of what counts and is signed. A frame is: none comes before the first one or behind the last,
  // nor once the record has been told what was sent, while the outcome is written.
  std::string quiet_piece() {
    std::string piece(answer_.quiet());
    if (piece.starts_with(':')) return piece;
    if (ended_ || counted_ || stream_.body().bytes == 0) return ":\n\n";
    stream_.add(piece);
    return piece;
  }

  void close() {
    if (std::exchange(ended_, true)) return;
    answer_.end(pending_);
    stream_.add(pending_);
  }

  Context& context_;
  const Services& services_;
  wire::StreamedAnswer& answer_;
  const KeepAnswer& keep_;
  SentStream stream_;
  static constexpr std::size_t most_pending = 16 * 1024;
  std::string pending_;
  bool said_ = false;     // something in it is worth a packet
  bool ended_ = false;    // the last frames are in pending_, and in the hash
  bool counted_ = false;  // the record says how much was sent
};

class WholeSink final : public gateway::Sink {
 public:
  WholeSink(const Context& context, const Services& services, wire::WholeAnswer& answer, const KeepAnswer& keep)
      : context_(context), services_(services), answer_(answer), keep_(keep) {}

  Task<> begin(const gateway::Answering& answering) override {
    headers_ = told_to(context_, services_, answering);
    co_return Result<>{};
  }

  Task<> event(const Event& event) override {
    answer_.add(event);
    co_return Result<>{};
  }

  Task<> keep() override { return keep_ ? keep_() : Sink::keep(); }

  std::optional<store::SentBody> sent(bool whole) override {
    if (!whole) return std::nullopt;
    body_ = answer_.body();
    return store::SentBody{.bytes = std::ssize(*body_), .sha256 = sha256(*body_)};
  }

  net::Response response() {
    headers_.add("content-type", std::string(answer_.media_type()));
    return {.status = 200, .headers = std::move(headers_), .body = body_ ? *std::move(body_) : answer_.body()};
  }

 private:
  const Context& context_;
  const Services& services_;
  wire::WholeAnswer& answer_;
  const KeepAnswer& keep_;
  std::optional<std::string> body_;
  net::Headers headers_;
};

}  // namespace

namespace {

// "health, minors" as two.
std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    std::string_view word = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

}  // namespace

gateway::Asked asked_by(const Context& context, SharedWork work) {
  return {.request = context.id(),
          .trace = context.trace(),
          .principal = context.principal,
          .work = std::move(work),
          .body = context.body_digest(),
          .labels = words_of(context.request().headers.get("entente-labels")),
          .policies = words_of(context.request().headers.get("entente-policy")),
          .via = std::string(context.request().headers.get("entente-via"))};
}

net::Response json_response(std::string body, net::Headers headers) {
  headers.add("content-type", "application/json");
  return {.status = 200, .headers = std::move(headers), .body = std::move(body)};
}

Task<> reply_fresh(Context& context, std::string json) {
  net::Response response = json_response(std::move(json));
  response.headers.add("cache-control", "no-store");
  co_return co_await context.reply(std::move(response));
}

namespace {

// A body is not kept while its answer is written.
Task<ReadWork> read_body(Context& context, const Services& services, ReadBody* read) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  co_return read(body, context.model_in_path, services.clock->now());
}

}  // namespace

Task<> answer_as_wanted(Context& context, const Services& services, ReadWork& asked) {
  if (asked.streamed) return answer_streamed(context, services, std::move(asked.work), *asked.streamed);
  return answer_whole(context, services, std::move(asked.work), *asked.whole);
}

Task<> answer_body(Context& context, const Services& services, ReadBody* read, const Kind* kind) {
  Result<ReadWork> asked = co_await read_body(context, services, read);
  if (!asked) co_return fail(std::move(asked.error()));
  if (kind) CO_TRY(settle_model(services, *asked->work, *kind));
  co_return co_await answer_as_wanted(context, services, *asked);
}

Task<> answer_streamed(Context& context, const Services& services, SharedWork work, wire::StreamedAnswer& answer,
                       KeepAnswer keep) {
  StreamingSink sink(context, services, answer, keep);
  Result<> done = co_await services.gateway->run(asked_by(context, std::move(work)), sink);
  if (done) co_return co_await sink.end();
  if (context.begun() && done.error().code != ErrorCode::cancelled) (void)co_await sink.fail(done.error());
  co_return done;
}

Task<> answer_whole(Context& context, const Services& services, SharedWork work, wire::WholeAnswer& answer,
                    KeepAnswer keep) {
  WholeSink sink(context, services, answer, keep);
  CO_TRY(co_await services.gateway->run(asked_by(context, std::move(work)), sink));
  co_return co_await context.reply(sink.response());
}

}  // namespace entente::api
