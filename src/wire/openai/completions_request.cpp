// Request half of OpenAI's completions dialect.
#include <limits>

#include "wire/fields.hpp"
#include "wire/names.hpp"
#include "wire/openai/completions.hpp"
#include "wire/openai/parts.hpp"
#include "wire/openai/text_or_tokens.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_prompts = 128;
constexpr std::uint32_t usual_length = 16;  // the reference's

// "logprobs" is a number here; true, as in chats, means one alternative.
void read_logprobs(Fields& fields, Complete& work) {
  const Json* value = fields.any("logprobs");
  if (!value) return;
  if (auto* flag = value->as<bool>()) {
    if (*flag) work.logprobs = 1;
    return;
  }
  if (auto count = fields.integer("logprobs", 0, 20)) work.logprobs = static_cast<std::uint32_t>(*count);
}

}  // namespace

Result<CompletionRequest> decode_completion_request(std::string_view body, std::string_view model) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  CompletionRequest request;
  Complete& work = request.work;
  work.model = read_model_name(fields, model);
  work.prompts = read_texts_or_tokens(fields, "prompt", most_prompts);
  work.suffix = fields.text("suffix").value_or("");
  work.echo = fields.boolean("echo").value_or(false);
  read_logprobs(fields, work);
  read_openai_sampling(fields, work.sampling);
  read_openai_stop(fields, work.stop);
  auto most = fields.integer("max_tokens", 0, std::numeric_limits<std::uint32_t>::max());
  work.max_tokens = static_cast<std::uint32_t>(most.value_or(usual_length));
  work.choices = static_cast<std::uint32_t>(fields.integer("n", 1, 128).value_or(1));
  request.stream = read_openai_stream(fields, request.include_usage);
  work.urgency = read_openai_urgency(fields);
  work.end_user = read_openai_end_user(fields);
  auto best_of = fields.integer("best_of", 1, 128);
  if (fields.ok() && best_of && *best_of != work.choices) {
    fields.reject("best_of", "'best_of' must equal 'n': answers are not compared here.", "unsupported_value");
  }
  if (fields.ok() && work.echo && !work.suffix.empty()) {
    fields.reject("suffix", "'suffix' and 'echo' cannot be sent together.");
  }
  if (fields.ok() && work.max_tokens == 0 && !work.echo) {
    fields.reject("max_tokens", "'max_tokens' may be 0 only with 'echo': nothing would be said.");
  }
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return request;
}

}  // namespace entente::wire
