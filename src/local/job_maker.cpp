#include "local/job_maker.hpp"

#include <algorithm>
#include <format>

#include "base/encoding.hpp"
#include "local/text/answer_grammar.hpp"
#include "local/text/text_assembler.hpp"

namespace entente::local {

namespace {

// What other deployments can and this one cannot, by name.
Result<> refuse_what_cannot_be_done(const Chat& chat, const EngineInfo& model) {
  auto refusal = [](std::string param, std::string message) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::move(message),
                 .reason = "unsupported_value",
                 .param = std::move(param)});
  };
  if (chat.begun && (chat.format.kind != AnswerFormat::Kind::text || chat.tooling.use == ToolUse::required)) {
    return refusal("messages",
                   "An answer that is begun cannot be held to a schema or a tool. Leave its beginning out.");
  }
  for (std::size_t i = 0; i < chat.conversation.size(); ++i) {
    const Message& message = chat.conversation[i];
    for (std::size_t j = 0; j < message.parts.size(); ++j) {
      const auto* picture = std::get_if<ImagePart>(&message.parts[j]);
      if (!picture || (model.sees && picture->url.empty())) continue;
      std::string param = std::format("messages[{}].content[{}]", i, j);
      if (model.sees) {
        return refusal(param, std::format("'{}' is an image at an address, which is not fetched for models of this "
                                          "machine. Send it as data:image/png;base64,… or image/jpeg.",
                                          param));
      }
      return refusal(param, std::format("'{}' is an image, but this model reads text only.{}{}", param,
                                        model.why_blind.empty() ? "" : " ", model.why_blind));
    }
  }
  return {};
}

Error empty_prompt(std::string_view param) {
  return {.code = ErrorCode::invalid_request, .message = "The prompt is empty.", .param = std::string(param)};
}

}  // namespace

// What has been learnt of a form of answer is kept for the next chat that asks for it. Made here, walked only by the
// thread that computes.
Result<std::shared_ptr<grammar::Automaton>> JobMaker::automaton_for(const Chat& chat, bool thinking) {
  if (!chat.tooling.may_call() && chat.format.kind == AnswerFormat::Kind::text) return nullptr;
  constexpr std::size_t most_kept = 16;
  std::string key = grammar_key(chat, thinking);
  {
    std::lock_guard lock(automata_mutex_);
    if (auto known = automata_.find(key); known != automata_.end()) return known->second;
  }
  TRY_ASSIGN(auto grammar, answer_grammar(chat, model_.answer_form(), thinking));
  (void)model_.words();  // here, not when the first token is struck out
  auto made = std::make_shared<grammar::Automaton>(std::move(grammar));
  std::lock_guard lock(automata_mutex_);
  if (automata_.size() >= most_kept) automata_.clear();
  automata_.emplace(std::move(key), made);
  return made;
}

Result<> JobMaker::check_sampling(const Sampling& sampling, std::uint32_t choices) const {
  if (choices > info_.sequences) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::format("'n' may be at most {} here, the number of answers this model makes at once.",
                                        info_.sequences),
                 .param = "n"});
  }
  for (auto [token, bias] : sampling.logit_bias) {
    if (static_cast<std::uint32_t>(token) < model_.vocabulary()) continue;
    return fail(
        {.code = ErrorCode::invalid_request,
         .message = std::format("'logit_bias' names the token {}, but this model has {}.", token, model_.vocabulary()),
         .param = "logit_bias"});
  }
  return {};
}

Result<> JobMaker::check_tokens(std::span<const Token> tokens, std::string_view param) const {
  for (Token token : tokens) {
    if (token >= 0 && static_cast<std::uint32_t>(token) < model_.vocabulary()) continue;
    return fail(
        {.code = ErrorCode::invalid_request,
         .message = std::format("'{}' holds the token {}, but this model has {}.", param, token, model_.vocabulary()),
         .reason = "invalid_value",
         .param = std::string(param)});
  }
  return {};
}

Result<> JobMaker::check_length(std::uint64_t tokens, std::string_view param) const {
  if (tokens < info_.context_tokens) return {};
  return fail(
      {.code = ErrorCode::context_too_long,
       .message = std::format("The prompt has {} tokens or more, but this model's context holds {} here, prompt "
                              "and answer together. Shorten it.",
                              tokens, info_.context_tokens),
       .reason = "context_length_exceeded",
       .param = std::string(param)});
}

// So many bytes cannot be so few tokens: no need to count those of a text that is far too long.
Result<std::vector<Token>> JobMaker::read(const TextOrTokens& text, Model::Reading reading,
                                          std::string_view param) const {
  if (auto* tokens = std::get_if<std::vector<Token>>(&text)) {
    TRY(check_tokens(*tokens, param));
    return *tokens;
  }
  const auto& words = std::get<std::string>(text);
  TRY(check_length(words.size() / model_.longest_token_bytes(), param));
  return model_.tokens_of(words, reading);
}

