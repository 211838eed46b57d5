#include "api/answer.hpp"

#include "api/errors.hpp"

namespace entente::api {

net::Headers answered_by(const gateway::Answering& answering) {
  return {{"entente-deployment", answering.deployment},
          {"entente-provider", answering.provider},
          {"entente-model", answering.provider_model},
          {"entente-place", answering.place},
          {"entente-decision", answering.decision}};
}

namespace {

// Each delta is sent when it comes; what carries no text waits for what comes next, so that an answer costs few
// packets.
class StreamingSink final : public gateway::Sink {
 public:
  StreamingSink(Context& context, wire::StreamedAnswer& answer) : context_(context), answer_(answer) {}

  Task<> begin(const gateway::Answering& answering) override {
    if (context_.begun()) co_return Result<>{};
    co_return co_await context_.begin_stream(answer_.media_type(), answered_by(answering));
  }

  // The connection stays open while a model is loaded.
  Task<bool> waiting(const gateway::Answering& answering, std::string_view what) override {
    CO_TRY(co_await begin(answering));
    answer_.wait(pending_, what);
    CO_TRY(co_await flush());
    co_return true;
  }

  Task<> event(const Event& event) override {
    answer_.append(pending_, event);
    if (!is_delta(event) || pending_.empty()) co_return Result<>{};
    Result<> sent = co_await context_.write(pending_);
    pending_.clear();
    co_return sent;
  }

  Task<> end() {
    answer_.end(pending_);
    co_return co_await context_.finish(pending_);
  }

  // Too late for a status: the stream ends with what the dialect has for an error, and not as a whole one would.
  Task<> fail(const Error& error) {
    if (!answer_.can_fail()) co_return Result<>{};  // not finished: the client sees the cut
    answer_.fail(pending_, shown_to_client(error));
    co_return co_await context_.finish(pending_);
  }

 private:
  Task<> flush() {
    if (pending_.empty()) co_return Result<>{};
    Result<> sent = co_await context_.write(pending_);
    pending_.clear();
    co_return sent;
  }

  Context& context_;
  wire::StreamedAnswer& answer_;
  std::string pending_;
};

class WholeSink final : public gateway::Sink {
 public:
  explicit WholeSink(wire::WholeAnswer& answer) : answer_(answer) {}

  Task<> begin(const gateway::Answering& answering) override {
    headers_ = answered_by(answering);
    co_return Result<>{};
  }

  Task<> event(const Event& event) override {
    answer_.add(event);
    co_return Result<>{};
  }

  net::Response response() {
    headers_.add("content-type", std::string(answer_.media_type()));
    return {.status = 200, .headers = std::move(headers_), .body = answer_.body()};
  }

 private:
  wire::WholeAnswer& answer_;
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

namespace {

// A body is not kept while its answer is written.
Task<ReadWork> read_body(Context& context, const Services& services, ReadBody* read) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  co_return read(body, context.model_in_path, services.clock->now());
}

}  // namespace

Task<> answer_body(Context& context, const Services& services, ReadBody* read) {
  Result<ReadWork> asked = co_await read_body(context, services, read);
  if (!asked) co_return fail(std::move(asked.error()));
  if (asked->streamed) co_return co_await answer_streamed(context, services, std::move(asked->work), *asked->streamed);
  co_return co_await answer_whole(context, services, std::move(asked->work), *asked->whole);
}

Task<> answer_streamed(Context& context, const Services& services, SharedWork work, wire::StreamedAnswer& answer,
                       OnComplete complete) {
  StreamingSink sink(context, answer);
  Result<> done = co_await services.gateway->run(asked_by(context, std::move(work)), sink);
  if (done && complete) complete();
  if (done) co_return co_await sink.end();
  if (context.begun() && done.error().code != ErrorCode::cancelled) (void)co_await sink.fail(done.error());
  co_return done;
}

Task<> answer_whole(Context& context, const Services& services, SharedWork work, wire::WholeAnswer& answer,
                    OnComplete complete) {
  WholeSink sink(answer);
  CO_TRY(co_await services.gateway->run(asked_by(context, std::move(work)), sink));
  if (complete) complete();
  co_return co_await context.reply(sink.response());
}

}  // namespace entente::api
