// POST /v1/chat/completions: OpenAI's dialect on one side, gateway::run on the other.
#include "wire/openai/chat.hpp"

#include <format>

#include "api/routes.hpp"
#include "base/id.hpp"

namespace entente::api {

namespace {

net::Headers answered_by(const gateway::Answering& answering) {
  return {{"entente-deployment", answering.deployment},
          {"entente-provider", answering.provider},
          {"entente-model", answering.provider_model},
          {"entente-place", answering.place}};
}

// Each delta is sent when it comes; what carries no text waits for what comes next, so that an answer costs few
// packets.
class StreamingSink final : public gateway::Sink {
 public:
  StreamingSink(Context& context, wire::ChatChunks chunks) : context_(context), chunks_(std::move(chunks)) {}

  Task<> begin(const gateway::Answering& answering) override {
    if (context_.begun()) co_return Result<>{};
    co_return co_await context_.begin_events(answered_by(answering));
  }

  // A comment, which clients pass over: the connection stays open while a model is loaded.
  Task<bool> waiting(const gateway::Answering& answering, std::string_view what) override {
    CO_TRY(co_await begin(answering));
    CO_TRY(co_await context_.write(std::format(": {}\n\n", what)));
    co_return true;
  }

  Task<> event(const Event& event) override {
    chunks_.append(pending_, event);
    if (!is_delta(event)) co_return Result<>{};
    co_return co_await flush();
  }

  Task<> end() {
    chunks_.end(pending_);
    CO_TRY(co_await flush());
    co_return co_await context_.finish();
  }

 private:
  Task<> flush() {
    Result<> sent = co_await context_.write(pending_);
    pending_.clear();
    co_return sent;
  }

  Context& context_;
  wire::ChatChunks chunks_;
  std::string pending_;
};

class WholeSink final : public gateway::Sink {
 public:
  explicit WholeSink(wire::ChatCompletion completion) : completion_(std::move(completion)) {}

  Task<> begin(const gateway::Answering& answering) override {
    headers_ = answered_by(answering);
    co_return Result<>{};
  }

  Task<> event(const Event& event) override {
    completion_.add(event);
    co_return Result<>{};
  }

  net::Response response() {
    headers_.add("content-type", "application/json");
    return {.status = 200, .headers = std::move(headers_), .body = completion_.body()};
  }

 private:
  wire::ChatCompletion completion_;
  net::Headers headers_;
};

}  // namespace

Task<> complete_chat(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::ChatRequest request, wire::decode_chat_request(body));
  body = {};

  Instant now = services.clock->now();
  wire::AnswerHead head{.id = make_id("chatcmpl", now),
                        .created = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count(),
                        .model = request.chat.model,
                        .logprobs = request.chat.logprobs};
  std::uint32_t choices = request.chat.choices;
  gateway::Asked asked{.request = context.id(),
                       .trace = context.trace(),
                       .principal = context.principal,
                       .work = std::make_shared<const Work>(std::move(request.chat))};

  if (request.stream) {
    StreamingSink sink(context, wire::ChatChunks(std::move(head), choices, request.include_usage));
    CO_TRY(co_await services.gateway->run(std::move(asked), sink));
    co_return co_await sink.end();
  }
  WholeSink sink(wire::ChatCompletion(std::move(head), choices));
  CO_TRY(co_await services.gateway->run(std::move(asked), sink));
  co_return co_await context.reply(sink.response());
}

}  // namespace entente::api
