#include "app/terminal/api_client.hpp"

#include <format>
#include <optional>

#include "net/client.hpp"
#include "net/runner.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

using Steady = std::chrono::steady_clock;

std::string body_of(const Question& question) {
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object().key("model").string(question.model).key("stream").boolean(true);
  json.key("stream_options").begin_object().key("include_usage").boolean(true).end_object();
  json.key("temperature").number(std::int64_t{0}).key("max_tokens").number(question.max_tokens);
  json.key("messages").begin_array().begin_object();
  json.key("role").string("user").key("content").string(question.text);
  json.end_object().end_array().end_object();
  return body;
}

const wire::Json* at(const wire::Json* json, std::string_view name) { return json ? json->find(name) : nullptr; }

std::string text_at(const wire::Json* json, std::string_view name) {
  const wire::Json* found = at(json, name);
  const std::string* text = found ? found->as<std::string>() : nullptr;
  return text ? *text : std::string();
}

std::int64_t number_at(const wire::Json* json, std::string_view name) {
  const wire::Json* found = at(json, name);
  const std::int64_t* number = found ? found->as<std::int64_t>() : nullptr;
  return number ? *number : 0;
}

// {"error":{"message":…}}: the server's own sentence.
std::optional<Error> error_in(const wire::Json& json) {
  const wire::Json* error = json.find("error");
  if (!error) return std::nullopt;
  return Error{
      .code = ErrorCode::upstream_failed, .message = text_at(error, "message"), .reason = text_at(error, "code")};
}

// Takes server-sent events apart: only "data:" lines count here, and each holds one JSON document or [DONE].
class AnswerReader {
 public:
  AnswerReader(Answered& answer, const std::function<void(std::string_view)>& on_text, Steady::time_point sent)
      : answer_(answer), on_text_(on_text), sent_(sent) {}

  Result<> feed(std::string_view piece) {
    pending_ += piece;
    std::size_t begin = 0;
    for (std::size_t end; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      std::string_view line = std::string_view(pending_).substr(begin, end - begin);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.starts_with("data:")) TRY(data(line.substr(line.starts_with("data: ") ? 6 : 5)));
    }
    pending_.erase(0, begin);
    return {};
  }

  bool done() const { return done_; }

 private:
  Result<> data(std::string_view text) {
    if (text == "[DONE]") {
      done_ = true;
      return {};
    }
    TRY_ASSIGN(wire::Json chunk, wire::parse_json(text));
    if (auto error = error_in(chunk)) return fail(std::move(*error));
    if (const wire::Json* usage = chunk.find("usage"); usage && !usage->is_null()) {
      answer_.usage = {.prompt_tokens = number_at(usage, "prompt_tokens"),
                       .cached_tokens = number_at(at(usage, "prompt_tokens_details"), "cached_tokens"),
                       .completion_tokens = number_at(usage, "completion_tokens"),
                       .reasoning_tokens = 0};
    }
    const wire::Json* list = chunk.find("choices");
    const auto* choices = list ? list->as<wire::Json::Array>() : nullptr;
    if (!choices || choices->empty()) return {};
    std::string content = text_at(choices->front().find("delta"), "content");
    if (content.empty()) return {};
    if (answer_.text.empty()) {
      answer_.first_token = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - sent_);
    }
    answer_.text += content;
    if (on_text_) on_text_(content);
    return {};
  }

  Answered& answer_;
  const std::function<void(std::string_view)>& on_text_;
  const Steady::time_point sent_;
  std::string pending_;
  bool done_ = false;
};

// What an answer that is no 200 says.
boost::asio::awaitable<Error> error_of(net::Fetched& fetched) {
  if (auto body = co_await net::read_all(fetched)) {
    if (auto json = wire::parse_json(*body)) {
      if (auto error = error_in(*json)) co_return std::move(*error);
    }
  }
  co_return Error{.code = ErrorCode::upstream_failed,
                  .message = std::format("The server answered with status {}.", fetched.status())};
}

Task<Answered> exchange(net::FetchRequest request, const std::function<void(std::string_view)>& on_text) {
  Steady::time_point sent = Steady::now();
  // A large model on a slow machine may think for minutes before its first word.
  CO_TRY_ASSIGN(auto fetched,
                co_await net::fetch(std::move(request),
                                    {.allow_private = true, .idle_time = std::chrono::minutes(10), .redirects = 0}));
  if (fetched->status() != 200) co_return fail(co_await error_of(*fetched));
  auto header = [&](std::string_view name) { return std::string(fetched->headers().get(name)); };
  Answered answer{.deployment = header("entente-deployment"),
                  .provider = header("entente-provider"),
                  .place = header("entente-place"),
                  .model = header("entente-model"),
                  .text = {},
                  .usage = {}};
  AnswerReader reader(answer, on_text, sent);
  while (!reader.done()) {
    CO_TRY_ASSIGN(std::optional<std::string> piece, co_await fetched->next_piece());
    if (!piece) co_return fail(ErrorCode::upstream_failed, "The answer broke off before its end.");
    CO_TRY(reader.feed(*piece));
  }
  answer.whole = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - sent);
  co_return answer;
}

Task<std::string> fetch_body(std::string method, std::string url) {
  CO_TRY_ASSIGN(auto fetched,
                co_await net::fetch({.method = std::move(method), .url = std::move(url)},
                                    {.allow_private = true, .idle_time = std::chrono::minutes(5), .redirects = 0}));
  if (fetched->status() != 200) co_return fail(co_await error_of(*fetched));
  co_return co_await net::read_all(*fetched);
}

Task<> poll_ready(std::string url) {
  while (true) {
    CO_TRY_ASSIGN(auto fetched, co_await net::fetch({.url = url}, {.allow_private = true, .redirects = 0}));
    if (fetched->status() == 200) co_return Result<>{};
    CO_TRY(co_await net::pause(std::chrono::milliseconds(50)));
  }
}

}  // namespace

Result<std::string> get(const std::string& url) { return net::run_blocking(fetch_body("GET", url)); }
Result<std::string> post(const std::string& url) { return net::run_blocking(fetch_body("POST", url)); }

Result<> wait_until_ready(const std::string& base, std::stop_token stop) {
  return net::run_blocking(poll_ready(base + "/health/ready"), std::move(stop));
}

Result<Answered> ask(const std::string& base, const std::string& key, const Question& question,
                     const std::function<void(std::string_view)>& on_text, std::stop_token stop) {
  net::FetchRequest request{.method = "POST",
                            .url = base + "/v1/chat/completions",
                            .headers = {{"authorization", "Bearer " + key}, {"content-type", "application/json"}},
                            .body = body_of(question)};
  return net::run_blocking(exchange(std::move(request), on_text), std::move(stop));
}

}  // namespace entente::app
