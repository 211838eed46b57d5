// ApiClient: one question to a running server through its public HTTP API, as any other client would put it.
//
// Blocking; the answer's text is handed on piece by piece as it comes. Errors carry the server's own sentence; an
// answer that breaks off is upstream_failed, a stop token ends it as cancelled. Our own server is asked, so loopback
// and private addresses are allowed.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "domain/usage.hpp"

namespace entente::app {

struct Question {
  std::string model;
  std::string text;
  std::int64_t max_tokens = 128;
};

// Who answered, as the response's headers say it, and what it took.
struct Answered {
  std::string deployment, provider, place, model;  // model: the provider's own name for it
  std::string text;
  Usage usage;
  std::chrono::microseconds first_token{0}, whole{0};  // since the question was sent
};

// Until the server says that it is ready: its models are loaded, or have failed to. `base` as below.
Result<> wait_until_ready(const std::string& base, std::stop_token stop = {});

// The body of a GET; an Error when the server cannot be reached or answers with anything but 200.
Result<std::string> get(const std::string& url);
Result<std::string> post(const std::string& url);  // the same, without a body

// `base` is the server's URL with its base path: "http://127.0.0.1:8080".
Result<Answered> ask(const std::string& base, const std::string& key, const Question& question,
                     const std::function<void(std::string_view)>& on_text, std::stop_token stop = {});

}  // namespace entente::app