Result<std::unique_ptr<Job>> JobMaker::job_for(const std::string& tenant, const std::string& adapter) const {
  auto job = std::make_unique<Job>();
  job->owner = tenant;
  if (adapter.empty()) return job;
  TRY_ASSIGN(job->adapter, model_.adapter(adapter));
  job->owner += '\0' + adapter;  // what was computed with another adapter is of no use
  return job;
}

Result<> JobMaker::take_prompt(Job& job, std::vector<Token> prompt, std::optional<std::uint32_t> most,
                               std::string_view param) const {
  if (prompt.empty()) return fail(empty_prompt(param));
  TRY(check_length(prompt.size(), param));
  auto room = info_.context_tokens - static_cast<std::uint32_t>(prompt.size());
  job.most_said = std::min(most.value_or(room), room);
  job.prompt = std::move(prompt);
  return {};
}

Result<> JobMaker::check_that_it_answers() const {
  if (info_.makes == Makes::answers) return {};
  bool scores = info_.makes == Makes::scores;
  return fail({.code = ErrorCode::unsupported,
               .message = std::format("This model only reads: it {}, and answers nothing. Ask it at {}.",
                                      scores ? "scores documents" : "makes vectors of texts",
                                      scores ? "/v1/rerank" : "/v1/embeddings or /v1/rerank"),
               .reason = "unsupported_work",
               .param = "model"});
}

Result<JobMaker::Jobs> JobMaker::of(const Chat& chat, const std::string& tenant, const std::string& adapter) {
  TRY(check_that_it_answers());
  TRY_ASSIGN(auto job, job_for(tenant, adapter));
  TRY(check_sampling(chat.sampling, chat.choices));
  TRY(refuse_what_cannot_be_done(chat, info_));
  TRY(check_length(bytes_of_text(chat.conversation) / model_.longest_token_bytes(), "messages"));
  TRY_ASSIGN(Prompt read, model_.prompt_of(chat));
  TRY(take_prompt(*job, std::move(read.tokens), chat.max_tokens, "messages"));
  job->sights = std::move(read.sights);
  job->thinking = read.thinking;
  job->sampling = with_recommended(chat.sampling, recommended_);
  TRY_ASSIGN(job->automaton, automaton_for(chat, read.thinking));
  job->wanted = {.choices = chat.choices,
                 .stop = chat.stop,
                 .calls = chat.tooling.may_call(),
                 .logprobs = chat.logprobs ? std::optional(chat.top_logprobs) : std::nullopt,
                 .urgency = chat.urgency};
  Jobs jobs;
  jobs.push_back(std::move(job));
  return jobs;
}

Result<JobMaker::Jobs> JobMaker::of(const Complete& work, const std::string& tenant, const std::string& adapter) {
  TRY(check_that_it_answers());
  TRY(check_sampling(work.sampling, work.choices));
  Jobs jobs;
  for (const TextOrTokens& text : work.prompts) {
    TRY_ASSIGN(auto job, job_for(tenant, adapter));
    std::vector<Token> prompt;
    bool added = false;
    if (work.suffix.empty()) {
      // Whoever writes a prompt themselves writes the marks of the model's own form, too.
      TRY_ASSIGN(prompt, read(text, {.control = true, .begins = true}, "prompt"));
      auto* words = std::get_if<std::string>(&text);
      added = words && !prompt.empty() && model_.begins_texts(prompt.front()) &&
              !words->starts_with(model_.tokenizer().begin);
    } else {
      auto* before = std::get_if<std::string>(&text);
      if (!before) {
        return fail({.code = ErrorCode::invalid_request,
                     .message = "'suffix' needs prompts of text, not of tokens.",
                     .reason = "invalid_value",
                     .param = "suffix"});
      }
      TRY(check_length((before->size() + work.suffix.size()) / model_.longest_token_bytes(), "prompt"));
      TRY_ASSIGN(prompt, model_.gap_of(*before, work.suffix));
    }
    TRY(take_prompt(*job, std::move(prompt), work.max_tokens, "prompt"));
    job->added = added ? 1 : 0;
    job->sampling = with_recommended(work.sampling, recommended_);
    job->wanted = {.first = static_cast<std::uint32_t>(jobs.size()) * work.choices,
                   .choices = work.choices,
                   .stop = work.stop,
                   .as_written = true,
                   .logprobs = work.logprobs,
                   .echo = work.echo,
                   .urgency = work.urgency};
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Result<std::unique_ptr<Job>> JobMaker::vector_job(const TextOrTokens& text, std::string_view param,
                                                  const std::string& tenant, const std::string& adapter) const {
  TRY_ASSIGN(auto job, job_for(tenant, adapter));
  TRY_ASSIGN(std::vector<Token> prompt, read(text, {.begins = true, .ends = true}, param));
  TRY(take_prompt(*job, std::move(prompt), 0, param));
  job->wanted = {.vector = true, .read_whole = info_.makes == Makes::vectors};
  return job;
}

Result<JobMaker::Jobs> JobMaker::of(const Embed& work, const std::string& tenant, const std::string& adapter) {
  if (info_.makes == Makes::scores) {
    return fail({.code = ErrorCode::unsupported,
                 .message = "This model scores documents and makes no vectors. Ask it at /v1/rerank.",
                 .reason = "unsupported_work",
                 .param = "model"});
  }
  if (work.dimensions.value_or(1) > info_.width) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::format("'dimensions' may be at most {} here, the length of this model's vectors.",
                                        info_.width),
                 .reason = "invalid_value",
                 .param = "dimensions"});
  }
  Jobs jobs;
  for (const TextOrTokens& text : work.inputs) {
    TRY_ASSIGN(auto job, vector_job(text, "input", tenant, adapter));
    job->wanted.first = static_cast<std::uint32_t>(jobs.size());
    job->wanted.dimensions = work.dimensions.value_or(0);
    job->wanted.urgency = work.urgency;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

// A document that is too long loses its end, as with every service of this kind: one of a thousand must not cost the
// whole order. No more bytes are read than could be tokens.
std::string_view JobMaker::what_fits(std::string_view document) const {
  std::string_view first = document.substr(0, std::size_t{info_.context_tokens} * model_.longest_token_bytes());
  if (first.size() < document.size()) first.remove_suffix(incomplete_utf8_tail(first));
  return first;
}

// A model that was made to score sees query and document together, which is what tells them apart best. One that makes
// vectors was trained so that what belongs together is close: that order is worth having. The vectors of a model that
// only chats were never trained for it: an order of theirs would look right and be noise, so it is refused.
Result<JobMaker::Jobs> JobMaker::of(const Rerank& work, const std::string& tenant, const std::string& adapter) {
  Jobs jobs;
  if (info_.makes == Makes::scores) {
    for (const std::string& document : work.documents) {
      TRY_ASSIGN(auto job, job_for(tenant, adapter));
      TRY_ASSIGN(std::vector<Token> pair, model_.pair_of(work.query, what_fits(document), info_.context_tokens - 1));
      TRY(take_prompt(*job, std::move(pair), 0, "query"));
      job->wanted = {.first = static_cast<std::uint32_t>(jobs.size()),
                     .vector = true,
                     .read_whole = true,
                     .as_it_is = true,
                     .urgency = work.urgency};
      jobs.push_back(std::move(job));
    }
    return jobs;
  }
  if (info_.makes == Makes::answers && !info_.for_vectors) {
    return fail({.code = ErrorCode::unsupported,
                 .message = "This model answers chats; it was trained neither to score documents nor to make vectors. "
                            "Install a reranking model, or one for embeddings, and ask that.",
                 .reason = "unsupported_work",
                 .param = "model"});
  }
  auto add = [&](const TextOrTokens& text, std::string_view param) -> Result<> {
    TRY_ASSIGN(auto job, vector_job(text, param, tenant, adapter));
    job->wanted.first = static_cast<std::uint32_t>(jobs.size());
    job->wanted.urgency = work.urgency;
    jobs.push_back(std::move(job));
    return {};
  };
  TRY(add(work.query, "query"));
  for (const std::string& document : work.documents) {
    std::vector<Token> tokens = model_.tokens_of(what_fits(document), {.begins = true, .ends = true});
    if (tokens.size() >= info_.context_tokens)
      tokens.erase(tokens.begin() + (info_.context_tokens - 2), tokens.end() - 1);  // its last one ends the text
    TRY(add(std::move(tokens), "documents"));
  }
  return jobs;
}

Result<std::vector<Token>> JobMaker::tokens_of(const Work& work) const {
  if (const Chat* chat = conversation_in(work)) {
    TRY_ASSIGN(Prompt prompt, model_.prompt_of(*chat));
    return std::move(prompt.tokens);
  }
  const std::vector<TextOrTokens>* texts = nullptr;
  if (auto* complete = std::get_if<Complete>(&work)) texts = &complete->prompts;
  if (auto* embed = std::get_if<Embed>(&work)) texts = &embed->inputs;
  if (!texts) return model_.tokens_of(std::get<Rerank>(work).query, {.control = true});
  const TextOrTokens& text = texts->front();
  if (auto* tokens = std::get_if<std::vector<Token>>(&text)) return *tokens;
  return model_.tokens_of(std::get<std::string>(text), {.control = true});
}

Result<std::string> JobMaker::text_of(std::span<const Token> tokens) const {
  TRY(check_tokens(tokens, "tokens"));
  TextAssembler text;
  std::string out;
  for (Token token : tokens) out += text.add(model_.bytes_of(token)).text;
  return out + text.finish().text;
}

}  // namespace entente::local
